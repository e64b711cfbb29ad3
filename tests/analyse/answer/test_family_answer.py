"""The answer on one family: planted shapes, and how often a shape is found where there is none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analyse.answer.family_answer import FamilyAnswer, Shape, answer_family
from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.two_level import TwoLevel, two_level
from benchmarks.simulated_studies import TRUTHS, Design, simulate

TRENDS = {Shape.GAINS, Shape.GAINS_THEN_ENOUGH, Shape.LOSES, Shape.PEAKS, Shape.DIPS}
SIZES = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def levels(means: Sequence[float], se: float) -> TwoLevel:
    """Means that are known to this standard error, independently, from many images and trainings."""
    n = len(means)
    return TwoLevel(
        means=np.array(means),
        image_covariance=se**2 * np.eye(n),
        tau2=np.zeros(n),
        tau_degrees=np.full(n, 100.0),
        training_correlation=np.eye(n),
        n_trainings=np.full(n, 50),
        image_degrees=100_000,
        least_se=1e-5,
        n_folds=5,
    )


def answer(means: Sequence[float], se: float = 0.002, n_params: Sequence[int] = SIZES) -> FamilyAnswer:
    return answer_family(levels(means, se), np.array(n_params[: len(means)]))


@pytest.mark.parametrize(
    ("means", "shape", "enough_from", "turn"),
    [
        ((0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.93), Shape.GAINS, None, None),
        ((0.80, 0.85, 0.89, 0.90, 0.90, 0.90, 0.90), Shape.GAINS_THEN_ENOUGH, 10_000, None),
        ((0.88, 0.88, 0.88, 0.88, 0.88, 0.88, 0.88), Shape.ENOUGH_FROM_SMALLEST, 1000, None),
        ((0.93, 0.92, 0.91, 0.90, 0.89, 0.88, 0.87), Shape.LOSES, 1000, None),
        ((0.84, 0.86, 0.88, 0.90, 0.88, 0.86, 0.84), Shape.PEAKS, 30_000, 30_000),
        ((0.90, 0.88, 0.86, 0.84, 0.86, 0.88, 0.90), Shape.DIPS, None, 30_000),
        ((0.80, 0.84, 0.88, 0.855, 0.83, 0.865, 0.90), Shape.DIPS, None, 100_000),
    ],
)
def test_a_planted_shape_is_found_where_means_are_known_well(
    means: tuple[float, ...], shape: Shape, enough_from: int | None, turn: int | None
) -> None:
    found = answer(means)
    assert (found.shape, found.enough_from, found.turn) == (shape, enough_from, turn)


@pytest.mark.parametrize("means", [(0.88,) * 7, (0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.93)])
def test_where_means_are_known_badly_no_gain_is_shown_and_none_is_enough(means: tuple[float, ...]) -> None:
    found = answer(means, se=0.1)
    assert (found.shape, found.enough_from, found.turn) == (Shape.NO_GAIN_SHOWN, None, None)


def test_the_slope_is_per_tenfold_of_the_parameters_and_the_ends_are_compared() -> None:
    found = answer((0.80, 0.82, 0.84), n_params=(1000, 10_000, 100_000))
    assert found.per_decade.value == pytest.approx(0.02)
    assert found.largest_less_smallest.value == pytest.approx(0.04)
    assert found.n_params == (1000, 10_000, 100_000)


def test_a_dip_is_not_called_a_gain_though_the_largest_gains_over_the_smallest() -> None:
    found = answer((0.80, 0.88, 0.82, 0.92), n_params=(1000, 4000, 16_000, 64_000))
    assert found.per_decade.low > 0
    assert (found.shape, found.turn) == (Shape.DIPS, 16_000)


def test_a_turn_without_a_slope_must_be_shown_more_strictly_the_more_sizes_there_are() -> None:
    three, seven = (0.88, 0.90, 0.88), (0.88, 0.88, 0.88, 0.90, 0.88, 0.88, 0.88)
    assert answer(three, se=0.0065).shape is Shape.PEAKS
    assert answer(seven, se=0.0065).shape is not Shape.PEAKS
    assert answer(seven, se=0.004).shape is Shape.PEAKS


def test_sizes_of_equal_count_are_one_size_and_only_their_mean_counts() -> None:
    counts = (1000, 1000, 1000, 64_000, 64_000)
    found = answer((0.80, 0.84, 0.88, 0.86, 0.82), n_params=counts)
    assert found.n_params == (1000, 64_000)
    assert found.largest_less_smallest.value == pytest.approx(0.0)
    assert found.shape is not Shape.GAINS


def test_a_size_with_several_networks_weighs_no_more_in_the_slope() -> None:
    found = answer((0.80, 0.84, 0.90, 0.92), n_params=(1000, 1000, 10_000, 100_000))
    assert found.per_decade.value == pytest.approx((0.92 - 0.82) / 2)


def equal_counts() -> tuple[ImageScores, np.ndarray]:
    design = Design(98, 5, 1, 6)
    data = simulate(TRUTHS["+3"](design.places), design, np.random.default_rng(3))
    return data, np.array([1000, 1000, 8000, 8000, 64_000, 64_000])


@given(order=st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_registration_changes_nothing(order: list[int]) -> None:
    data, n_params = equal_counts()
    family: dict[Name, float] = {name: float(n) for name, n in enumerate(n_params)}
    before = answer_family(two_level(data, [family]), n_params)
    shuffled = two_level(data.of(order), [{name: family[name] for name in order}])
    after = answer_family(shuffled, n_params[order])
    assert (after.shape, after.enough_from, after.turn) == (before.shape, before.enough_from, before.turn)
    assert (after.per_decade.low, after.per_decade.high) == pytest.approx(
        (before.per_decade.low, before.per_decade.high)
    )


@pytest.mark.parametrize(
    ("n_images", "shape"), [(60, Shape.NO_GAIN_SHOWN), (98, Shape.NO_GAIN_SHOWN), (240, Shape.ENOUGH_FROM_SMALLEST)]
)
@pytest.mark.parametrize("n_seeds", [1, 3])
def test_four_sizes_that_are_always_right_gain_nothing(n_images: int, shape: Shape, n_seeds: int) -> None:
    folds = np.broadcast_to(np.arange(n_images) % 5, (n_seeds, n_images))
    data = ImageScores(range(4), np.ones((4, n_seeds, n_images)), folds, np.arange(n_images), 5)
    found = answer_family(two_level(data), np.array(SIZES[:4]))
    assert found.shape is shape
    assert found.per_decade.low < 0 < found.per_decade.high


def test_the_margin_decides_what_is_enough() -> None:
    means = levels((0.80, 0.87, 0.90), 0.002)
    sizes = np.array([1000, 10_000, 100_000])
    assert [answer_family(means, sizes, margin).enough_from for margin in (0.02, 0.05, 0.2)] == [None, 10_000, 1000]


def test_a_size_is_not_enough_if_a_size_between_is_seen_to_add_the_margin() -> None:
    assert answer((0.84, 0.90, 0.845), se=0.002).enough_from == 3000
    assert answer((0.84, 0.85, 0.845), se=0.002).enough_from == 1000


@pytest.mark.parametrize(
    ("means", "most_by"),
    [
        ((0.70, 0.80, 0.87, 0.90, 0.905, 0.91, 0.915), 10_000),
        ((0.70, 0.88, 0.885, 0.89, 0.895, 0.90, 0.905), 3000),
        ((0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92), None),  # as much per decade everywhere
        ((0.80, 0.80, 0.80, 0.80, 0.80, 0.90, 0.90), None),  # most of it late
        ((0.88,) * 7, None),
    ],
)
def test_where_most_of_a_gain_came_early_the_answer_names_the_size(
    means: tuple[float, ...], most_by: int | None
) -> None:
    found = answer(means)
    assert found.most_by == most_by
    assert (found.per_decade_above is None) == (most_by is None)


def test_above_the_size_that_has_most_of_the_gain_the_slope_is_that_of_the_sizes_above() -> None:
    found = answer((0.70, 0.88, 0.885, 0.89, 0.895, 0.90, 0.905)).per_decade_above
    assert found is not None
    assert found.value == pytest.approx(0.01, abs=0.001)


def test_one_size_is_refused() -> None:
    with pytest.raises(InsufficientError, match="2 distinct sizes"):
        answer((0.8, 0.9), n_params=(1000, 1000))


def shapes(design: Design, truth: str, n_studies: int) -> list[FamilyAnswer]:
    accuracy, draw = TRUTHS[truth](design.places), np.random.default_rng(11)
    n_params = design.n_params.astype(np.int64)
    family: dict[Name, float] = dict(enumerate(design.n_params.tolist()))
    return [answer_family(two_level(simulate(accuracy, design, draw), [family]), n_params) for _ in range(n_studies)]


def test_a_dip_that_images_can_show_is_found_and_a_peak_too() -> None:
    design = Design(2000, 5, 3, 7)
    assert sum(found.shape is Shape.DIPS for found in shapes(design, "dip", 20)) >= 18
    assert sum(found.shape is Shape.PEAKS for found in shapes(design, "peak", 20)) >= 16


@pytest.mark.slow
@pytest.mark.parametrize("design", [Design(240, 3, 1, 7), Design(240, 5, 10, 7), Design(98, 5, 1, 3)])
def test_where_size_does_not_matter_a_trend_is_found_in_one_study_of_twenty_at_most(design: Design) -> None:
    wrong = np.mean([found.shape in TRENDS for found in shapes(design, "flat", 600)])
    assert wrong <= 0.055 + 2 * np.sqrt(0.055 * 0.945 / 600)


def test_neighbouring_sizes_err_on_the_same_images_in_the_simulated_studies() -> None:
    design = Design(2000, 5, 1, 7)
    scores = simulate(TRUTHS["flat"](design.places), design, np.random.default_rng(0)).scores[:, 0]
    near, far, farthest = (float(np.corrcoef(scores[place], scores[6])[0, 1]) for place in (5, 3, 0))
    assert near > far > farthest > 0.05


def test_the_order_of_the_networks_changes_nothing() -> None:
    first = levels((0.80, 0.85), 0.01)
    turned = answer_family(replace(first, means=first.means[::-1]), np.array([10_000, 1000]))
    assert turned == answer_family(first, np.array([1000, 10_000]))
