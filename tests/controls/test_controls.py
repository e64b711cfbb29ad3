"""Every registered control, found by its registration; and each on data where what it sees is planted."""

import numpy as np
import pandas as pd
import pytest

from bench import controls
from bench.controls import ControlData, NetworkInputs, Sight
from bench.controls.control_registry import Predictor, fitted_control
from bench.errors import SweepError
from bench.seeds import generator

N = 120
TRAIN, TEST = np.arange(0, N, 2), np.arange(1, N, 2)
FITTED = [name for name in controls.names() if controls.get(name).fit]
NETWORKS = [name for name in controls.names() if controls.get(name).transform]
PLACES = {
    "metadata": "metadata_forest",
    "brightness": "mean_intensity",
    "pixels": "pixel_logistic",
    "neighbours": "nearest_neighbour",
}


def data(place: str = "nowhere", n_classes: int = 2) -> ControlData:
    """Images whose class can be told from one place only."""
    draw = generator(0, 0, "test")
    labels = draw.integers(0, n_classes, N)
    images = draw.uniform(0.4, 0.6, (N, 8, 8, 1)).astype(np.float32)
    sizes = draw.integers(100, 120, N)
    if place == "metadata":
        sizes = sizes + 50 * labels
    if place == "brightness":
        images += 0.05 * labels[:, None, None, None].astype(np.float32)
    if place in ("pixels", "neighbours"):
        sign = np.where(np.arange(8) % 2, 1.0, -1.0)[None, :, None, None]
        images += (0.2 * (labels[:, None, None, None] * 2 - 1) * sign).astype(np.float32)
    metadata = pd.DataFrame(
        {"width": sizes, "height": 100, "aspect": sizes / 100, "is_gray": True, "format": ["PNG", "JPEG"] * (N // 2)}
    )
    return ControlData(images, labels, metadata, n_classes)


def accuracy(name: str, on: ControlData) -> float:
    fit = controls.get(name).fit
    assert fit is not None
    predict = fit(on, TRAIN, generator(0, 0, "control"))
    return float(np.mean(predict(TEST).argmax(axis=1) == on.labels[TEST]))


def test_the_controls_that_are_promised_are_registered() -> None:
    assert set(controls.names()) >= {
        *("majority_class", "metadata_forest", "mean_intensity", "pixel_logistic", "nearest_neighbour"),
        *("border_only", "centre_only", "shuffled_labels"),
    }


@pytest.mark.parametrize("name", FITTED)
@pytest.mark.parametrize("n_classes", [3, 5])
def test_a_fitted_control_gives_probabilities_without_zeros(name: str, n_classes: int) -> None:
    on = data("brightness", n_classes)
    on.labels[TRAIN] %= n_classes - 1  # the last class is never seen in training
    fit = controls.get(name).fit
    assert fit is not None
    probabilities = fit(on, TRAIN, generator(0, 0, "control"))(TEST)
    assert probabilities.shape == (len(TEST), n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert probabilities.min() > 0
    assert np.isfinite(np.log(probabilities.astype(np.float32))).all()


@pytest.mark.parametrize("name", FITTED)
def test_a_fitted_control_reads_no_held_out_label_and_gives_the_same_bits_again(name: str) -> None:
    fit = controls.get(name).fit
    assert fit is not None
    on, changed = data("brightness"), data("brightness")
    changed.labels[TEST] = 1 - changed.labels[TEST]
    first, second = (fit(each, TRAIN, generator(0, 0, "control"))(TEST) for each in (on, changed))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("place", "name"), PLACES.items())
def test_a_control_finds_what_is_planted_where_it_looks(place: str, name: str) -> None:
    assert accuracy(name, data(place)) > 0.85


@pytest.mark.parametrize(
    ("place", "name"), [("pixels", "metadata_forest"), ("pixels", "mean_intensity"), ("metadata", "pixel_logistic")]
)
def test_a_control_is_at_chance_where_the_class_is_out_of_its_sight(place: str, name: str) -> None:
    assert abs(accuracy(name, data(place)) - 0.5) < 0.2


def test_the_majority_class_is_named_for_every_image() -> None:
    on = data()
    on.labels[TRAIN] = np.arange(len(TRAIN)) < 40
    assert accuracy("majority_class", on) == np.mean(on.labels[TEST] == 1)


def test_a_rotation_onto_principal_axes_leaves_the_logistic_regression_what_it_is() -> None:
    from sklearn.linear_model import LogisticRegression

    on = data("brightness")
    pixels = on.images.reshape(N, -1) - on.images[TRAIN].reshape(len(TRAIN), -1).mean(axis=0)
    plain = LogisticRegression(max_iter=5000, tol=1e-8).fit(pixels[TRAIN], on.labels[TRAIN])
    fit = controls.get("pixel_logistic").fit
    assert fit is not None
    np.testing.assert_allclose(
        fit(on, TRAIN, generator(0, 0, "control"))(TEST), plain.predict_proba(pixels[TEST]), atol=2e-3
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_control_changes_no_label_that_it_was_not_handed(name: str) -> None:
    labels = data(n_classes=4).labels
    transform = controls.get(name).transform
    assert transform is not None
    changed = transform(NetworkInputs(np.ones((10, 20), np.float32), labels), TRAIN, generator(0, 0, "control"))
    np.testing.assert_array_equal(changed.labels[TEST], labels[TEST])
    assert sorted(changed.labels[TRAIN]) == sorted(labels[TRAIN])
    assert (name == "shuffled_labels") == bool((changed.labels[TRAIN] != labels[TRAIN]).any())


def test_border_and_centre_part_the_image_at_sixty_per_cent_of_its_sides() -> None:
    inputs = NetworkInputs(np.ones((10, 20), np.float32), data().labels)
    border, centre = (
        transform(inputs, TRAIN, generator(0, 0, "control")).mask
        for name in ("border_only", "centre_only")
        if (transform := controls.get(name).transform)
    )
    np.testing.assert_array_equal(border + centre, np.ones((10, 20)))
    assert centre.sum() == 6 * 12
    assert centre[2:8, 4:16].all()


def test_wildcards_select_each_once_in_the_order_of_registration() -> None:
    assert [control.name for control in controls.select(["*_only", "border*", "majority_class"])] == [
        *("majority_class", "border_only", "centre_only")
    ]


def test_an_unknown_control_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SweepError, match="received 'majority_clas', did you mean majority_class"):
        controls.select(["majority_clas"])


def test_a_name_is_registered_once() -> None:
    def majority_class(data: ControlData, train_rows: np.ndarray, draw: np.random.Generator) -> Predictor:
        raise NotImplementedError

    with pytest.raises(ValueError, match="majority_class is taken"):
        fitted_control(Sight.NO_PIXEL)(majority_class)


def test_naming_controls_imports_neither_scikit_learn_nor_tensorflow() -> None:
    import subprocess
    import sys

    code = "import sys; from bench import controls; controls.names(); sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
