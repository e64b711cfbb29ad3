"""What every registered architecture has to keep to. A new entry is found by its registration alone."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import architectures
from architectures import Architecture, InputTooSmallError, anatomy, sizing

N_CLASSES = 3
EVERY = architectures.select(["*"])
WITH_WIDTH = [architecture for architecture in EVERY if "width" in architecture.axes]
WIDTHS = (0.05, 0.25, 0.26, 1.0, 1.3)


def input_shapes(architecture: Architecture) -> list[tuple[int, int, int]]:
    """The smallest, in grey, and 96x96 in colour."""
    return [(*architecture.min_input, 1), (96, 96, 3)]


# pytest runs the tests of one parameter together, so that each model is built once and one is held at a time.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param((architecture, shape), id=f"{architecture.name}-{'x'.join(map(str, shape))}")
        for architecture in EVERY
        for shape in input_shapes(architecture)
    ],
)
def built(request: pytest.FixtureRequest) -> Iterator[tuple[Any, tuple[int, int, int]]]:
    architecture, shape = request.param
    yield architecture.build(shape, N_CLASSES), shape
    gc.collect()


def test_it_gives_finite_probabilities_of_every_class(built: tuple[Any, tuple[int, int, int]]) -> None:
    model, shape = built
    images = np.random.default_rng(0).random((2, *shape), dtype=np.float32)

    outputs = np.asarray(model(images, training=False))

    assert outputs.shape == (2, N_CLASSES)
    assert np.isfinite(outputs).all()
    np.testing.assert_allclose(outputs.sum(axis=1), 1.0, rtol=1e-5)


def test_its_count_is_the_sum_of_its_anatomy(built: tuple[Any, tuple[int, int, int]]) -> None:
    model, _ = built
    rows = anatomy.layer_table(model)
    kinds = anatomy.count_by_kind(model).values()

    assert sum(row.n_params for row in rows) == sum(kind.n_params for kind in kinds) == model.count_params()
    n_trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert sum(row.n_trainable_params for row in rows) == sum(kind.n_trainable for kind in kinds) == n_trainable


def test_no_feature_map_is_empty(built: tuple[Any, tuple[int, int, int]]) -> None:
    model, _ = built
    assert all(min(row.output_shape) >= 1 for row in anatomy.layer_table(model))


def test_it_is_not_compiled(built: tuple[Any, tuple[int, int, int]]) -> None:
    model, _ = built
    assert not model.compiled


def test_no_layer_has_a_seed_of_its_own(built: tuple[Any, tuple[int, int, int]]) -> None:
    model, _ = built
    assert all(layer.get_config().get("seed") is None for layer in model.layers)


@pytest.mark.parametrize("architecture", EVERY, ids=lambda architecture: architecture.name)
def test_it_says_where_it_comes_from_and_refuses_one_pixel_less(architecture: Architecture) -> None:
    height, width = architecture.min_input

    assert len(architecture.source) > 10
    for shape in ((height - 1, width, 3), (height, width - 1, 3)):
        if min(shape) > 0:
            with pytest.raises(InputTooSmallError):
                architecture.build(shape, N_CLASSES)


@pytest.mark.parametrize("architecture", WITH_WIDTH, ids=lambda architecture: architecture.name)
def test_its_count_never_falls_with_width(architecture: Architecture) -> None:
    shape = (*architecture.min_input, 3)
    counts = [sizing.count_params(architecture, shape, N_CLASSES, width=width) for width in WIDTHS]

    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


PLANTED = """
import architectures
from architectures import register
from architectures.axes import scaled

def dense(input_shape, n_classes, units):
    import keras
    layers = [keras.layers.Flatten(), keras.layers.Dense(units), keras.layers.Dense(n_classes, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), *layers])

@register(source="planted, keeps to the rules", min_input=(2, 2))
def planted_good(input_shape, n_classes, *, width: float = 1.0):
    return dense(input_shape, n_classes, *scaled(width, {"dense": 20}))

@register(source="planted, falls with width", min_input=(2, 2))
def planted_falling(input_shape, n_classes, *, width: float = 1.0):
    return dense(input_shape, n_classes, *scaled(1 / width, {"dense": 20}))
"""


def test_a_new_entry_is_tested_without_a_line_added_here(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(PLANTED)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, "-p", "planted", "-k", "planted_", "-p", "no:cacheprovider"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    failed = [line.split("::")[1].split()[0] for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == ["test_its_count_never_falls_with_width[planted_falling]"], ran.stdout
    assert "1 failed, 23 passed" in ran.stdout
