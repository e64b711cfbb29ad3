"""What a plan decides of its trials. Networks are counted by a stand-in, so TensorFlow is not loaded."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.execute import InlineExecutor, Outcome, Task
from bench.planning import Plan, plan
from bench.progress import quiet
from bench.records import ControlTrial, NetworkCost
from bench.store import Store
from bench.sweeps import load_sweep
from bench.train.tensorflow_backend.train_cohort import TensorFlowBackend
from tests.sweeps.test_expand import network

SWEEP = """
name = "grows"
description = "a network per input shape"
folds = 2
seeds = [0]
controls = ["majority_class"]
[data]
source = "digits"
images = 40
[protocol]
epochs = 1
"""
BLOCK = """
[[grid]]
architecture = "paper_small"
width = {width}
input_shape = [{side}, {side}, 1]
"""


class Counting(InlineExecutor):
    """Answers each request with its network and a cost that grows with its width."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        for index, task in enumerate(tasks):
            request, _ = task.arguments
            n_params = int(1000 * request.width)
            yield Outcome(index, 1, value=(network(request), NetworkCost(n_params, n_params, 10, 10)))


def planned(folder: Path, *blocks: tuple[float, int]) -> Plan:
    file = folder / "grows.toml"
    file.write_text(SWEEP + "".join(BLOCK.format(width=width, side=side) for width, side in blocks))
    return plan(load_sweep(str(file)), "grows", folder, Counting(), folder / "cache", quiet())


def test_a_trial_names_the_backend_that_trains_it_and_how_that_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {trial.key for trial in planned(tmp_path, (0.25, 32)).network_trials}
    monkeypatch.setattr(TensorFlowBackend, "numerics", "2")
    trials = planned(tmp_path, (0.25, 32)).network_trials
    assert {(trial.backend, trial.numerics) for trial in trials} == {("tensorflow", "2")}
    assert before.isdisjoint(trial.key for trial in trials)


def test_controls_without_a_network_keep_their_input_shape_as_the_study_grows(tmp_path: Path) -> None:
    first, larger = [(0.25, 32)], [(0.25, 32), (0.5, 48), (1.0, 48)]
    with Store.create_or_open(tmp_path / "grows") as store:
        store.register(planned(tmp_path, *first).registered)
        grown = planned(tmp_path, *larger)
        store.register(grown.registered)
    assert {trial.input_shape for trial in grown.trials if isinstance(trial, ControlTrial)} == {(32, 32, 1)}
