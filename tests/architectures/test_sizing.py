from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import architectures
from architectures import ArchitectureError, EmptyLayerError, UnknownAxisError
from architectures.axes import scaled
from architectures.sizing import STEPS_PER_WIDTH, OutOfReachError, Sizing, nearest_step, nearest_width

WIDEST = 4
"""Brute force lists every count up to this width."""

PAPER_UNITS = {"paper_small": (32, 32, 128), "paper_large": (16, 32, 64, 200, 500), "gru_rows": (128,)}


def breakpoints(units: Sequence[int]) -> list[Fraction]:
    """Every width up to ``WIDEST`` at which a layer gains a unit: where ``units * width`` passes a half."""
    return sorted({Fraction(2 * k + 1, 2 * n) for n in units for k in range(WIDEST * n)})


def chain(units: Sequence[int]) -> int:
    """Parameters of dense layers in a row, from 3 inputs to 2 classes."""
    return sum((before + 1) * after for before, after in pairwise((3, *units, 2)))


def every_count(units: Sequence[int]) -> list[int]:
    """The count on every step of width, by exact fractions, where no layer is empty."""
    half = Fraction(1, 2)
    return [
        chain(numbers) for width in breakpoints(units) if min(numbers := [int(n * width + half) for n in units]) > 0
    ]


def counting(units: Sequence[int]) -> Callable[[int], int]:
    def count(steps: int) -> int:
        try:
            numbers = scaled(steps / STEPS_PER_WIDTH, {f"layer_{i}": n for i, n in enumerate(units)})
        except EmptyLayerError:
            return 0
        return chain(numbers)

    return count


@given(st.lists(st.integers(1, 200), min_size=1, max_size=4), st.integers(0, 10_000))
@settings(deadline=None)
def test_the_nearest_count_is_that_of_brute_force_over_every_count(units: list[int], per_10_000: int) -> None:
    counts = every_count(units)
    target = counts[0] + per_10_000 * (counts[-2] - counts[0]) // 10_000
    nearest = min(counts, key=lambda n: (abs(n - target), n))

    steps, n_params = nearest_step(counting(units), target)

    assert n_params == nearest == counting(units)(steps)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=4), st.integers(0, 10_000))
@settings(deadline=None)
def test_no_width_of_fewer_decimals_gives_the_same_count(units: list[int], per_10_000: int) -> None:
    counts = every_count(units)
    count = counting(units)
    steps, n_params = nearest_step(count, counts[0] + per_10_000 * (counts[-2] - counts[0]) // 10_000)

    places = next(places for places in range(7) if steps % 10 ** (6 - places) == 0)
    for fewer in range(min(places, 3)):
        unit = 10 ** (6 - fewer)
        assert n_params not in {count(multiple * unit) for multiple in range(1, 2 * WIDEST * 10**fewer)}


@pytest.mark.parametrize("units", PAPER_UNITS.values(), ids=PAPER_UNITS.keys())
def test_no_step_of_a_registered_family_falls_between_two_searched_widths(units: tuple[int, ...]) -> None:
    for start, end in pairwise(breakpoints(units)):
        assert ceil(start * STEPS_PER_WIDTH) < end * STEPS_PER_WIDTH


@given(st.lists(st.integers(1, 200), min_size=1, max_size=4), st.integers(0, 10_000))
@settings(deadline=None)
def test_targets_a_little_below_and_above_a_count_give_the_same_width(units: list[int], per_10_000: int) -> None:
    counts = every_count(units)
    exact = counts[1 + per_10_000 * (len(counts) - 3) // 10_000]
    count = counting(units)

    assert nearest_step(count, exact - 1) == nearest_step(count, exact) == nearest_step(count, exact + 1)


def test_of_two_counts_as_near_the_smaller_is_taken() -> None:
    def count(steps: int) -> int:
        return 10 * max(1, steps // STEPS_PER_WIDTH)

    assert nearest_step(count, 25) == (2 * STEPS_PER_WIDTH, 20)
    assert nearest_step(count, 26) == (3 * STEPS_PER_WIDTH, 30)


@pytest.mark.parametrize("target", [5_000, 100_000, 400_000])
@pytest.mark.parametrize("units", PAPER_UNITS.values(), ids=PAPER_UNITS.keys())
def test_a_search_builds_at_most_fifty_models(units: tuple[int, ...], target: int) -> None:
    count = counting(units)
    asked: list[int] = []

    def counted(steps: int) -> int:
        asked.append(steps)
        return count(steps)

    nearest_step(counted, target)
    assert len(asked) <= 50


def paper_small_counts(pixels: int) -> Iterator[int]:
    """Every count of paper_small up to ``WIDEST``, where Flatten leaves ``pixels`` a channel, colour and 2 classes."""
    for width in breakpoints((32, 128)):
        conv, dense = int(32 * width + Fraction(1, 2)), int(128 * width + Fraction(1, 2))
        if conv > 0:
            yield (27 + 1) * conv + (9 * conv + 1) * conv + (pixels * conv + 1) * dense + (dense + 1) * 2


@pytest.mark.parametrize("target", [17_000, 66_442, 1_059_106, 3_824_486])
def test_the_papers_network_is_sized_as_exactly_as_by_formula(target: int) -> None:
    nearest = min(paper_small_counts(16 * 16), key=lambda n: (abs(n - target), n))

    sized = nearest_width(architectures.get("paper_small"), target, (70, 70, 3), 2)

    assert sized == Sizing(sized.width, nearest, nearest - target)


def test_the_published_count_gives_the_published_width() -> None:
    assert nearest_width(architectures.get("paper_large"), 3_824_486, (150, 150, 3), 2) == Sizing(1.0, 3_824_486, 0)


@pytest.mark.parametrize("name", ["paper_large", "paper_small_gap", "gru_rows"])
def test_a_model_built_at_the_width_has_the_promised_count(name: str) -> None:
    architecture = architectures.get(name)

    sized = nearest_width(architecture, 40_000, (32, 40, 1), 3, output_activation="sigmoid")

    assert architecture.build((32, 40, 1), 3, width=sized.width).count_params() == sized.n_params
    assert abs(sized.residual) < 2_000


@pytest.mark.slow
def test_channels_in_multiples_of_eight_are_sized_too() -> None:
    mobilenet = architectures.get("mobilenet_v2")
    counts = {
        width: mobilenet.build((32, 32, 3), 2, width=width).count_params()
        for width in (0.7, 0.72, 0.74, 0.76, 0.78, 0.8)
    }

    for target in (1_200_000, counts[0.76]):
        sized = nearest_width(mobilenet, target, (32, 32, 3), 2)
        assert mobilenet.build((32, 32, 3), 2, width=sized.width).count_params() == sized.n_params
        assert all(abs(sized.residual) <= abs(count - target) for count in counts.values())


def test_sizing_leaves_the_models_built_after_it_initialised() -> None:
    import numpy as np

    small = architectures.get("paper_small")
    nearest_width(small, 5_000, (10, 10, 3), 2)

    assert float(np.abs(np.asarray(small.build((10, 10, 3), 2).get_layer("conv_1").kernel)).sum()) > 0


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("resnet152", 1_000_000, "resnet152 has none, its size is fixed"),
        ("paper_small", 0, "a positive integer; received 0"),
        ("paper_small", -5, "a positive integer; received -5"),
        ("paper_small", 1.5e6, "a positive integer; received 1500000.0"),
    ],
)
def test_what_cannot_be_sized_is_refused(name: str, target: int, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        nearest_width(architectures.get(name), target, (70, 70, 3), 2)


def test_a_target_below_the_smallest_count_is_refused_with_that_count_and_its_width() -> None:
    small = architectures.get("paper_small")
    with pytest.raises(OutOfReachError, match=r"smallest count, 558 parameters at width 0\.016; received 557"):
        nearest_width(small, 557, (70, 70, 3), 2)

    assert nearest_width(small, 558, (70, 70, 3), 2) == Sizing(0.016, 558, 0)


def test_a_target_above_what_the_widest_gives_is_refused() -> None:
    with pytest.raises(OutOfReachError, match="at most what width 1024 gives, 7 parameters; received 8"):
        nearest_step(lambda steps: 7, 8)


def test_an_unknown_axis_is_refused_by_sizing_too() -> None:
    with pytest.raises(UnknownAxisError, match="no axis 'dropout'"):
        nearest_width(architectures.get("paper_small"), 1_000_000, (70, 70, 3), 2, dropout=0.1)
