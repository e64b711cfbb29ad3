import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.power import (
    Design,
    assumed_sd,
    detectable_difference,
    images_needed,
    power_of,
    seeds_needed,
)
from bench.analyse.sizes.pair_tests import corrected_t_test
from bench.pages.power import power_lines


@given(st.integers(2, 10), st.integers(1, 10), st.floats(0.01, 0.2), st.floats(0.002, 0.1))
def test_power_is_statsmodels_with_the_corrected_variance(
    n_folds: int, n_seeds: int, sd: float, difference: float
) -> None:
    design = Design(98, n_folds, n_seeds)
    effect = difference / (sd * np.sqrt(1 + design.n_trials * design.ratio))
    expected = TTestPower().power(effect, design.n_trials, 0.05)
    if not np.isnan(expected):
        assert power_of(difference, sd, design) == pytest.approx(expected, abs=1e-6)


def test_power_is_how_often_the_test_finds_the_difference() -> None:
    generator = np.random.default_rng(0)
    design, shared = Design(98, 5, 3), 0.25 / 1.25
    found = []
    for _ in range(2000):
        noise = generator.normal(0, np.sqrt(shared)) + generator.normal(0, np.sqrt(1 - shared), 15)
        found.append(corrected_t_test(0.08 + 0.05 * noise, design.ratio).p < 0.05)
    # The sample's own standard deviation is smaller than 0.05, since what all trials share is not in it.
    assert np.mean(found) == pytest.approx(power_of(0.08, 0.05 * np.sqrt(1 - shared), design), abs=0.05)


@given(st.integers(2, 10), st.integers(1, 5), st.floats(0.01, 0.2))
def test_the_detectable_difference_is_found_in_four_of_five_studies(n_folds: int, n_seeds: int, sd: float) -> None:
    design = Design(98, n_folds, n_seeds)
    assert power_of(detectable_difference(sd, design), sd, design) == pytest.approx(0.8, abs=1e-6)


def test_the_seeds_needed_are_the_fewest() -> None:
    design = Design(98, 5, 1)
    n = seeds_needed(0.09, 0.05, design)
    assert n is not None
    assert power_of(0.09, 0.05, Design(98, 5, n)) >= 0.8 > power_of(0.09, 0.05, Design(98, 5, n - 1))


def test_no_number_of_seeds_replaces_images() -> None:
    assert seeds_needed(0.01, 0.05, Design(98, 5, 3)) is None


def test_the_images_needed_are_the_fewest() -> None:
    design = Design(98, 5, 3)
    n = images_needed(0.02, 0.05, design)
    assert n is not None

    def power(n_images: int) -> float:
        return power_of(0.02, 0.05 * np.sqrt(98 / n_images), design)

    assert power(n) >= 0.8 > power(n - 1)


def test_the_assumed_spread_is_that_of_sampling_images() -> None:
    generator = np.random.default_rng(0)
    right_in_one = generator.choice([-1, 0, 1], (20_000, 20), p=[0.05, 0.9, 0.05])  # 20 held-out images, 10 % differ
    assert assumed_sd(Design(100, 5, 1)) == pytest.approx(right_in_one.mean(axis=1).std(), rel=0.02)


def test_differences_that_do_not_vary_have_no_power() -> None:
    with pytest.raises(InsufficientError, match="do not vary"):
        detectable_difference(0.0, Design(98, 5, 1))


def test_what_is_printed_answers_both_questions() -> None:
    text = "\n".join(power_lines(Design(98, 5, 3), 0.05, 0.05))
    assert "detected with 80% power at 5%: 0.0848" in text
    assert "no number of seeds is enough" in text
    assert "at least 282" in text
