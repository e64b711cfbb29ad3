"""Folds that all seeds share, and folds that each draws."""

from pathlib import Path

import numpy as np
import pytest

from bench.errors import SweepError
from bench.planning import Plan, plan
from bench.progress import Progress
from bench.sweeps import load_sweep
from bench.training_pass import training_executor


def planned(tmp_path: Path, *overrides: str) -> Plan:
    sweep = load_sweep(
        "smoke", ('grid=[{architecture="paper_small", width=0.125}]', "seeds=[0,1]", "controls=[]", *overrides)
    )
    with training_executor("inline", 1) as executor, (tmp_path / "log").open("w") as log:
        return plan(sweep, None, tmp_path, executor, tmp_path / "cache", Progress(log))


def test_with_a_split_seed_all_seeds_hold_out_the_same_images_and_differ_in_the_rest(tmp_path: Path) -> None:
    shared = planned(tmp_path, "split_seed=0")
    assert np.array_equal(shared.splits[0].assignment, shared.splits[1].assignment)
    assert len({trial.split_hash for trial in shared.trials}) == 1
    assert len({trial.key for trial in shared.trials}) == 4


def test_without_one_each_seed_draws_its_own_and_nothing_of_the_study_changes(tmp_path: Path) -> None:
    own, shared = planned(tmp_path), planned(tmp_path, "split_seed=0")
    assert not np.array_equal(own.splits[0].assignment, own.splits[1].assignment)
    assert "split_seed" not in own.study.sweep
    assert shared.study.sweep["split_seed"] == 0
    keys_of_seed_0 = [[trial.key for trial in each.trials if trial.seed == 0] for each in (own, shared)]
    assert keys_of_seed_0[0] == keys_of_seed_0[1]


def test_a_split_seed_is_a_whole_number() -> None:
    with pytest.raises(SweepError, match="split_seed"):
        load_sweep("smoke", ("split_seed=-1",))
