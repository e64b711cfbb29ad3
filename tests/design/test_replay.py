"""A design is replayed on stored trials: it finds what the run found, and trains nothing."""

from pathlib import Path

import pytest

from bench.design.looks import Rule
from bench.design.replay import Replay, replay
from bench.records import LookOutcome
from bench.store import Store
from bench.study.study_data import StudyData
from tests.design.planted_world import flat, rising, run_planted, stored_study


def replayed(folder: Path, margin: float = 0.02) -> Replay:
    rule = Rule(3, "slope", margin)
    with Store.open_existing(folder / "planted") as store:
        return replay(StudyData.read(store), store.trial_records(), store.splits(), rule, 1)


@pytest.mark.parametrize("families", [("paper_small",), ("paper_small", "paper_large")])
def test_a_replay_of_a_design_takes_the_looks_that_the_run_took(tmp_path: Path, families: tuple[str, ...]) -> None:
    run_planted(tmp_path, flat, block_sd=0.3, families=families)
    assert len(stored_study(tmp_path).looks) == 3
    assert replayed(tmp_path).looks == stored_study(tmp_path).looks


def test_a_replay_on_a_plain_grid_takes_the_looks_of_a_design_and_costs_less_than_the_grid(tmp_path: Path) -> None:
    staged, grid = tmp_path / "staged", tmp_path / "grid"
    for folder in (staged, grid):
        folder.mkdir()
    run_planted(staged, flat, block_sd=0.3)
    run_planted(grid, flat, block_sd=0.3, design="", overrides=["seeds=[0,1,2,3,4,5,6,7,8,9]"])
    found = replayed(grid)
    assert found.looks == stored_study(staged).looks
    assert found.training_s == tuple(float(look.n_trials) for look in found.looks), "each planted training takes 1 s"
    assert (found.n_trainings, found.all_training_s) == (200, 200.0)


def test_a_replay_stops_where_no_more_seeds_are_stored(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, design="", block_sd=0.3)
    (look,) = replayed(tmp_path).looks
    assert look.outcome is LookOutcome.NOT_STORED


def test_a_replay_with_another_margin_can_find_nothing_to_gain(tmp_path: Path) -> None:
    run_planted(tmp_path, flat, design="", block_sd=0.05)
    (look,) = replayed(tmp_path, margin=0.5).looks
    assert look.families[0].finding == "nothing to gain"


def test_a_replay_of_a_gain_stops_at_the_first_look(tmp_path: Path) -> None:
    run_planted(tmp_path, rising, design="", overrides=["seeds=[0,1,2]"])
    assert [look.outcome for look in replayed(tmp_path).looks] == [LookOutcome.DECIDED]
