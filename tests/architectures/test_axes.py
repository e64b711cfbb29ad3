from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architectures import EmptyLayerError
from architectures.axes import scaled


@given(st.integers(1, 4096), st.decimals(min_value="0.000001", max_value=64, places=6))
def test_halves_are_rounded_up_exactly_in_the_widths_decimal_digits(units: int, width: object) -> None:
    exact = Fraction(str(width)) * units
    expected = floor(exact + Fraction(1, 2))
    if expected == 0:
        with pytest.raises(EmptyLayerError):
            scaled(float(str(width)), {"layer": units})
    else:
        assert scaled(float(str(width)), {"layer": units}) == (expected,)


def test_a_product_that_binary_floating_point_gets_wrong_is_rounded_up() -> None:
    assert 0.145 * 100 < 14.5
    assert scaled(0.145, {"layer": 100}) == (15,)


@given(st.integers(1, 4096))
def test_the_smallest_width_that_the_error_gives_works_for_every_layer(units: int) -> None:
    layers = {"wide": 4096, "narrow": units}
    with pytest.raises(EmptyLayerError) as refused:
        scaled(1e-6, layers)
    smallest = float(str(refused.value).split("use ")[1].split()[0])

    assert min(scaled(smallest, layers)) == 1
    with pytest.raises(EmptyLayerError):
        scaled(smallest * 0.999, layers)
