"""A run spends trainings in stages and stops when it is decided; it makes the same decisions however it is run."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bench.errors import StudyError, SweepError
from bench.records import Finding, LookOutcome
from bench.store import Store
from tests.design.planted_world import Stop, flat, rising, run_planted, stored_study


def trials(folder: Path) -> pd.DataFrame:
    with Store.open_existing(folder / "planted") as store:
        return store.trials()


def networks(folder: Path) -> pd.DataFrame:
    stored = trials(folder)
    return stored[stored["kind"] == "network"]


def test_a_clear_gain_is_decided_after_one_training_of_every_size_on_every_fold(tmp_path: Path) -> None:
    run_planted(tmp_path, rising)
    (look,) = stored_study(tmp_path).looks
    assert (look.outcome, look.families[0].finding, look.level) == (LookOutcome.DECIDED, Finding.GAIN, 0.99)
    assert len(networks(tmp_path)) == look.n_trials == 4 * 5


def test_an_open_question_gets_more_seeds_of_the_small_networks_until_the_last_stage(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, block_sd=0.3)
    looks = stored_study(tmp_path).looks
    assert [look.outcome for look in looks] == [LookOutcome.GOES_ON, LookOutcome.GOES_ON, LookOutcome.LAST_STAGE]
    assert [look.level for look in looks] == [0.99, 0.99, 0.97]
    stored = networks(tmp_path)
    by_width = stored.groupby("width")["seed"].nunique()
    assert by_width[0.125] > by_width[8.0]
    assert stored.groupby(["width", "seed"]).size().eq(5).all(), "a seed is a whole block of folds"
    assert set(stored["plan_round"]) == {1, 2, 3}


def test_controls_are_trained_in_the_first_stage_only(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, block_sd=0.3)
    stored = trials(tmp_path)
    assert set(stored.loc[stored["kind"] == "control", "seed"]) == {0}


@pytest.mark.parametrize("after", [0, 7, 21, 23, 26, 30])
def test_a_run_stopped_anywhere_and_resumed_takes_the_same_looks_and_trials(tmp_path: Path, after: int) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    for folder in (whole, stopped):
        folder.mkdir()
    run_planted(whole, flat, block_sd=0.3)
    with pytest.raises(KeyboardInterrupt):
        run_planted(stopped, flat, block_sd=0.3, ended=Stop(after))
    run_planted(stopped, flat, block_sd=0.3)
    assert stored_study(stopped) == stored_study(whole)
    columns = ["trial_key", "plan_round", "val_accuracy"]
    pd.testing.assert_frame_equal(trials(stopped)[columns], trials(whole)[columns], check_exact=True)


def test_any_number_of_workers_takes_the_same_looks_and_trials(tmp_path: Path) -> None:
    for n_workers in (1, 2, 3):
        folder = tmp_path / str(n_workers)
        folder.mkdir()
        run_planted(folder, flat, block_sd=0.3, n_workers=n_workers)
    looks = [stored_study(tmp_path / name).looks for name in "123"]
    assert len(looks[0]) == 3
    assert looks[0] == looks[1] == looks[2]


def test_a_finished_design_run_again_trains_nothing_and_takes_no_look(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, block_sd=0.3)
    before, study = trials(tmp_path), stored_study(tmp_path)
    run_planted(tmp_path, flat, block_sd=0.3, ended=Stop(0))
    assert trials(tmp_path).equals(before)
    assert stored_study(tmp_path) == study


def test_each_family_has_its_own_decision_and_only_open_ones_get_seeds(tmp_path: Path) -> None:
    def latent(architecture: str, decades: float) -> float:
        return rising(architecture, decades) if architecture == "paper_small" else flat(architecture, decades)

    run_planted(tmp_path, latent, block_sd=0.3, families=("paper_small", "paper_large"))
    looks = stored_study(tmp_path).looks
    assert [each.finding for each in looks[0].families] == [Finding.GAIN, Finding.OPEN]
    seeds = networks(tmp_path).groupby("architecture")["seed"].nunique()
    assert seeds["paper_small"] == 1
    assert seeds["paper_large"] > 1


def test_a_budget_stops_before_the_stage_that_exceeds_it_and_the_stop_holds_until_it_is_larger(tmp_path: Path) -> None:
    budget = '[design]\nbudget = "{}s"'
    run_planted(tmp_path, flat, block_sd=0.3, design=budget.format(100), elapsed_s=lambda: 85.0)
    (look,) = stored_study(tmp_path).looks
    assert (look.outcome, look.budget_s, look.repeats) == (LookOutcome.BUDGET, 100.0, ())
    for same_or_less in (100, 15):
        again = budget.format(same_or_less)
        run_planted(tmp_path, flat, block_sd=0.3, design=again, ended=Stop(0), elapsed_s=lambda: 0.0)
        assert stored_study(tmp_path).looks == (look,)
    run_planted(tmp_path, flat, block_sd=0.3, design=budget.format(9999), elapsed_s=lambda: 85.0)
    unlimited = tmp_path / "unlimited"
    unlimited.mkdir()
    run_planted(unlimited, flat, block_sd=0.3)
    assert stored_study(tmp_path).looks == (look, *stored_study(unlimited).looks)


@pytest.mark.parametrize(
    ("design", "differs"),
    [
        ("[design]\nstages = 2", r"sweep.design.stages (stored 3, now 2)"),
        ('[design]\nuntil = "choice"', r'sweep.design.until (stored "slope", now "choice")'),
        ("", "sweep.design"),
    ],
)
def test_a_stored_design_cannot_change(tmp_path: Path, design: str, differs: str) -> None:
    run_planted(tmp_path, rising)
    before = stored_study(tmp_path)
    with pytest.raises(StudyError, match="a study keeps its sweep") as refusal:
        run_planted(tmp_path, rising, design=design)
    assert differs in str(refusal.value)
    assert stored_study(tmp_path) == before


def test_a_stored_look_cannot_be_revised(tmp_path: Path) -> None:
    grown = run_planted(tmp_path, rising)
    (look,) = grown.study.looks
    revised = grown.study.model_copy(update={"looks": (look.model_copy(update={"level": 0.5}),)})
    with Store.open_existing(tmp_path / "planted") as store, pytest.raises(StudyError, match="keeps the looks"):
        store.register(replace(grown, study=revised).registered)


def test_a_choice_is_decided_when_a_size_is_shown_to_be_enough(tmp_path: Path) -> None:
    def early(_architecture: str, decades: float) -> float:
        return 1.0 if decades else -0.5

    run_planted(tmp_path, early, design='[design]\nuntil = "choice"', block_sd=0.02, margin=0.15)
    (look,) = stored_study(tmp_path).looks
    assert look.families[0].finding is Finding.ENOUGH
    assert look.families[0].enough_from == 2_500


def test_networks_of_one_size_leave_a_design_nothing_to_decide(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match="a design decides between sizes; planted has networks of 1 size"):
        run_planted(tmp_path, flat, overrides=["grid.0.width=0.5"])
