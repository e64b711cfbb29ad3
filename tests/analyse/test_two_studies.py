from typing import Any

import pandas as pd
import pytest
from scipy import stats

from bench.analyse.estimates.intervals import Interval
from bench.analyse.two_studies import Exceeded, Side, compare_studies, exceeded
from bench.errors import StudyError
from bench.pages.two_studies import comparison_sentences, comparison_table, exceeded_sentence
from bench.study.summary import summarise
from tests.analyse.planted_trials import step_times, trials


def accuracy(place: int, seed: int, fold: int) -> float:
    return 0.7 + 0.05 * place + 0.01 * seed + 0.02 * fold


def side(frame: pd.DataFrame, name: str = "a", data_hash: str = "d", slower: float = 1.0) -> Side:
    steps = step_times(frame)
    steps["step_ns"] = (steps["step_ns"] * slower).astype(int)
    summary = summarise(frame, steps).reset_index(names="entry")
    done = frame[frame["state"] == "DONE"].merge(summary[["entry", "network_key"]])
    return Side(name, data_hash, done, summary, int(frame["n_folds"].max()))


BEFORE = trials(accuracy, n_params=(1000, 4000))


def changed(by: float, **columns: Any) -> pd.DataFrame:
    """The same trials, each off by a little more or less than ``by``."""
    little = BEFORE["val_accuracy"] + by + 0.001 * (BEFORE["fold"] - 1)
    return BEFORE.assign(val_accuracy=little, **columns)


def test_the_same_trials_are_found_to_have_the_same_bits() -> None:
    compared = compare_studies(side(BEFORE), side(BEFORE, "b"))
    assert [(each.n_pairs, each.n_identical, each.step_ratio) for each in compared.matched] == [(6, 6, 1.0)] * 2
    assert exceeded(compared, 0.0, 1.0) == []
    assert "all 6 paired differences are 0" in " ".join(comparison_sentences(compared))


def test_a_study_that_has_grown_has_not_changed_where_its_trials_are_the_same() -> None:
    grown = trials(lambda place, seed, fold: accuracy(place, seed, fold) + 0.1 * (seed == 2), (1000, 4000), n_seeds=3)
    compared = compare_studies(side(grown), side(BEFORE, "b"))
    assert [(each.n_pairs, each.change) for each in compared.matched] == [(6, 0.0)] * 2
    assert comparison_table(compared)["B - A"].tolist() == ["+0.000"] * 2
    assert exceeded(compared, 0.01, None) == []


def test_trials_of_one_split_are_paired() -> None:
    (first, _) = compare_studies(side(BEFORE), side(changed(-0.02), "b")).matched
    assert first.paired is not None
    assert first.paired.mean == pytest.approx(-0.02)
    assert (first.n_pairs, first.n_identical) == (6, 0)
    assert first.paired.high < 0  # found, since all trials change alike


def test_trials_are_paired_within_their_seed_where_seeds_share_a_split() -> None:
    shared = BEFORE.assign(split_hash="same")
    other = changed(-0.02, split_hash="same")
    (first, _) = compare_studies(side(shared), side(other, "b")).matched
    assert first.n_pairs == 6
    assert first.paired is not None
    assert first.paired.high < 0


@pytest.mark.parametrize(
    ("other", "data_hash"),
    [
        pytest.param(changed(-0.02, split_hash="other"), "d", id="other splits"),
        pytest.param(changed(-0.02), "other", id="other data"),
    ],
)
def test_trials_of_other_splits_or_data_are_not_paired_and_have_welchs_interval(
    other: pd.DataFrame, data_hash: str
) -> None:
    a, b = side(BEFORE), side(other, "b", data_hash)
    (first, _) = compare_studies(a, b).matched
    assert (first.n_pairs, first.paired) == (0, None)
    mine, others = (each.done[each.done["entry"] == 0]["val_accuracy"] for each in (a, b))
    plain = stats.ttest_ind(others, mine, equal_var=False).confidence_interval()
    # Both sides' variances are multiplied by the same 1 + 6 / 2, so the interval is twice as wide.
    assert isinstance(first.difference, Interval)
    assert first.difference.high - first.difference.low == pytest.approx(2 * (plain.high - plain.low))
    assert first.difference.value == pytest.approx(-0.02)


def test_another_protocol_of_the_same_networks_is_compared() -> None:
    compared = compare_studies(side(BEFORE), side(changed(0.01, protocol_epochs=30).assign(), "b"))
    assert len(compared.matched) == 2


def test_networks_of_one_study_only_are_named() -> None:
    more = trials(accuracy, n_params=(1000, 4000, 16_000))
    compared = compare_studies(side(BEFORE), side(more, "b"))
    assert (list(compared.only_a), list(compared.only_b)) == ([], ["paper_small ×3"])
    assert "Only in B: paper_small ×3." in comparison_sentences(compared)


def test_studies_without_a_common_network_are_refused() -> None:
    with pytest.raises(StudyError, match="a and b share none"):
        compare_studies(side(BEFORE), side(BEFORE.assign(architecture="paper_large"), "b"))


@pytest.mark.parametrize(
    ("max_drop", "max_slowdown", "n_lines"), [(0.01, None, 2), (0.03, None, 0), (None, 1.2, 2), (None, 2.0, 0)]
)
def test_what_is_lost_beyond_the_limit_is_listed(
    max_drop: float | None, max_slowdown: float | None, n_lines: int
) -> None:
    compared = compare_studies(side(BEFORE), side(changed(-0.02), "b", slower=1.5))
    assert len(exceeded(compared, max_drop, max_slowdown)) == n_lines


def test_what_exceeds_a_limit_is_said_with_what_was_found_and_the_limit() -> None:
    assert exceeded_sentence(Exceeded("a", "accuracy", 0.02, 0.01)) == "a: accuracy fell by 0.0200, more than 0.01"
    assert exceeded_sentence(Exceeded("a", "step_ms", 1.5, 1.2)) == "a: a step takes 1.50 times as long, more than 1.2"


def test_a_network_that_one_study_has_not_trained_yet_is_left_out() -> None:
    pending = BEFORE.assign(state=BEFORE["state"].where(BEFORE["n_params"] == 1000, "PENDING"))
    assert len(compare_studies(side(BEFORE), side(pending, "b")).matched) == 1


def test_the_table_has_a_row_a_network_and_no_nan() -> None:
    table = comparison_table(compare_studies(side(BEFORE), side(changed(-0.02), "b")))
    assert table["B - A"].tolist()[0].startswith("-0.020 [")
    assert "nan" not in table.to_csv().lower()
