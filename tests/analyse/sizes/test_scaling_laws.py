from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import least_squares

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.intervals import Interval
from bench.analyse.sizes.law_fits import fit_scaling
from bench.analyse.sizes.scaling_laws import HUBER_EFFICIENT, LAWS, POWER_LAW, SATURATING, Law, fit_law

SIZES = np.geomspace(1e4, 4e6, 7)
MANY_SIZES = np.geomspace(1e3, 1e7, 12)
Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]
EXACT: dict[str, tuple[NDArray[np.float64], Function, dict[str, float]]] = {
    "constant": (SIZES, lambda n: 0.12 + 0 * n, {"a": 0.12}),
    "log-linear": (SIZES, lambda n: 0.9 - 0.05 * np.log(n), {"a": 0.9, "b": -0.05}),
    "power law": (SIZES, lambda n: 3.0 * n**-0.25, {"a": 3.0, "b": 0.25}),
    "saturating power law": (SIZES, lambda n: 60.0 * n**-0.55 + 0.06, {"a": 60.0, "b": 0.55, "c": 0.06}),
    "smoothly broken power law": (
        MANY_SIZES,
        lambda n: 40 * n**-0.5 * (1 + (n / 1e5) ** (1 / 0.3)) ** (0.4 * 0.3),
        {"a": 40, "b": 0.5, "g": -0.4, "d": 1e5, "f": 0.3},
    ),
}


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", EXACT)
def test_data_without_noise_give_their_law_and_its_parameters_back(name: str) -> None:
    sizes, law, truth = EXACT[name]
    fit = fit_scaling(sizes, np.tile(law(sizes), (3, 1)), 0.0, 1e-6, draw(), n_resamples=20)
    assert fit.best.name == name
    assert {
        key: value.value for key, value in fit.best.parameters.items() if isinstance(value, Interval)
    } == pytest.approx(truth, rel=0.02)
    assert fit.curve(fit.best, sizes) == pytest.approx(law(sizes), rel=1e-3)
    assert fit.best.extrapolation_error is not None
    assert abs(fit.best.extrapolation_error) < 0.01


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(LAWS[:4]))
def test_a_fit_is_at_least_as_good_as_scipys_robust_least_squares(seed: int, law: Law) -> None:
    generator = np.random.default_rng(seed)
    t = np.log(SIZES) - np.log(SIZES).mean()
    log_y = np.log(5 * SIZES**-0.3 + 0.03) + generator.normal(0, 0.1, 7)
    _, cost = fit_law(law, t, log_y[np.newaxis], noise=0.05)
    low, high = law.bounds(t, log_y)

    def residuals(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        log_curve: NDArray[np.float64] = law.log_curve(theta[np.newaxis], t)[0]
        return log_curve - log_y

    fits = [
        least_squares(
            residuals,
            np.clip(start, low + 1e-6, high - 1e-6),
            bounds=(low, high),
            loss="huber",
            f_scale=HUBER_EFFICIENT * 0.05,
        )
        for start in law.starts(t, log_y)
    ]
    assert cost[0] <= min(fit.cost for fit in fits) * (1 + 1e-3) + 1e-9


def test_one_outlier_moves_the_fit_less_than_it_moves_least_squares() -> None:
    t = np.log(SIZES) - np.log(SIZES).mean()
    log_y = -0.3 * t
    log_y[5] += 1.0
    theta, _ = fit_law(POWER_LAW, t, log_y[np.newaxis], noise=0.02)
    assert abs(theta[0, 1] - 0.3) < 0.2 * abs(-np.polyfit(t, log_y, 1)[0] - 0.3)


def test_many_data_sets_are_fitted_as_each_alone() -> None:
    t = np.log(SIZES) - np.log(SIZES).mean()
    log_y = np.log(60 * SIZES**-0.5 + 0.05) + draw().normal(0, 0.05, (5, 7))
    together, _ = fit_law(SATURATING, t, log_y, 0.05, warm=np.array([[-3.0, 0.5, -3.0]]))
    alone = [fit_law(SATURATING, t, row[np.newaxis], 0.05, warm=np.array([[-3.0, 0.5, -3.0]]))[0][0] for row in log_y]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


def test_akaikes_weights_are_those_of_the_criterion() -> None:
    blocks = 3 * SIZES**-0.25 * np.exp(draw().normal(0, 0.1, (15, 7)))
    fit = fit_scaling(SIZES, blocks, 0.25, 1e-6, draw(), n_resamples=20)
    aicc = np.array([law.aicc for law in fit.laws])
    expected = np.exp(-(aicc - aicc.min()) / 2)
    assert [law.weight for law in fit.laws] == pytest.approx((expected / expected.sum()).tolist())
    assert fit.not_fitted == {"smoothly broken power law": "needs 8 sizes or more; there are 7"}


def test_shared_training_images_widen_the_intervals() -> None:
    blocks = 3 * SIZES**-0.25 * np.exp(draw().normal(0, 0.1, (15, 7)))

    def width(ratio: float) -> float:
        fit = fit_scaling(SIZES, blocks, ratio, 1e-6, draw())
        b = next(law for law in fit.laws if law.name == "power law").parameters["b"]
        assert isinstance(b, Interval)
        return b.high - b.low

    assert width(0.25) == pytest.approx(width(0.0) * np.sqrt(1 + 15 * 0.25), rel=0.05)


def test_two_blocks_have_fits_and_no_intervals() -> None:
    blocks = np.tile(3 * SIZES**-0.25, (2, 1)) * [[1.0], [1.1]]
    fit = fit_scaling(SIZES, blocks, 0.25, 1e-6, draw())
    assert fit.why_no_intervals == "intervals need 3 blocks (seed, fold) or more; there are 2"
    assert all(isinstance(value, float) for law in fit.laws for value in law.parameters.values())


def test_no_error_at_all_is_no_logarithm_of_zero() -> None:
    blocks = np.array([[0.2, 0.1, 0.0, 0.0, 0.0]] * 3) + [[0.0], [0.01], [0.02]] * np.array([1, 1, 0, 0, 0])
    fit = fit_scaling(SIZES[:5], blocks, 0.5, 0.005, draw())
    assert fit.means[-1] == 0.005
    assert all(np.isfinite(law.aicc) for law in fit.laws)


def test_fewer_than_four_sizes_carry_no_law() -> None:
    with pytest.raises(InsufficientError, match="4 sizes or more; there are 3"):
        fit_scaling(SIZES[:3], np.ones((3, 3)), 0.5, 1e-6, draw())


def test_the_same_generator_gives_the_same_intervals() -> None:
    blocks = 3 * SIZES**-0.25 * np.exp(draw().normal(0, 0.1, (6, 7)))
    first, second = (fit_scaling(SIZES, blocks, 0.25, 1e-6, draw()) for _ in range(2))
    assert [law.parameters for law in first.laws] == [law.parameters for law in second.laws]
