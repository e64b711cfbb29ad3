"""How numbers and pairs read."""

import math

import numpy as np
import pandas as pd
import pytest

from bench.pages.wording import interval, number, p_value, reasons, three_digits


@pytest.mark.parametrize(
    "accuracy",
    [213 / 240, float(np.mean([72 / 80, 70 / 80, 71 / 80])), np.mean([0.9, 0.875, 0.8875]), 0.8875, 71 / 80],
)
def test_a_tie_is_rounded_away_from_zero_however_it_was_computed(accuracy: float) -> None:
    assert number(accuracy) == "0.888"
    assert number(-accuracy, "{:+.3f}") == "-0.888"


@pytest.mark.parametrize(("value", "text"), [(0.88749, "0.887"), (0.88751, "0.888"), (1.0, "1.000"), (0.0, "0.000")])
def test_what_is_no_tie_is_rounded_to_the_nearest(value: float, text: str) -> None:
    assert number(value) == text


def test_a_value_without_an_interval_stands_alone() -> None:
    assert interval(0.5, math.nan, math.nan) == "0.500"
    assert interval(0.5, 0.4, 0.6, "{:+.2f}") == "+0.50 [+0.40, +0.60]"
    assert number(None) == number(math.nan) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.500"), (9.999, "10.0"), (99.94, "99.9"), (99.96, "100"), (100.0, "100"), (1234.5, "1,235")],
)
def test_three_digits_never_end_in_a_point(value: float, text: str) -> None:
    assert three_digits(value) == text


@pytest.mark.parametrize(("p", "text"), [(0.00099, "< 0.001"), (0.001, "0.001"), (0.0123, "0.012"), (0.5, "0.50")])
def test_small_p_values_are_not_given_in_digits(p: float, text: str) -> None:
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("n_pairs", "which"), [(2, "size 0 and wide; size 1 and wide"), (9, "9 pairs, \N{EN DASH} in the table")]
)
def test_pairs_without_a_test_are_named_while_they_are_few(n_pairs: int, which: str) -> None:
    labels = {number: f"size {number}" for number in range(n_pairs)} | {99: "wide"}
    table = pd.DataFrame({"first": range(n_pairs), "second": 99, "why_no_t_test": "all are 0", "why_no_mcnemar": None})
    assert list(reasons(table, labels)) == [f"No t test for {which}: all are 0."]
