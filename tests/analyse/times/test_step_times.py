"""Planted times: known medians, ratios and slopes, with rounds that drift."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.analyse.times.step_times import figures, log_log_slope, median_ms, ratio
from bench.store import Store
from tests.store.planted import ENVIRONMENT, SMALL, step_times


def planted_rounds(
    typical_ms: float, n_rounds: int, draw: np.random.Generator, of_round: np.ndarray | None = None, n_samples: int = 15
) -> dict[int, np.ndarray]:
    """Log-normal samples; each round has a level of its own, which every sample of it shares."""
    levels = draw.normal(0, 0.05, n_rounds) if of_round is None else of_round
    return {
        round_: np.round(1e6 * typical_ms * np.exp(level + draw.normal(0, 0.02, n_samples))).astype(np.int64)
        for round_, level in enumerate(levels)
    }


@given(st.lists(st.lists(st.integers(1, 10**10), min_size=1, max_size=8), min_size=1, max_size=5))
def test_the_median_is_numpys_of_all_samples_and_lies_in_its_interval(samples: list[list[int]]) -> None:
    rounds = {number: np.array(each) for number, each in enumerate(samples)}

    interval = median_ms(rounds, np.random.default_rng(0))

    assert interval.value == pytest.approx(np.median(np.concatenate(samples)) / 1e6)
    if len(rounds) < 3:
        assert not interval.is_known
    else:
        assert interval.low <= interval.value <= interval.high


@pytest.mark.parametrize("n_rounds", [3, 5])
def test_the_interval_holds_the_planted_median_at_about_its_rate_though_rounds_differ(n_rounds: int) -> None:
    draw = np.random.default_rng(1)
    n_repetitions = 300
    held = 0
    for _ in range(n_repetitions):
        interval = median_ms(planted_rounds(20.0, n_rounds, draw), draw)
        held += interval.low <= 20.0 <= interval.high

    # 95 % in the long run; under 90 % would have a chance of a ten-thousandth.
    assert stats.binom.cdf(held, n_repetitions, 0.95) > 1e-4


def test_an_interval_that_took_samples_for_independent_would_be_far_too_narrow() -> None:
    draw = np.random.default_rng(2)
    rounds = planted_rounds(20.0, 5, draw, n_samples=200)

    interval = median_ms(rounds, draw)
    pooled = stats.bootstrap((np.concatenate(list(rounds.values())) / 1e6,), np.median, rng=draw, n_resamples=500)

    assert interval.high - interval.low > 3 * (pooled.confidence_interval.high - pooled.confidence_interval.low)


def test_a_ratio_is_paired_by_round_so_that_what_rounds_share_cancels() -> None:
    draw = np.random.default_rng(3)
    shared = draw.normal(0, 0.5, 5)
    slow, fast = planted_rounds(60.0, 5, draw, shared), planted_rounds(20.0, 5, draw, shared)

    found = ratio(slow, fast, draw)

    assert found is not None
    assert found.low < 3.0 < found.high
    assert found.high / found.low < 1.1
    assert median_ms(slow, draw).high / median_ms(slow, draw).low > 2


def test_a_ratio_needs_a_round_in_common() -> None:
    draw = np.random.default_rng(4)
    rounds = planted_rounds(20.0, 2, draw)
    assert ratio({0: rounds[0]}, {1: rounds[1]}, draw) is None


def test_the_same_generator_gives_the_same_interval_and_another_one_another() -> None:
    rounds = planted_rounds(20.0, 4, np.random.default_rng(5))
    one, again, other = (median_ms(rounds, np.random.default_rng(seed)) for seed in (6, 6, 7))
    assert one == again != other


def test_a_planted_power_law_is_found_and_explains_better_than_what_it_is_not_of() -> None:
    draw = np.random.default_rng(8)
    flops, params = 10 ** draw.uniform(6, 9, 12), 10 ** draw.uniform(4, 7, 12)
    ms = 0.001 * flops**0.7 * np.exp(draw.normal(0, 0.05, 12))

    by_flops, by_params = log_log_slope(flops, ms), log_log_slope(params, ms)

    assert by_flops is not None
    assert by_params is not None
    assert by_flops.slope.low < 0.7 < by_flops.slope.high
    assert by_flops.aicc < by_params.aicc - 10
    assert by_flops.r_squared > 0.95


@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0, 4.0], [5.0] * 6])
def test_too_few_or_equal_networks_have_no_slope(x: list[float]) -> None:
    assert log_log_slope(np.array(x), np.arange(1.0, len(x) + 1)) is None


def test_the_slope_and_its_interval_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    draw = np.random.default_rng(9)
    x = 10 ** draw.uniform(4, 7, 9)
    ms = x**0.3 * np.exp(draw.normal(0, 0.2, 9))

    found = log_log_slope(x, ms)
    fitted = sm.OLS(np.log(ms), sm.add_constant(np.log(x))).fit()

    assert found is not None
    assert (found.slope.low, found.slope.high) == pytest.approx(tuple(fitted.conf_int()[1]))
    assert found.r_squared == pytest.approx(fitted.rsquared)


def test_figures_are_of_the_latest_pass_with_warm_up_left_out_and_the_batch_that_fitted(tmp_path: Path) -> None:
    folder = SMALL.write(tmp_path, step_ns=(10**9,) * 5)
    (first, _), protocol = SMALL.networks, SMALL.protocols[0]
    with Store.open_existing(folder) as store:
        for round_ in range(3):
            taken = step_times(
                first,
                protocol,
                (4_000_000, 8_000_000, 6_000_000),
                pass_number=2,
                round=round_,
                batch_size=16,
                figures={"trace_s": float(round_)},
            )
            store.record_measurement(taken, ENVIRONMENT)
        table = figures(store.measurements(), np.random.default_rng(0)).set_index("network_key")
    row = table.loc[first.key]
    assert (row["median_ms"], row["q1_ms"], row["q3_ms"]) == (6.0, 4.0, 8.0)
    assert (row["n_rounds"], row["n_samples"], row["n_warmup"], row["batch_size"]) == (3, 9, 3, 16)
    assert row["figure_trace_s"] == 1.0
    assert row["verdict"] == "noisy"
    others = table.drop(index=first.key)
    assert others["median_ms"].tolist() == [1000.0]
    assert pd.isna(others["low_ms"]).all()
