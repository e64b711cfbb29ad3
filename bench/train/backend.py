"""``Backend``: the contract of all backends, the cohorts that they train and their results.

``tests/train/test_backend_contract.py`` checks the whole contract for each backend.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.data import Split
from bench.records import NetworkTrial, TrialMetrics

TRAINING_THREADS = 1
"""Threads within one operation of a training worker. Sums of floats depend on this number, so it is fixed."""


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
    """The software of a backend and its settings, which are stored with every result.

    Attributes:
        packages: installed packages whose versions can change a number or a time.
        variable_prefixes: prefixes of environment variables that can change a number or a time.
        flags: environment variables that the backend itself sets.
        settings: further settings by name, JSON-ready.
    """

    packages: tuple[str, ...]
    variable_prefixes: tuple[str, ...]
    flags: Mapping[str, str]
    settings: Mapping[str, object]


class Backend(Protocol):
    """Trains networks.

    The contract of an implementation:

    - ``train`` yields one result per trial, in the order of the cohort, each as soon as that trial has ended;
    - the bits of a trial's numbers do not depend on earlier trials, the cohort or the process;
    - a trial trains on its ``choose_examples``; held-out labels affect only ``val_*``;
    - ``probabilities`` have passed ``as_probabilities``, so they are finite, non-negative and sum to 1;
    - a loss that is not finite ends its own trial as ``Diverged``; later trials still run.

    Attributes:
        name: its name in the registry, part of the trial key.
        numerics: the version of its arithmetic, part of the trial key. It changes whenever a trial's numbers change.
        trials_at_once: the number of trials that it trains at the same time. A worker receives this many, and their
            results are stored together; 1 if trials run one after another.
        preload: modules that import slow modules and start nothing. Workers are forked after these imports.
    """

    name: str
    numerics: str
    trials_at_once: int
    preload: tuple[str, ...]

    def prepare(self, threads: int) -> None:
        """Set up the runtime in this process, before anything runs.

        Raises:
            WorkerError: this process already runs with another number of threads.
        """
        ...

    def runtime(self, threads: int) -> Runtime:
        """The runtime of a process prepared with this number of threads. Imports no slow module."""
        ...

    def train(self, cohort: Cohort, clock: Callable[[], float]) -> Iterator[TrialMetrics | Diverged]:
        """Train and evaluate each trial of a cohort.

        Args:
            cohort: its trials train a network: those of the sweep, or of a control that changes images or labels.
            clock: seconds, monotonic; ``train_s`` is read from it.

        Raises:
            NetworkOutputError: the network's outputs are not probabilities.
        """
        ...
