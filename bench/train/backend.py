"""``Backend``: what trains networks, and what it is handed and gives back.

``tests/train/test_backend_contract.py`` checks every promise below of each backend.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.data import Split
from bench.records import NetworkTrial, TrialMetrics

TRAINING_THREADS = 1
"""Threads within one operation of a training worker. Sums of floats depend on it, so it never varies."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Trials of one network under one protocol, on one data set.

    Attributes:
        trials: one or more; they differ in fold, seed and control.
        images_path: decoded images, a file of ``bench.data.cached_images``.
        splits: the split of each trial's seed, by seed.

    Raises:
        ValueError: there is no trial, or the trials have different networks or protocols.
    """

    trials: tuple[NetworkTrial, ...]
    images_path: Path
    splits: Mapping[int, Split]

    def __post_init__(self) -> None:
        engines = {(trial.network, trial.protocol) for trial in self.trials}
        if len(engines) != 1:
            raise ValueError(
                "a cohort has one network and one protocol; received "
                f"{', '.join(network.label for network, _ in engines) or 'no trial'}"
            )


@dataclass(frozen=True, slots=True)
class Diverged:
    """A training whose loss stopped being finite, at this step (1-based, counted over all epochs)."""

    step: int
    loss: float


@dataclass(frozen=True)
class Runtime:
    """The software that a backend computes with and its settings, as they are stored with every result.

    Attributes:
        packages: installed packages whose versions can change a number or a time.
        variable_prefixes: first letters of environment variables that can.
        flags: environment variables that the backend itself sets.
        settings: further settings by name, JSON-ready.
    """

    packages: tuple[str, ...]
    variable_prefixes: tuple[str, ...]
    flags: Mapping[str, str]
    settings: Mapping[str, object]


class Backend(Protocol):
    """Trains networks.

    What an implementation promises:

    - ``train`` yields one result per trial, in the order of the cohort, each as soon as that trial has ended;
    - a trial's numbers are the same bits whatever was trained before it, in whatever cohort, in whatever process;
    - what is trained on is ``choose_examples`` of the trial; held-out labels reach nothing but ``val_*``;
    - ``probabilities`` have passed ``as_probabilities``, so they are finite, non-negative and sum to 1;
    - a loss that is not finite ends its own trial as ``Diverged``; the trials after it go on.

    Attributes:
        name: its name in the registry, part of the trial key.
        numerics: names how it computes, part of the trial key: changes whenever a trial's numbers do.
        trials_at_once: how many trials it trains side by side. A worker is handed as many at once, and their results
            are stored together; 1 where trials run one after another.
        preload: modules that import what is slow to import and start nothing; each worker is forked after them.
    """

    name: str
    numerics: str
    trials_at_once: int
    preload: tuple[str, ...]

    def prepare(self, threads: int) -> None:
        """Set the runtime up in this process, before anything runs.

        Raises:
            WorkerError: this process already runs with another number of threads.
        """
        ...

    def runtime(self, threads: int) -> Runtime:
        """What results of a process prepared with this many threads are stored with; imports nothing slow."""
        ...

    def train(self, cohort: Cohort, clock: Callable[[], float]) -> Iterator[TrialMetrics | Diverged]:
        """Train and evaluate each trial of a cohort.

        Args:
            cohort: its trials train a network: those of the sweep, or of a control that changes images or labels.
            clock: seconds, monotonic; ``train_s`` is read from it.

        Raises:
            NetworkOutputError: the network's outputs are no probabilities.
        """
        ...
