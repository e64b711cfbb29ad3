"""How often every interval holds the truth, simulated: what docs/statistics.md prints was measured here."""

from collections.abc import Callable

import numpy as np
import pytest

from bench.analyse.estimates.image_scores import Name
from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.intervals import corrected_interval, difference_interval, wilson_interval
from bench.analyse.estimates.two_level import slope_contrast, two_level
from bench.analyse.sizes.law_fits import parameter_intervals
from bench.analyse.sizes.scaling_laws import LAWS, fit_law, whitening
from bench.analyse.two_studies import welch_interval
from benchmarks.simulated_studies import TRUTHS, Design, simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

REPETITIONS = 500
NOMINAL = (0.925, 0.975)
"""Three standard errors of a rate of 0.95 over 500 repetitions, rounded inwards."""


def rate(hits: list[bool]) -> float:
    assert len(hits) >= REPETITIONS
    share = float(np.mean(hits))
    print(f"\n{share:.3f} of {len(hits)}")
    return share


def draw_images(n: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % 2
    return generator.normal(0.6 * labels[:, np.newaxis], 1.0, (n, 5)), labels


def centroid_accuracy(train: np.ndarray, labels: np.ndarray, test: np.ndarray, truth: np.ndarray) -> float:
    """A real learner, fast enough to be trained ten thousand times: the nearest class mean."""
    means = [train[labels == name].mean(axis=0) for name in (0, 1)]
    far = [((test - mean) ** 2).sum(axis=1) for mean in means]
    return float(np.mean((far[1] < far[0]) == truth))


def cross_validated(
    n: int, n_folds: int, n_seeds: int, n_train: int | None, generator: np.random.Generator
) -> np.ndarray:
    """Results of a trial each; trained on all of the other folds, or on so many of them, as many of each class."""
    images, labels = draw_images(n, generator)
    results = []
    for _ in range(n_seeds):
        fold = generator.permutation(np.arange(n) % n_folds)
        for each in range(n_folds):
            rest = np.flatnonzero(fold != each)
            if n_train is not None:
                halves = (generator.permutation(rest[labels[rest] == name])[: n_train // 2] for name in (0, 1))
                rest = np.concatenate(list(halves))
            results.append(centroid_accuracy(images[rest], labels[rest], images[fold == each], labels[fold == each]))
    return np.array(results)


def expected_accuracy(n_train: int, generator: np.random.Generator) -> float:
    """What training on so many images gives on average, over 3,000 data sets."""
    fresh = []
    for _ in range(3000):
        train, labels = draw_images(n_train, generator)
        fresh.append(centroid_accuracy(train, labels, *draw_images(200, generator)))
    return float(np.mean(fresh))


@pytest.mark.parametrize(
    ("n_folds", "n_seeds", "n_train"),
    [(3, 1, None), (5, 1, None), (3, 5, None), (5, 3, None), (3, 1, 10), (3, 5, 10), (5, 3, 40)],
)
def test_the_corrected_interval_of_real_cross_validation_covers_and_the_plain_one_does_not(
    n_folds: int, n_seeds: int, n_train: int | None
) -> None:
    generator = np.random.default_rng(1)
    truth = expected_accuracy(n_train or 96 * (n_folds - 1) // n_folds, generator)
    hits: list[bool] = []
    plain: list[bool] = []
    for _ in range(1000):
        results = cross_validated(96, n_folds, n_seeds, n_train, generator)
        for ratio, kept in ((1 / (n_folds - 1), hits), (0.0, plain)):
            try:
                interval = corrected_interval(results, ratio)
            except InsufficientError:
                continue
            kept.append(interval.low <= truth <= interval.high)
    assert 0.92 <= rate(hits) <= 0.999  # an approximation, on the safe side
    if n_seeds > 1:
        assert rate(plain) < 0.88


@pytest.mark.parametrize(("n", "share"), [(10, 0.9), (33, 0.88), (98, 0.97), (240, 0.5)])
def test_wilsons_interval_covers(n: int, share: float) -> None:
    generator = np.random.default_rng(2)
    drawn = [wilson_interval(each / n, n) for each in generator.binomial(n, share, 4000)]
    assert 0.90 <= rate([interval.low <= share <= interval.high for interval in drawn]) <= 0.99


def test_the_interval_of_a_difference_of_two_estimates_covers() -> None:
    generator = np.random.default_rng(3)
    hits = []
    for first, second in zip(generator.binomial(33, 0.88, 4000), generator.binomial(98, 0.8, 4000), strict=True):
        interval = difference_interval(wilson_interval(first / 33, 33), wilson_interval(second / 98, 98))
        hits.append(interval.low <= -0.08 <= interval.high)
    assert 0.93 <= rate(hits) <= 0.98


def correlated(
    n_trials: int, ratio: float, sd: float, shape: tuple[int, ...], generator: np.random.Generator
) -> np.ndarray:
    """Results that correlate as Nadeau and Bengio take them to: by ratio / (1 + ratio)."""
    shared = ratio / (1 + ratio)
    common = generator.normal(0.0, np.sqrt(shared), (1, *shape))
    return sd * (common + generator.normal(0.0, np.sqrt(1 - shared), (n_trials, *shape)))


def test_welchs_interval_of_two_studies_covers() -> None:
    generator = np.random.default_rng(4)
    hits = []
    for _ in range(2000):
        first = 0.8 + correlated(9, 0.5, 0.05, (), generator)
        second = 0.85 + correlated(15, 0.25, 0.02, (), generator)
        interval = welch_interval(first, second, 0.5, 0.25)
        hits.append(interval.low <= 0.05 <= interval.high)
    assert NOMINAL[0] <= rate(hits) <= NOMINAL[1]


@pytest.mark.parametrize("design", [Design(240, 3, 1, 7), Design(98, 5, 3, 4), Design(240, 5, 10, 12)])
@pytest.mark.parametrize("truth", ["flat", "+10"])
def test_intervals_of_slopes_and_differences_cover_where_neighbouring_sizes_err_on_the_same_images(
    design: Design, truth: str
) -> None:
    generator, accuracy = np.random.default_rng(5), TRUTHS[truth](design.places)
    ends = np.eye(design.n_sizes)[-1] - np.eye(design.n_sizes)[0]
    family: dict[Name, float] = dict(enumerate(design.n_params.tolist()))
    hits: dict[str, list[bool]] = {"slope": [], "ends": []}
    for _ in range(REPETITIONS):
        levels = two_level(simulate(accuracy, design, generator), [family])
        for name, c in (("slope", slope_contrast(design.n_params)), ("ends", ends)):
            estimate = levels.contrast(c)
            hits[name].append(bool(estimate.low <= c @ accuracy <= estimate.high))
    for kept in hits.values():
        assert 0.925 <= rate(kept) <= 0.999  # conservative where folds share less than is assumed


PLANTED: dict[str, tuple[dict[str, float], int, Callable[[np.ndarray], np.ndarray]]] = {
    "constant": ({"a": 0.12}, 7, lambda n: 0.12 + 0 * n),
    "log-linear": ({"a": 0.9, "b": -0.05}, 7, lambda n: 0.9 - 0.05 * np.log(n)),
    "power law": ({"a": 3.0, "b": 0.25}, 7, lambda n: 3.0 * n**-0.25),
    "saturating power law": ({"a": 60.0, "b": 0.55, "c": 0.06}, 7, lambda n: 60.0 * n**-0.55 + 0.06),
    "smoothly broken power law": (
        {"b": 0.5, "g": -0.4, "d": 1e5},
        12,
        lambda n: 40 * n**-0.5 * (1 + (n / 1e5) ** (1 / 0.3)) ** (0.4 * 0.3),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_laws_are_recovered_within_their_intervals_at_the_nominal_rate(name: str) -> None:
    truth, n_sizes, law = PLANTED[name]
    sizes = np.geomspace(1e4, 4e6, n_sizes) if n_sizes == 7 else np.geomspace(1e3, 1e7, n_sizes)
    t, middle = np.log(sizes) - np.log(sizes).mean(), float(np.log(sizes).mean())
    values = law(sizes)
    covariance = 0.02**2 * np.outer(values, values) * (0.5 + 0.5 * np.eye(n_sizes))
    fitted = next(each for each in LAWS if each.name == name)
    generator = np.random.default_rng(6)
    hits: dict[str, list[bool]] = {parameter: [] for parameter in truth}
    for _ in range(REPETITIONS):
        means = generator.multivariate_normal(values, covariance)
        theta, _ = fit_law(fitted, t, means[np.newaxis], whitening(covariance))
        found = parameter_intervals(fitted, theta, t, middle, covariance, generator, 200)
        for parameter, value in truth.items():
            hits[parameter].append(found[parameter].low <= value <= found[parameter].high)
    for parameter, kept in hits.items():
        print(parameter, end=" ")
        assert NOMINAL[0] <= rate(kept) <= 0.985, parameter
