"""A world of planted truths: networks whose held-out answers are drawn, not trained, through the whole loop."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.design_pass import train_in_stages
from bench.execute import InlineExecutor, Outcome, Task
from bench.planning import Plan, decode, plan
from bench.progress import quiet
from bench.records import Environment, EpochMetrics, NetworkCost, NetworkTrial, Study, TrialMetrics
from bench.seeds import generator
from bench.store import Store
from bench.sweeps import load_sweep
from bench.train.training_data import load_training_data
from tests.sweeps.test_expand import network

SWEEP = """
name = "planted"
description = "four sizes of each family"
folds = 5
seeds = [0]
input_shape = [32, 32, 1]
controls = ["majority_class"]
[data]
source = "digits"
images = {images}
[protocol]
epochs = 1
{design}
"""
FAMILY = """
[[grid]]
architecture = "{name}"
width = [0.125, 0.5, 2.0, 8.0]
"""
Truth = Callable[[float], float]
"""Decades above the smallest network -> expected accuracy, the inverse of a probit."""


@dataclass
class Stop:
    """Stops the run, as Ctrl-C would, after this many trials have ended in all of its runs."""

    after: int

    def __call__(self) -> None:
        self.after -= 1
        if self.after < 0:
            raise KeyboardInterrupt


class Planted(InlineExecutor):
    """Answers requests with networks of 10,000 parameters per width squared, and draws their predictions.

    ``latent`` gives a network's threshold by architecture and decades of parameters; ``block_sd`` is the luck of a
    training of the smallest, which falls with size; ``n_workers`` changes the order of outcomes.
    """

    def __init__(
        self, latent: Callable[[str, float], float], block_sd: float, n_workers: int, ended: Callable[[], None]
    ):
        super().__init__(lambda: Environment({"cpu": "planted"}))
        self.n_workers = n_workers
        self._latent, self._block_sd, self._ended = latent, block_sd, ended

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        order = sorted(range(len(tasks)), key=lambda index: (index % self.n_workers, index))
        for index in order:
            (function, arguments) = tasks[index].function.__name__, tasks[index].arguments
            if function == "describe":
                n_params = round(10_000 * arguments[0].width ** 2)
                cost = NetworkCost(n_params, n_params, 3000 * n_params, 10)
                yield Outcome(index, 1, value=(network(arguments[0]), cost))
            elif function == "train_networks":
                self._ended()
                yield Outcome(
                    index,
                    1,
                    value=tuple(self._trained(trial, arguments[0]) for trial in arguments[2]),
                    prepared=Environment({"cpu": "planted"}),
                )
            else:
                outcomes = list(super().run([tasks[index]]))
                yield replace(outcomes[0], index=index)

    def _trained(self, trial: NetworkTrial, data_path: Path) -> TrialMetrics:
        split = load_training_data(data_path).splits[trial.seed]
        labels = split.labels
        rows = np.flatnonzero(split.assignment == trial.fold)
        difficulty = generator(0, 0, "difficulty").normal(size=len(labels))[rows]
        own = generator(trial.seed, trial.fold, f"planted/{trial.network.architecture}/{trial.network.width}")
        assert trial.network.width is not None
        decades = 2 * float(np.log10(trial.network.width / 0.125))
        latent = self._latent(trial.network.architecture, decades) + self._block_sd * (1 - decades / 5) * own.normal()
        right = latent + difficulty + 0.5 * own.normal(size=len(rows)) > 0
        predicted = np.where(right, labels[rows], (labels[rows] + 1) % 10)
        probabilities = np.full((len(rows), 10), 0.05, np.float32)
        probabilities[np.arange(len(rows)), predicted] = 0.55
        accuracy = float(right.mean())
        epochs = (EpochMetrics(1, 0.5, 0.9, 0.6, accuracy),)
        return TrialMetrics(epochs, 0.9, 0.5, accuracy, 0.6, 1.0, rows, probabilities)


def flat(_architecture: str, _decades: float) -> float:
    return 1.2


def rising(_architecture: str, decades: float) -> float:
    return -0.2 + 0.5 * decades


def run_planted(
    folder: Path,
    latent: Callable[[str, float], float] = flat,
    *,
    design: str = "[design]",
    images: int = 150,
    block_sd: float = 0.2,
    families: Sequence[str] = ("paper_small",),
    n_workers: int = 1,
    ended: Callable[[], None] = lambda: None,
    elapsed_s: Callable[[], float] = lambda: 0.0,
    overrides: Sequence[str] = (),
    margin: float | None = None,
) -> Plan:
    """Plan, train in stages and store a planted study in ``folder / "planted"``; rerun to resume."""
    file = folder / "planted.toml"
    file.write_text(SWEEP.format(images=images, design=design) + "".join(FAMILY.format(name=name) for name in families))
    executor = Planted(latent, block_sd, n_workers, ended)
    cache = folder / "cache"
    decided = plan(load_sweep(str(file), overrides), "planted", folder, executor, cache, quiet(), margin=margin)
    with Store.create_or_open(folder / "planted") as store:
        store.register(decided.registered)
        return train_in_stages(decided, decode(decided, cache, quiet()), store, executor, quiet(), elapsed_s)


def stored_study(folder: Path) -> Study:
    """The record of a planted study."""
    with Store.open_existing(folder / "planted") as store:
        return store.study()
