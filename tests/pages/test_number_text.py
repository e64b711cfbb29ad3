"""How numbers and pairs read."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.pages.number_text import (
    and_list,
    counted,
    estimates,
    interval,
    number,
    p_value,
    three_digits,
    with_interval,
)


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


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_in_a_sentence_have_commas_and_one_and(names: Sequence[str], text: str) -> None:
    assert and_list(names) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 threads"), (1, "1 thread"), (2, "2 threads")])
def test_only_one_is_singular(n: int, text: str) -> None:
    assert counted(n, "thread") == text


def test_a_mean_without_bounds_stands_alone_in_its_cell() -> None:
    table = pd.DataFrame({"loss": [0.5, 0.25], "loss_low": [0.4, np.nan], "loss_high": [0.61, np.nan]})
    assert estimates(table, "loss") == ["0.500 [0.400, 0.610]", "0.250"]


def test_a_row_with_bounds_reads_as_an_interval() -> None:
    assert with_interval({"gain": 0.5, "gain_low": 0.25, "gain_high": 0.75}, "gain") == "0.500 [0.250, 0.750]"


@pytest.mark.parametrize(("value", "text"), [(0.125, "0.13"), (0.375, "0.38"), (0.09375, "0.094"), (0.03125, "0.031")])
def test_a_p_value_is_rounded_by_the_one_rule(value: float, text: str) -> None:
    assert p_value(value) == text


def test_no_page_formats_a_rounded_number_by_itself() -> None:
    by_itself = re.compile(r"\{[^{}'\":]+:[+,]*\.[1-9]\d*[fge%]?\}")
    pages = [path for path in Path("bench/pages").rglob("*.py") if path.name != "number_text.py"]
    allowed = ("LEVEL", "POWER", "ALPHA", "FITTED_ACCURACY", "ASSUMED_DISCORDANCE")
    found = [
        f"{path}: {line.strip()}"
        for path in pages
        for line in path.read_text().splitlines()
        if by_itself.search(line) and not any(name in line for name in allowed)
    ]
    assert found == []
