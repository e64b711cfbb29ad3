"""How often every interval holds the truth, simulated: what docs/statistics.md prints was measured here."""

from collections.abc import Callable

import numpy as np
import pytest
from bench.analyse.sizes.trend_tests import slope_test

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.intervals import Interval, corrected_interval, difference_interval, wilson_interval
from bench.analyse.sizes.law_fits import fit_scaling
from bench.analyse.two_studies import welch_interval

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


def test_the_interval_of_the_slope_covers() -> None:
    generator = np.random.default_rng(5)
    n_params = np.geomspace(1e4, 1e6, 7)
    line = 0.6 + 0.1 * np.log10(n_params)
    hits = []
    for _ in range(2000):
        slope = slope_test(line + correlated(15, 0.25, 0.05, (7,), generator), n_params, 0.25)
        hits.append(slope.low <= 0.1 <= slope.high)
    assert NOMINAL[0] <= rate(hits) <= NOMINAL[1]


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
    generator = np.random.default_rng(6)
    hits: dict[str, list[bool]] = {parameter: [] for parameter in truth}
    for _ in range(REPETITIONS):
        blocks = law(sizes) * np.exp(generator.normal(0, 0.05, (15, 1)) + generator.normal(-0.005, 0.1, (15, n_sizes)))
        blocks *= np.exp(-(0.05**2) / 2)  # so that the mean of a block is the law
        fit = fit_scaling(sizes, blocks, 0.0, 1e-4, generator, n_resamples=200)
        found = next(each for each in fit.laws if each.name == name)
        for parameter, value in truth.items():
            estimate = found.parameters[parameter]
            assert isinstance(estimate, Interval)
            hits[parameter].append(estimate.low <= value <= estimate.high)
    for parameter, kept in hits.items():
        print(parameter, end=" ")
        assert NOMINAL[0] <= rate(kept) <= 0.985, parameter
