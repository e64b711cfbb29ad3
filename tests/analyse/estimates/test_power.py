import numpy as np
import pytest

from bench.analyse.estimates.power import (
    DIFFERENCE,
    Design,
    assumed_levels,
    detectable_contrast,
    images_needed,
    power_of,
    seeds_needed,
    with_trainings,
)
from bench.analyse.estimates.two_level import TwoLevel, slope_contrast, two_level
from bench.pages.power import power_lines
from benchmarks import simulated_studies
from benchmarks.simulated_studies import simulate

SIZES = simulated_studies.Design(n_images=240, n_folds=5, n_seeds=1, n_sizes=7)
SLOPE = slope_contrast(SIZES.n_params)
FAMILY: list[dict[int | str, float]] = [dict(enumerate(SIZES.n_params.tolist()))]


def study(accuracy: simulated_studies.Floats, draw: np.random.Generator) -> TwoLevel:
    return two_level(simulate(accuracy, SIZES, draw), FAMILY)


def test_a_gain_that_is_called_findable_is_found_in_four_of_five_studies() -> None:
    """Of 200 studies, 80 % are found with a standard error of 3 points; the test allows 72 to 93 %."""
    draw = np.random.default_rng(0)
    flat = np.full(SIZES.n_sizes, 0.85)
    per_decade = np.mean([detectable_contrast(study(flat, draw).contrast(SLOPE)) for _ in range(100)])
    centred = np.log10(SIZES.n_params) - np.log10(SIZES.n_params).mean()
    found = [study(flat + per_decade * centred, draw).contrast(SLOPE).low > 0 for _ in range(200)]
    assert 0.72 <= np.mean(found) <= 0.93


def test_a_pilot_of_one_seed_says_what_ten_seeds_find() -> None:
    draw = np.random.default_rng(1)
    flat = np.full(SIZES.n_sizes, 0.85)
    ten = simulated_studies.Design(n_images=240, n_folds=5, n_seeds=10, n_sizes=7)
    with_ten = [two_level(simulate(flat, ten, draw), FAMILY).contrast(SLOPE).se for _ in range(20)]
    planned = [with_trainings(study(flat, draw), np.full(SIZES.n_sizes, 50)).contrast(SLOPE).se for _ in range(20)]
    assert np.median(planned) == pytest.approx(np.median(with_ten), rel=0.25)


def test_power_of_the_detectable_difference_is_80_percent_and_falls_to_5_without_one() -> None:
    estimate = assumed_levels(Design(98, 5, 3)).contrast(DIFFERENCE)
    assert power_of(detectable_contrast(estimate), estimate) == pytest.approx(0.8, abs=0.01)
    assert power_of(0.0, estimate) == pytest.approx(0.05)


def test_the_seeds_needed_are_the_fewest() -> None:
    design = Design(98, 5, 1)
    n = seeds_needed(0.3, design, sd=0.2)
    assert n is not None
    assert n > 1

    def detectable(n_seeds: int) -> float:
        levels = with_trainings(assumed_levels(design, sd=0.2), np.full(2, 5 * n_seeds))
        return detectable_contrast(levels.contrast(DIFFERENCE))

    assert detectable(n) <= 0.3 < detectable(n - 1)


def test_no_number_of_seeds_replaces_images() -> None:
    assert seeds_needed(0.01, Design(98, 5, 3)) is None


def test_four_times_the_images_find_half_the_difference() -> None:
    detectable = detectable_contrast(assumed_levels(Design(98, 5, 3)).contrast(DIFFERENCE))
    assert images_needed(detectable / 2, Design(98, 5, 3)) == pytest.approx(392, abs=1)


def test_a_given_spread_beyond_that_of_images_is_attributed_to_trainings() -> None:
    of_images = float(np.sqrt(0.10 * 5 / 98))
    assert assumed_levels(Design(98, 5, 1), sd=of_images).tau2 == pytest.approx([0, 0], abs=1e-12)
    assert assumed_levels(Design(98, 5, 1), sd=0.2).tau2 == pytest.approx([(0.04 - of_images**2) / 2] * 2)


def test_what_is_printed_names_what_is_assumed_and_answers_both_questions() -> None:
    text = "\n".join(power_lines(Design(98, 5, 3), None, 0.02))
    assert "two networks disagree on 10 % of the images" in text
    assert "no number of seeds is enough" in text
    assert "images needed with these seeds: at least" in text
