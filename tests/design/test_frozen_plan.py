"""What a study is to answer is stored before its first trial; the report marks what was asked afterwards."""

from pathlib import Path

import pytest

from bench.analyse.analysis import analyse_study
from bench.analyse.claims import load_claims
from bench.design.frozen import asked_afterwards, freeze
from bench.pages.design_page import afterwards, design_page
from bench.render.markdown import markdown
from bench.store import Store
from bench.study.study_data import StudyData
from bench.sweeps import load_sweep
from tests.design.planted_world import Stop, flat, rising, run_planted, stored_study


def page(folder: Path, margin: float | None = None) -> str:
    with Store.open_existing(folder / "planted") as store:
        data = StudyData.read(store)
        return " ".join(markdown(design_page(data, analyse_study(data, margin=margin))).split())


def test_the_plan_is_stored_before_the_first_trial(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_planted(tmp_path, rising, ended=Stop(0), margin=0.03)
    frozen = stored_study(tmp_path).frozen
    assert frozen is not None
    assert frozen.margin == 0.03
    assert len(frozen.hash) == 16


def test_sweep_margin_and_claims_each_change_the_hash() -> None:
    smoke, paper = load_sweep("smoke"), load_sweep("paper")
    without = paper.model_copy(update={"report": smoke.report})
    plans = [freeze(smoke, 0.02), freeze(smoke, 0.03), freeze(load_sweep("smoke", ["protocol.epochs=2"]), 0.02)]
    assert len({plan.hash for plan in plans}) == 3
    assert (len(freeze(paper, 0.02).claims), freeze(without, 0.02).claims) == (len(load_claims("paper")), ())


def test_a_margin_or_claim_asked_afterwards_is_marked_and_the_same_is_not() -> None:
    claims = load_claims("paper")
    frozen = freeze(load_sweep("paper"), 0.02)
    assert afterwards(asked_afterwards(frozen, 0.02, claims), 0) == []
    assert afterwards(asked_afterwards(frozen, 0.05, claims), 1) == [
        "a margin of 5 points",
        "networks or seeds that a larger sweep added, 1 time",
    ]
    old = freeze(load_sweep("smoke"), 0.02).model_copy(update={"analysis_version": 1})
    assert afterwards(asked_afterwards(old, 0.02, claims[:1]), 0) == ["1 claim", "version 2 of the analysis"]


def test_the_report_says_what_was_decided_when_and_what_was_asked_afterwards(tmp_path: Path) -> None:
    run_planted(tmp_path, rising)
    frozen = stored_study(tmp_path).frozen
    assert frozen is not None
    text = page(tmp_path)
    assert "The design stopped after 1 stage and 20 trainings: decided." in text
    assert "more parameters help" in text
    assert f"under the hash `{frozen.hash}`" in text
    assert "Asked afterwards" not in text
    assert "Asked afterwards: a margin of 5 points." in page(tmp_path, margin=0.05)


def test_a_run_with_another_margin_keeps_the_frozen_one_and_its_looks(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, block_sd=0.3, margin=0.02)
    before = stored_study(tmp_path)
    run_planted(tmp_path, flat, block_sd=0.3, margin=0.9, ended=Stop(0))
    assert stored_study(tmp_path) == before


def test_seeds_added_by_hand_after_the_design_are_marked(tmp_path: Path) -> None:
    run_planted(tmp_path, rising)
    run_planted(tmp_path, rising, overrides=["seeds=[0,1]"])
    assert len(stored_study(tmp_path).looks) == 1
    assert "Asked afterwards: networks or seeds that a larger sweep added, 1 time." in page(tmp_path)
