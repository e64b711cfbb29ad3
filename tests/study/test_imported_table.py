"""Anybody's table of results: a planted trend is found, the report is written, and a wrong table is one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.analyse.analysis import analyse_study
from bench.analyse.answer.family_answer import FamilyAnswer
from bench.api import import_table
from bench.errors import StudyError, TableError
from bench.pages.answer import answer_text
from bench.study.imported_table import TableColumns, study_of_table

N_PARAMS = (1000, 10_000, 100_000, 1_000_000)
COLUMNS = TableColumns(n_params="size", accuracy="acc", family="kind", seed="seed", fold="fold", step_ms="ms")


def table() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rows = [
        {
            "kind": kind,
            "size": n,
            "seed": seed,
            "fold": fold,
            "acc": 0.6 + per_decade * np.log10(n / 1000) + 0.01 * fold + draw.normal(0, 0.004),
            "ms": 2 + n / 1e5,
        }
        for kind, per_decade in (("wide", 0.05), ("deep", 0.0))
        for n in N_PARAMS
        for seed in (7, 9)
        for fold in (1, 2, 3)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=1)  # in any order


def test_the_planted_slope_of_each_family_is_inside_its_interval() -> None:
    answer = analyse_study(study_of_table(table(), COLUMNS, "mine", 300)).answer
    found = {each.family.label: each.answer for each in answer.families}
    for kind, truth in (("wide", 0.05), ("deep", 0.0)):
        of_kind = found[kind]
        assert isinstance(of_kind, FamilyAnswer)
        assert of_kind.per_decade.low <= truth <= of_kind.per_decade.high
        assert of_kind.per_decade.high - of_kind.per_decade.low < 0.02


def test_a_step_time_stays_with_its_network() -> None:
    summary = study_of_table(table(), COLUMNS, "mine", 300).summary
    assert summary.groupby("n_params")["step_ms_median"].first().to_dict() == {n: 2 + n / 1e5 for n in N_PARAMS}


def test_the_answer_names_no_command_that_this_tool_cannot_run() -> None:
    flat = table().assign(acc=lambda all_: 0.7 + 0.03 * ((all_["size"] + 5 * all_["seed"] + all_["fold"]) % 3))
    analysis = analyse_study(study_of_table(flat, COLUMNS, "mine", 300))
    assert "bench run" not in answer_text(analysis.answer, analysis.study)


def test_without_folds_repetitions_are_numbered_and_other_images_are_not_claimed(tmp_path: Path) -> None:
    columns = replace(COLUMNS, seed="", fold="")
    table().groupby(["kind", "size"]).head(4).to_csv(tmp_path / "t.csv", index=False)
    folder, analysis = import_table(tmp_path / "t.csv", study="mine", n_images=50, columns=columns, results=tmp_path)
    assert analysis.n_seeds == 4
    assert "where the table has folds, for other images" in (folder / "statements.md").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="acc"), "must be one of the table's: .*; received 'acc'"),
        (lambda t: t.assign(acc=87.9), "column acc must hold numbers from 0 to 1; row 1 has 87.9"),
        (lambda t: t.assign(acc="high"), "row 1 has high"),
        (lambda t: t.assign(size=1000.5), "whole numbers; received 1000.5"),
        (lambda t: t.assign(size=0), "numbers from 1 on; row 1 has 0"),
        (lambda t: t.assign(seed=0), "repeats (wide|deep)-"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(change: object, message: str) -> None:
    assert callable(change)
    with pytest.raises(TableError, match=message):
        study_of_table(change(table()), COLUMNS, "mine", 300)


def test_a_file_that_is_no_table_is_refused_and_a_stored_study_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "head.csv").write_text("size,acc\n")
    for name, message in (("no.csv", "No such file"), ("empty.csv", "No columns"), ("head.csv", "has none")):
        with pytest.raises(TableError, match=message):
            import_table(tmp_path / name, study="mine", n_images=9, results=tmp_path)
    table().to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.sqlite").write_bytes(b"")
    with pytest.raises(TableError, match="a folder of its own"):
        import_table(tmp_path / "t.csv", study="mine", n_images=9, columns=COLUMNS, results=tmp_path)
    with pytest.raises(StudyError, match="one folder's name"):
        import_table(tmp_path / "t.csv", study="../mine", n_images=9, columns=COLUMNS, results=tmp_path)
