"""A study whose every stored number is known, made without training anything."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import controls
from bench.data.split import Split
from bench.records import (
    ControlTrial,
    Environment,
    EpochMetrics,
    FailureKind,
    Measurement,
    Network,
    NetworkCost,
    NetworkTrial,
    Protocol,
    Study,
    TimedPart,
    Trial,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.store import Store, StudyPlan

ENVIRONMENT = Environment({"cpu": "an abacus", "versions": {"keras": "3.15"}})


def network(architecture: str = "paper_small", width: float | None = 1.0, side: int = 70, **axes: object) -> Network:
    return Network(
        architecture=architecture,
        width=width,
        axes=tuple(sorted(axes.items())),
        input_shape=(side, side, 3),
        n_classes=2,
    )


def cost(n_params: int) -> NetworkCost:
    return NetworkCost(n_params, n_params - 2, 28 * n_params, 4 * n_params)


def done(trial: Trial, test_rows: NDArray[np.int64], hits: Sequence[bool], labels: NDArray[np.int64]) -> TrialResult:
    """A result that is right on the held-out images where ``hits`` says so."""
    right = np.eye(2, dtype=np.float32)[labels[test_rows]]
    probabilities = np.where(np.array(hits)[:, None], 0.25 + 0.5 * right, 0.75 - 0.5 * right).astype(np.float32)
    accuracy = float(np.mean(hits))
    epochs = tuple(
        EpochMetrics(epoch, 0.7 / epoch, 0.6 + 0.1 * epoch, 0.8 / epoch, accuracy - 0.1 * (3 - epoch))
        for epoch in (1, 2, 3)
    )
    metrics = TrialMetrics(epochs, 0.9, 0.2, accuracy, 0.8 / 3, 2.5 + trial.fold, test_rows, probabilities)
    return TrialResult(trial.key, TrialState.DONE, 1, metrics=metrics)


def step_times(each: Network, protocol: Protocol, step_ns: Sequence[int], **changes: Any) -> Measurement:
    """Times of a training step, of one round of the first pass unless ``changes`` say otherwise."""
    measured = Measurement(
        network_key=each.key,
        protocol=protocol,
        part=TimedPart.STEP,
        threads=2,
        cpus=(0, 1),
        batch_size=protocol.batch_size,
        pass_number=1,
        round=0,
        position=0,
        warmup_ns=(50_000_000,),
        samples_ns=tuple(step_ns),
    )
    return replace(measured, **changes)


def failed(trial: Trial, failure: FailureKind = FailureKind.DIVERGED) -> TrialResult:
    return TrialResult(trial.key, TrialState.FAILED, 2, failure=failure, error="the loss became nan", failed_step=7)


@dataclass(frozen=True)
class Planted:
    """Trials of ``networks`` x ``protocols`` x seeds x folds over 12 images, 8 of one class and 4 of the other.

    ``controls`` are run beside them: those that train a network train the first, under the first protocol.
    """

    networks: Mapping[Network, NetworkCost]
    protocols: Sequence[Protocol] = (Protocol(epochs=3),)
    seeds: Sequence[int] = (0, 1)
    n_folds: int = 2
    report: Mapping[str, object] = field(default_factory=dict)
    patients: Sequence[str] | None = None
    best_accuracy: float | None = None
    class_names: tuple[str, str] = ("NORMAL", "PNEUMONIA")
    controls: Sequence[str] = ()
    factorial: Mapping[str, object] | None = None
    begun: date | None = None

    @property
    def study(self) -> Study:
        return Study(
            name="widths-lungs",
            sweep_name="widths",
            sweep={
                "name": "widths",
                "protocol": {"epochs": 3},
                "seeds": list(self.seeds),
                "report": dict(self.report),
                **({} if self.factorial is None else {"factorial": self.factorial}),
            },
            dataset="lungs",
            data_hash="0123456789abcdef",
            class_names=self.class_names,
            class_counts=(8, 4),
            has_patients=self.patients is not None,
            patient_wise=self.patients is not None,
            best_accuracy=self.best_accuracy,
            begun=self.begun,
        )

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.repeat(np.array([0, 1]), [8, 4])

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"{self.class_names[label]}/{row:02d}.png" for row, label in enumerate(self.labels.tolist()))

    @property
    def groups(self) -> NDArray[np.int64]:
        return np.arange(12) // 2 if self.patients is not None else np.arange(12)

    def assignment(self, seed: int) -> NDArray[np.int64]:
        return (np.arange(12) + seed) % self.n_folds

    def test_rows(self, trial: Trial) -> NDArray[np.int64]:
        return np.flatnonzero(self.assignment(trial.seed) == trial.fold)

    @property
    def splits(self) -> dict[int, Split]:
        return {seed: Split(self.labels, self.groups, self.assignment(seed)) for seed in self.seeds}

    @cached_property
    def trials(self) -> list[Trial]:
        of_networks: list[Trial] = [
            NetworkTrial.model_validate({**place, "network": each, "protocol": protocol})
            for each in self.networks
            for protocol in self.protocols
            for place in self.places
        ]
        return of_networks + [self.control_trial(name, place) for name in self.controls for place in self.places]

    def control_trial(self, name: str, place: Mapping[str, object]) -> Trial:
        first = next(iter(self.networks))
        if controls.get(name).transform:
            trained = {"network": first, "protocol": self.protocols[0]}
            return NetworkTrial.model_validate({**place, "control": name, **trained})
        return ControlTrial.model_validate({**place, "control": name, "input_shape": (70, 70, 3), "n_classes": 2})

    @property
    def places(self) -> list[dict[str, object]]:
        return [
            {
                "dataset": "lungs",
                "data_hash": "0123456789abcdef",
                "split_hash": hashlib.sha256(self.assignment(seed).tobytes()).hexdigest()[:16],
                "n_folds": self.n_folds,
                "fold": fold,
                "seed": seed,
            }
            for seed in self.seeds
            for fold in range(self.n_folds)
        ]

    @property
    def plan(self) -> StudyPlan:
        return StudyPlan(
            study=self.study,
            trials=self.trials,
            costs={each.key: count for each, count in self.networks.items()},
            files=self.files,
            patients=self.patients,
            splits=self.splits,
        )

    def register(self, store: Store) -> None:
        store.register(self.plan)

    def result(self, trial: Trial, n_misses: int = 1) -> TrialResult:
        rows = self.test_rows(trial)
        return done(trial, rows, [place >= n_misses for place in range(len(rows))], self.labels)

    def write(
        self,
        folder: Path,
        result: Callable[[Trial], TrialResult | None] | None = None,
        step_ns: Sequence[int] = (4_000_000, 5_000_000, 6_000_000, 9_000_000),
    ) -> Path:
        """Store every trial's ``result`` (None: it stays pending) and, where ``step_ns`` are given, step times."""
        with Store.create_or_open(folder) as store:
            self.register(store)
            for trial in self.trials:
                end = self.result(trial) if result is None else result(trial)
                if end is not None:
                    store.record(end, ENVIRONMENT)
            for each in self.networks if step_ns else ():
                for protocol in self.protocols:
                    store.record_measurement(step_times(each, protocol, step_ns), ENVIRONMENT)
        return folder


SMALL = Planted({network(width=0.5): cost(1000), network(width=1.0): cost(4000)})
