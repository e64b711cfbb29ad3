"""How numbers and pairs read."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from bench.pages.number_text import (
    and_list,
    counted,
    interval,
    mean_and_sd,
    number,
    p_value,
    pair_table,
    reasons,
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


def test_a_mean_without_a_spread_stands_alone() -> None:
    summary = pd.DataFrame({"val_loss_mean": [0.8333, 0.5, math.nan], "val_loss_sd": [0.0123, math.nan, math.nan]})
    assert mean_and_sd(summary, "val_loss") == ["0.833 ± 0.012", "0.500", "\N{EN DASH}"]


def test_a_row_with_bounds_reads_as_an_interval() -> None:
    assert with_interval({"gain": 0.5, "gain_low": 0.25, "gain_high": 0.75}, "gain") == "0.500 [0.250, 0.750]"


def test_a_pair_has_one_row_of_cells_and_a_dash_where_there_is_no_test() -> None:
    tested = {
        "first": 0,
        "second": 1,
        "mean": 0.05,
        "low": 0.01,
        "high": 0.09,
        "p": 0.0123,
        "p_holm": 0.0246,
        "p_worse": 0.01,
        "p_equivalent": 0.09,
        "p_better": 0.9,
        "mcnemar_only_first": 3.0,
        "mcnemar_only_second": 11.0,
        "mcnemar_p": 0.057,
        "mcnemar_p_holm": 0.114,
    }
    untested = dict.fromkeys(tested, math.nan) | {"first": 1, "second": 2, "mean": 0.1}
    labels = {0: "net small", 1: "net wide", 2: "net deep"}
    first, second = pair_table(pd.DataFrame([tested, untested]), labels, "net ").to_dict("records")
    assert first == {
        "first": "small",
        "second": "wide",
        "difference": "+0.050 [+0.010, +0.090]",
        "p": "0.012",
        "Holm": "0.025",
        "McNemar": "3:11",
        "its Holm": "0.11",
        "worse/equal/better": "0.01/0.09/0.90",
    }
    names = {"first": "wide", "second": "deep", "difference": "+0.100"}
    assert second == dict.fromkeys(first, "\N{EN DASH}") | names
    assert pair_table(pd.DataFrame([tested]), labels)["first"].tolist() == ["net small"]


@pytest.mark.parametrize(
    ("n_pairs", "which"),
    [
        (2, "size 0 and wide; size 1 and wide"),
        (8, "; ".join(f"size {number} and wide" for number in range(8))),
        (9, "9 pairs, \N{EN DASH} in the table"),
    ],
)
def test_pairs_without_a_test_are_named_while_they_are_few(n_pairs: int, which: str) -> None:
    labels = {number: f"size {number}" for number in range(n_pairs)} | {99: "wide"}
    table = pd.DataFrame({"first": range(n_pairs), "second": 99, "why_no_t_test": "all are 0", "why_no_mcnemar": None})
    assert list(reasons(table, labels)) == [f"No t test for {which}: all are 0."]
    swapped = table.rename(columns={"why_no_t_test": "why_no_mcnemar", "why_no_mcnemar": "why_no_t_test"})
    assert list(reasons(swapped, labels)) == [f"No McNemar's test for {which}: all are 0."]
