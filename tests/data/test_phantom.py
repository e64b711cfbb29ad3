import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import ks_2samp, norm
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from bench.data import open_dataset
from bench.data.phantom import CLASS_DISTANCE, OPAQUE_SHARE, Films, best_accuracy, generate

KNOWN = best_accuracy(OPAQUE_SHARE, CLASS_DISTANCE)
N_MANY = 3000
STANDARD_ERROR = np.sqrt(KNOWN * (1 - KNOWN) / N_MANY)


@pytest.fixture(scope="module")
def many() -> Films:
    return generate(N_MANY, np.random.default_rng(0))


def within_class(values: np.ndarray, films: Films) -> float:
    return float(ks_2samp(values[films.labels == 0], values[films.labels == 1]).pvalue)


@pytest.mark.parametrize(("share", "distance"), [(5 / 7, 2.4), (0.5, 1.0), (0.9, 0.5), (0.2, 3.0)])
def test_the_closed_form_is_the_best_of_all_thresholds(share: float, distance: float) -> None:
    def error(threshold: float) -> float:
        return share * norm.cdf(threshold - distance) + (1 - share) * norm.sf(threshold)

    best = minimize_scalar(error, bounds=(-10, 10), method="bounded", options={"xatol": 1e-9})
    assert best_accuracy(share, distance) == pytest.approx(1 - best.fun, abs=1e-9)


def test_the_known_accuracy_lies_between_the_majority_and_one() -> None:
    assert abs(KNOWN - 0.90) < 0.005
    assert KNOWN > OPAQUE_SHARE + 0.1


def test_the_built_in_set_is_the_papers_size_with_several_films_a_patient() -> None:
    phantom = open_dataset("phantom")
    assert dict(zip(phantom.class_names, phantom.class_counts, strict=True)) == {"clear": 28, "opaque": 70}
    assert phantom.best_accuracy == KNOWN
    assert phantom.patients is not None
    assert 45 <= len(set(phantom.patients)) <= 70
    assert phantom.data_hash == open_dataset("phantom").data_hash


def test_a_patient_has_one_class(many: Films) -> None:
    classes: dict[str, set[int]] = {}
    for patient, label in zip(many.patients, many.labels.tolist(), strict=True):
        classes.setdefault(patient, set()).add(label)
    assert all(len(labels) == 1 for labels in classes.values())


def test_the_same_generator_state_draws_the_same_films() -> None:
    first, second = (generate(20, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first.images, second.images)


def test_pixels_are_not_saturated(many: Films) -> None:
    assert np.mean(many.images == 255) < 1e-3
    assert np.mean(many.images == 0) < 1e-2


def test_a_films_mean_recovers_its_density(many: Films) -> None:
    means = many.images.mean(axis=(1, 2))
    assert np.corrcoef(means, many.densities)[0, 1] > 0.999


def test_the_pixels_reach_the_known_accuracy_and_not_more(many: Films) -> None:
    means = many.images.mean(axis=(1, 2))[:, np.newaxis]
    right = cross_val_predict(LogisticRegression(C=1e6), means, many.labels, cv=5) == many.labels
    assert right.mean() == pytest.approx(KNOWN, abs=3 * STANDARD_ERROR)


def test_all_pixels_together_tell_no_more_than_the_density(many: Films) -> None:
    small = many.images.reshape(-1, 8, 12, 8, 12).mean(axis=(2, 4)).reshape(len(many.images), -1)
    folds = StratifiedGroupKFold(3).split(small, many.labels, many.patients)
    model = LogisticRegression(C=1e-3, max_iter=500)
    right = cross_val_predict(model, small - small.mean(), many.labels, cv=list(folds)) == many.labels
    assert right.mean() < KNOWN + 3 * STANDARD_ERROR


def test_the_built_in_films_are_typical() -> None:
    phantom = open_dataset("phantom")
    means = np.array([[phantom.read(row).mean()] for row in range(len(phantom))])
    right = LogisticRegression(C=1e6).fit(means, phantom.labels).predict(means) == phantom.labels
    assert right.mean() == pytest.approx(KNOWN, abs=0.04)


def test_nothing_but_the_density_differs_by_class(many: Films) -> None:
    films = many.images.astype(np.float64)
    border = np.ones((96, 96), dtype=bool)
    border[8:-8, 8:-8] = False
    first_of_patient = np.unique(np.array(many.patients), return_index=True)[1]
    one_each = Films(
        many.images[first_of_patient],
        many.labels[first_of_patient],
        tuple(many.patients[row] for row in first_of_patient),
        many.densities[first_of_patient],
    )
    # What the anatomy is, the haze taken out by subtracting its line in the film's mean.
    brightness_of_border = films[:, border].mean(axis=1)[first_of_patient]
    upper_edge = films[:, :6].mean(axis=(1, 2))[first_of_patient]
    noise = films[:, :4, :12].std(axis=(1, 2))[first_of_patient]
    for statistic in (upper_edge, noise):
        assert within_class(statistic, one_each) > 1e-3
    residual = brightness_of_border - np.polyval(
        np.polyfit(one_each.densities, brightness_of_border, 1), one_each.densities
    )
    assert within_class(residual, one_each) > 1e-3


def test_films_a_patient_are_alike_in_both_classes(many: Films) -> None:
    patients, first, counts = np.unique(np.array(many.patients), return_index=True, return_counts=True)
    assert len(patients) > 1000
    by_class = [counts[many.labels[first] == label] for label in (0, 1)]
    assert abs(by_class[0].mean() - by_class[1].mean()) < 0.25
