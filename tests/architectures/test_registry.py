import subprocess
import sys
from typing import Any, Literal

import pytest

import architectures
from architectures import (
    ArchitectureError,
    DuplicateNameError,
    EmptyLayerError,
    InputTooSmallError,
    UnknownArchitectureError,
    UnknownAxisError,
    register,
)

pytestmark = pytest.mark.usefixtures("own_registry")


def classifier(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: float = 1.0,
    depth: int = 1,
    pooling: Literal["max", "mean"] = "max",
) -> Any:
    import keras

    return keras.Sequential(
        [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes, activation="softmax")]
    )


def named(name: str) -> Any:
    def builder(input_shape: tuple[int, int, int], n_classes: int) -> Any:
        raise NotImplementedError

    builder.__name__ = name
    return builder


def test_a_registered_builder_is_returned_unchanged_and_found_by_its_name() -> None:
    returned = register(source="Doe 2026, figure 1", min_input=(4, 6))(classifier)

    found = architectures.get("classifier")
    assert returned is classifier
    assert (found.name, found.builder, found.source, found.min_input) == (
        "classifier",
        classifier,
        "Doe 2026, figure 1",
        (4, 6),
    )
    assert dict(found.axes) == {"width": 1.0, "depth": 1, "pooling": "max"}


def test_a_name_taken_twice_is_refused_and_the_first_stays() -> None:
    def paper_small(input_shape: tuple[int, int, int], n_classes: int) -> None: ...

    first = architectures.get("paper_small")
    with pytest.raises(DuplicateNameError, match=r"paper_small of tests\..* already that of architectures\.paper"):
        register(source="mine", min_input=(1, 1))(paper_small)
    assert architectures.get("paper_small") is first


@pytest.mark.parametrize(("wrong", "meant"), [("paper_smal", "paper_small"), ("resnet_152", "resnet152")])
def test_an_unknown_name_is_refused_with_the_nearest_ones(wrong: str, meant: str) -> None:
    with pytest.raises(UnknownArchitectureError, match=rf"received '{wrong}' \(did you mean {meant}\b"):
        architectures.get(wrong)


def test_a_wildcard_that_matches_nothing_is_refused_even_beside_one_that_does() -> None:
    with pytest.raises(UnknownArchitectureError, match=r"received 'papr_\*' \(did you mean paper_"):
        architectures.select(["paper_*", "papr_*"])


def test_wildcards_select_each_architecture_once_in_natural_order() -> None:
    for name in ("net10", "net2", "net1"):
        register(source="planted", min_input=(1, 1))(named(name))

    assert [a.name for a in architectures.select(["net1*", "net?", "net2"])] == ["net1", "net2", "net10"]
    assert [a.name for a in architectures.select(["paper_*"])] == [
        "paper_large",
        "paper_large_gap",
        "paper_small",
        "paper_small_gap",
    ]
    assert tuple(a.name for a in architectures.select(["*"])) == architectures.names()


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"dropout_cnv": 0.1}, r"no axis 'dropout_cnv' \(did you mean dropout_conv.*its axes: width, dropout_conv"),
        ({"output_activation": "tanh"}, "output_activation should be 'softmax' or 'sigmoid'; received 'tanh'"),
        ({"dropout_conv": 1.0}, "dropout_conv should be less than 1; received 1.0"),
        ({"dropout_conv": -0.1}, "dropout_conv should be greater than or equal to 0; received -0.1"),
        ({"dropout_conv": "0.1"}, "dropout_conv should be a valid number; received '0.1'"),
        ({"width": 0.0}, "width should be greater than 0; received 0.0"),
        ({"width": float("inf")}, "width should be a finite number; received inf"),
        ({"width": True}, "width should be a valid number; received True"),
    ],
)
def test_an_axis_that_is_unknown_or_out_of_range_is_refused(axes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownAxisError, match=message):
        architectures.get("paper_small").build((70, 70, 3), 2, **axes)


def test_axes_are_checked_by_the_builders_own_annotations() -> None:
    register(source="planted", min_input=(1, 1))(classifier)
    planted = architectures.get("classifier")

    assert planted.check_axes({"depth": 3, "pooling": "mean", "width": 2}) == {
        "depth": 3,
        "pooling": "mean",
        "width": 2.0,
    }
    for axes in ({"depth": 1.5}, {"depth": True}, {"pooling": "min"}, {"width": -1.0}):
        with pytest.raises(UnknownAxisError):
            planted.check_axes(axes)


def test_a_default_that_its_own_annotation_forbids_is_refused_and_registers_nothing() -> None:
    text: Any = "deep"

    def wrong_default(input_shape: tuple[int, int, int], n_classes: int, *, depth: int = text) -> None: ...

    with pytest.raises(UnknownAxisError, match="depth should be a valid integer; received 'deep'"):
        register(source="planted", min_input=(1, 1))(wrong_default)
    assert "wrong_default" not in architectures.names()


def positional_axis(input_shape: Any, n_classes: Any, width: float = 1.0) -> None: ...
def axis_without_default(input_shape: Any, n_classes: Any, *, width: float) -> None: ...
def axis_without_annotation(input_shape: Any, n_classes: Any, *, width: Any = 1.0) -> None: ...
def other_arguments(shape: Any, classes: Any) -> None: ...
def any_axes(input_shape: Any, n_classes: Any, **axes: float) -> None: ...


del axis_without_annotation.__annotations__["width"]


@pytest.mark.parametrize(
    "builder", [positional_axis, axis_without_default, axis_without_annotation, other_arguments, any_axes]
)
def test_a_builder_of_another_form_is_refused(builder: Any) -> None:
    with pytest.raises(
        ArchitectureError, match=rf"{builder.__name__}: a builder is a function \(input_shape, n_classes"
    ):
        register(source="planted", min_input=(1, 1))(builder)


def test_an_input_smaller_than_the_smallest_is_refused() -> None:
    with pytest.raises(InputTooSmallError, match="paper_small needs an input of 10x10 or larger; received 10x9x3"):
        architectures.get("paper_small").build((10, 9, 3), 2)


@pytest.mark.parametrize("shape", [(70, 70), (70, 70, 0), (70, 70.0, 3), (70, -70, 3)])
def test_an_input_that_is_no_shape_is_refused(shape: Any) -> None:
    with pytest.raises(ArchitectureError, match=r"an input shape is \(height, width, channels\)"):
        architectures.get("paper_small").build(shape, 2)


@pytest.mark.parametrize("n_classes", [1, 0, -2, 2.0])
def test_fewer_than_two_classes_are_refused(n_classes: Any) -> None:
    with pytest.raises(ArchitectureError, match=f"2 classes or more; received {n_classes}"):
        architectures.get("paper_small").build((70, 70, 3), n_classes)


def test_a_width_that_empties_a_layer_is_refused_with_the_smallest_that_works() -> None:
    large = architectures.get("paper_large")

    with pytest.raises(
        EmptyLayerError, match=r"width 0\.03 leaves conv_1 \(16 at width 1\) none; use 0\.03125 or more"
    ):
        large.build((22, 22, 3), 2, width=0.03)
    assert large.build((22, 22, 3), 2, width=0.03125).get_layer("conv_1").filters == 1


def test_a_builder_that_returns_another_shape_is_refused() -> None:
    def one_class_too_many(input_shape: tuple[int, int, int], n_classes: int) -> Any:
        return classifier(input_shape, n_classes + 1)

    register(source="planted", min_input=(1, 1))(one_class_too_many)
    with pytest.raises(ArchitectureError, match=r"one_class_too_many returned \(\(None, 4, 4, 1\), \(None, 3\)\)"):
        architectures.get("one_class_too_many").build((4, 4, 1), 2)


def test_listing_and_checking_load_neither_keras_nor_tensorflow() -> None:
    script = (
        "import sys, architectures\n"
        "for architecture in architectures.select(['*']):\n"
        "    architecture.check_axes(architecture.axes)\n"
        "    architecture.check_input((299, 299, 3))\n"
        "print(sorted({'keras', 'tensorflow', 'bench'} & set(sys.modules)))\n"
    )
    listed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert listed.stdout.strip() == "[]"
