import warnings
from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import curve_fit, least_squares

from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.sizes.law_fits import (
    GuideLine,
    ScalingFit,
    SizeMeans,
    fit_scaling,
    guide_line,
    law_or_guide,
    round_means,
)
from bench.analyse.sizes.scaling_laws import LAWS, LOG_LINEAR, POWER_LAW, SATURATING, Law, fit_law, whitening

SIZES = np.geomspace(1e4, 4e6, 7)
MANY_SIZES = np.geomspace(1e3, 1e7, 12)
T = np.log(SIZES) - np.log(SIZES).mean()
Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]
EXACT: dict[str, tuple[NDArray[np.float64], Function, dict[str, float]]] = {
    "log-linear": (SIZES, lambda n: 0.9 - 0.05 * np.log(n), {"a": 0.9, "b": -0.05}),
    "power law": (SIZES, lambda n: 3.0 * n**-0.25, {"a": 3.0, "b": 0.25}),
    "saturating power law": (SIZES, lambda n: 60.0 * n**-0.55 + 0.06, {"a": 60.0, "b": 0.55, "c": 0.06}),
    "smoothly broken power law": (
        MANY_SIZES,
        lambda n: 40 * n**-0.5 * (1 + (n / 1e5) ** (1 / 0.3)) ** (0.4 * 0.3),
        {"a": 40, "b": 0.5, "g": -0.4, "d": 1e5, "f": 0.3},
    ),
}


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def measured(sizes: NDArray[np.float64], means: NDArray[np.float64], relative: float = 0.02) -> SizeMeans:
    return SizeMeans(sizes, means, np.diag((relative * means) ** 2))


def images_alike(n_sizes: int, sd: float = 0.015, correlation: float = 0.9) -> NDArray[np.float64]:
    """The covariance of errors that sizes make on the same images."""
    return sd**2 * (correlation + (1 - correlation) * np.eye(n_sizes))


@pytest.mark.parametrize("name", EXACT)
def test_data_without_noise_give_their_law_and_its_parameters_back(name: str) -> None:
    sizes, law, truth = EXACT[name]
    fit = fit_scaling(measured(sizes, law(sizes)), draw(), n_resamples=20)
    assert fit.best.name == name
    assert {key: value.value for key, value in fit.best.parameters.items()} == pytest.approx(truth, rel=0.01)
    assert fit.curve(sizes) == pytest.approx(law(sizes), rel=1e-4)
    assert fit.best.extrapolation_error == pytest.approx(0, abs=0.01)


def test_a_saturating_law_is_not_called_constant_or_straight_where_the_images_can_tell() -> None:
    truth = 60.0 * SIZES**-0.55 + 0.06
    covariance = images_alike(7)
    named = []
    for seed in range(40):
        means = truth + draw(seed).multivariate_normal(np.zeros(7), covariance)
        fit = law_or_guide(SizeMeans(SIZES, means, covariance), draw(), n_resamples=2)
        named.append(fit.best.name if isinstance(fit, ScalingFit) else "none")
    assert named.count("saturating power law") >= 36
    assert "constant" not in named


@pytest.mark.parametrize("n_sizes", [4, 6])
def test_with_fewer_than_seven_sizes_a_step_time_that_grows_is_drawn_growing(n_sizes: int) -> None:
    sizes = np.geomspace(1e4, 4e6, n_sizes)
    times = np.geomspace(25, 224, n_sizes)
    rounds = times * np.array([[1.0], [1.01], [0.99]])
    line = law_or_guide(round_means(sizes, rounds), draw())
    assert isinstance(line, GuideLine)
    assert line.reason == f"a law needs 7 sizes or more; there are {n_sizes}"
    assert line.curve(sizes) == pytest.approx(times, rel=1e-3)
    assert np.all(np.diff(line.curve(np.geomspace(1e4, 4e6, 50))) > 0)


def test_a_constant_is_never_named_because_means_that_fall_slowly_look_like_it() -> None:
    flat = SizeMeans(SIZES, np.full(7, 0.12), images_alike(7))
    with pytest.raises(InsufficientError, match=r"no law is told apart from a constant, whose Akaike weight is 0\.\d"):
        fit_scaling(flat, draw())
    line = law_or_guide(flat, draw())
    assert isinstance(line, GuideLine)
    assert line.curve(SIZES) == pytest.approx(np.full(7, 0.12))


def test_means_that_no_law_reaches_have_a_guide_line() -> None:
    peak = measured(SIZES, 0.1 + 0.05 * np.array([4, 1, 2, 3, 2, 1, 0.0]), relative=0.01)
    with pytest.raises(InsufficientError, match="no law fits within the error of the means"):
        fit_scaling(peak, draw())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(LAWS[:4]))
def test_a_fit_is_at_least_as_good_as_scipys_least_squares(seed: int, law: Law) -> None:
    generator = draw(seed)
    covariance = images_alike(7, correlation=float(generator.uniform(0, 0.95)))
    y = 5 * SIZES**-0.3 + 0.03 + generator.multivariate_normal(np.zeros(7), covariance)
    whiten = whitening(covariance)
    _, chi_squared = fit_law(law, T, y[np.newaxis], whiten)
    low, high = law.bounds(T)
    outer_low = np.full(law.n_outer, 0.0 if law.is_positive else -np.inf)
    bounds = (np.concatenate([outer_low, low]), np.concatenate([np.full(law.n_outer, np.inf), high]))

    def residuals(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = whiten @ (law.curve(theta[np.newaxis], T)[0] - y)
        return found

    starts = [np.concatenate([np.full(law.n_outer, 0.1), inner]) for inner in law.starts(T)[::5]]
    fits = [least_squares(residuals, start, bounds=bounds) for start in starts]
    assert chi_squared[0] <= 2 * min(fit.cost for fit in fits) * (1 + 1e-3) + 1e-6


def test_the_weighted_line_is_that_of_statsmodels() -> None:
    covariance = images_alike(7) * np.outer(np.arange(1, 8), np.arange(1, 8)) / 20
    y = 0.3 - 0.02 * T + draw().multivariate_normal(np.zeros(7), covariance)
    theta, chi_squared = fit_law(LOG_LINEAR, T, y[np.newaxis], whitening(covariance))
    expected = sm.GLS(y, sm.add_constant(T), sigma=covariance).fit()
    assert theta[0] == pytest.approx(expected.params)
    assert chi_squared[0] == pytest.approx(expected.ssr)


@pytest.mark.parametrize("law", [POWER_LAW, SATURATING])
def test_the_interval_of_an_exponent_is_that_of_scipys_curve_fit_where_the_error_is_small(law: Law) -> None:
    truth = 60.0 * SIZES**-0.55 + (0.06 if law is SATURATING else 0.0)
    of = measured(SIZES, truth, relative=0.005)
    fit = next(each for each in fit_scaling(of, draw(), n_resamples=2000).laws if each.name == law.name)

    def curve(n: NDArray[np.float64], *theta: float) -> NDArray[np.float64]:
        return theta[0] * n ** -theta[1] + (theta[2] if law is SATURATING else 0.0)

    start = [60, 0.55, 0.06][: law.n_parameters]
    _, covariance = curve_fit(curve, SIZES, truth, start, sigma=0.005 * truth, absolute_sigma=True)
    b = fit.parameters["b"]
    assert b.high - b.low == pytest.approx(2 * 1.96 * np.sqrt(covariance[1, 1]), rel=0.1)


def test_a_mean_of_large_variance_moves_the_fit_less() -> None:
    y = 0.3 - 0.02 * T
    y[5] += 0.2
    sure, unsure = np.full(7, 0.01), np.full(7, 0.01)
    unsure[5] = 0.2
    slopes = [fit_law(LOG_LINEAR, T, y[np.newaxis], np.diag(1 / sd))[0][0, 1] for sd in (sure, unsure)]
    assert abs(slopes[1] + 0.02) < 0.1 * abs(slopes[0] + 0.02)


def test_many_data_sets_are_fitted_as_each_alone() -> None:
    y = 60 * SIZES**-0.5 + 0.05 + draw().normal(0, 0.01, (5, 7))
    together, _ = fit_law(SATURATING, T, y, np.eye(7) / 0.01)
    alone = [fit_law(SATURATING, T, row[np.newaxis], np.eye(7) / 0.01)[0][0] for row in y]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


def test_akaikes_weights_are_those_of_the_known_variance() -> None:
    means = 3 * SIZES**-0.25 * np.exp(draw().normal(0, 0.02, 7))
    fit = fit_scaling(measured(SIZES, means), draw(), n_resamples=2)
    n_parameters = {law.name: law.n_parameters for law in LAWS}
    criterion = np.array([law.chi_squared + 2 * n_parameters[law.name] for law in fit.laws])
    assert [law.aicc for law in fit.laws] == pytest.approx(criterion.tolist())
    expected = np.exp(-(criterion - criterion.min()) / 2)
    assert [law.weight for law in fit.laws] == pytest.approx((expected / expected.sum()).tolist())
    assert fit.not_fitted == {"smoothly broken power law": "needs 8 sizes or more; there are 7"}


def test_networks_of_equal_size_are_one_size() -> None:
    sizes = np.repeat(np.geomspace(1e4, 4e6, 4), 2)
    with pytest.raises(InsufficientError, match="7 sizes or more; there are 4"):
        fit_scaling(measured(sizes, 3 * sizes**-0.25), draw())
    line = guide_line(measured(sizes, np.array([4, 2, 2, 2, 1, 1, 0.5, 0.5])), "few")
    assert line.sizes.tolist() == np.unique(sizes).tolist()


def test_no_error_at_all_is_no_division_by_zero() -> None:
    means = np.array([0.2, 0.1, 0.05, 0.02, 0.01, 0.0, 0.0])
    fit = law_or_guide(SizeMeans(SIZES, means, images_alike(7, sd=0.01, correlation=0)), draw(), n_resamples=20)
    assert isinstance(fit, ScalingFit)
    assert fit.best.extrapolation_error is None
    assert fit.best.name in {"power law", "saturating power law"}


def test_a_guide_line_is_the_nearest_monotone_one_in_either_direction() -> None:
    falling = guide_line(SizeMeans(SIZES[:4], np.array([4.0, 1.0, 2.0, 0.5]), NotComputed("x")), "why")
    assert falling.values.tolist() == [4.0, 1.5, 1.5, 0.5]
    assert (falling.reason, falling.curve(SIZES[:4]).tolist()) == ("why", falling.values.tolist())
    rising = guide_line(SizeMeans(SIZES[:3], np.array([1.0, 3.0, 2.0]), np.diag([1.0, 1.0, 3.0])), "why")
    assert rising.values == pytest.approx([1.0, 2.75, 2.75])
    with pytest.raises(InsufficientError, match="2 sizes or more; there is 1"):
        guide_line(SizeMeans(SIZES[:1], np.ones(1), NotComputed("x")), "why")


def test_rounds_that_slow_every_network_alike_say_little_of_the_level_and_nothing_of_the_shape() -> None:
    generator = draw()
    slow = np.exp(generator.normal(0, 0.2, (200, 1)))
    rounds = 10 * slow * np.exp(generator.normal(0, 0.01, (200, 5)))
    of = round_means(SIZES[:5], rounds)
    assert not isinstance(of.covariance, NotComputed)
    assert of.covariance[0, 0] == pytest.approx((0.2 * 10) ** 2 / 200, rel=0.2)
    difference = np.array([1.0, -1, 0, 0, 0])
    assert difference @ of.covariance @ difference == pytest.approx(2 * (0.01 * 10) ** 2 / 200, rel=0.2)


def test_one_timing_round_has_no_law_and_says_why() -> None:
    line = law_or_guide(round_means(SIZES, np.geomspace(5, 50, 7)[np.newaxis]), draw())
    assert isinstance(line, GuideLine)
    assert line.reason == "a law needs 2 timing rounds or more; there is 1"


def test_the_same_generator_gives_the_same_intervals() -> None:
    of = measured(SIZES, 3 * SIZES**-0.25)
    first, second = (fit_scaling(of, draw(), n_resamples=20) for _ in range(2))
    assert [law.parameters for law in first.laws] == [law.parameters for law in second.laws]


def test_fits_raise_no_numerical_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        law_or_guide(measured(MANY_SIZES, np.linspace(0.3, 0.0, 12) + 1e-6), draw(), n_resamples=50)
