"""Trains a network on all images, once per seed. Each training is stored under its trial key as soon as it ends."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.data import Split
from bench.errors import StudyError
from bench.execute import Executor, Outcome, Task
from bench.files import DamagedFileError, ScratchFolder, read_with_checksum, write_with_checksum
from bench.progress import Progress
from bench.records import Environment, EpochMetrics, NetworkTrial
from bench.train.backend import Diverged
from bench.train.tensorflow_backend.whole_training import WholeTraining
from bench.train.training_data import TrainingData, save_training_data
from bench.train.worker_tasks import train_on_all_images

_RECORD = "record"
_NUMBERS = ("chosen_epoch", "train_accuracy", "train_loss", "train_s")


def whole_trial(trial: NetworkTrial, seed: int, split: Split) -> NetworkTrial:
    """The trial that trains the network of another one on all images: its fold is one that holds no image out.

    Random streams and key are those of a trial with this fold, so other folds' trials have other ones.
    """
    protocol = trial.protocol.model_copy(update={"n_train": 0})
    update = {"protocol": protocol, "seed": seed, "fold": trial.n_folds, "split_hash": split.hash}
    return trial.model_copy(update=update)


def train_missing(
    trials: Sequence[NetworkTrial],
    images: Path,
    splits: dict[int, Split],
    folder: Path,
    executor: Executor,
    progress: Progress,
) -> list[WholeTraining]:
    """The trainings of these trials, from the folder or, where they are missing, trained now.

    Args:
        trials: made by ``whole_trial``.
        images: the cached image file.
        splits: by seed.
        folder: holds one file per training, ``<trial key>.npz``; created if missing. A damaged file is replaced.
        executor: made by ``training_executor``.
        progress: reports the stage.

    Returns:
        One training per trial, in order.

    Raises:
        StudyError: a training did not reach its end. Those that did are stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pending = [trial for trial in trials if _stored(folder, trial) is None]
    with progress.stage("training on all images", len(pending)) as stage, ScratchFolder() as scratch:
        files = save_training_data(TrainingData(splits, pd.DataFrame()), Path(scratch)), images
        failures = []
        tasks = [
            Task(train_on_all_images, (*files, trial), affinity=trial.network.key, files=files) for trial in pending
        ]
        for outcome in executor.run(tasks):
            trial = pending[outcome.index]
            if isinstance(outcome.value, WholeTraining):
                _store(folder, trial, outcome.value, outcome.prepared)
            else:
                failures.append(f"seed {trial.seed}: {_reason(outcome)}")
            stage.advance(failed=not isinstance(outcome.value, WholeTraining))
    if failures:
        raise StudyError(
            f"an exported network must train to its end; {trials[0].network.label} did not ({'; '.join(failures)}); "
            "free memory, or name another network with --network"
        )
    found = [_stored(folder, trial) for trial in trials]
    return [training for training in found if training is not None]


def _reason(outcome: Outcome) -> str:
    if outcome.death is not None:
        return f"{outcome.death.reason}, in {outcome.attempts} attempts"
    if isinstance(outcome.value, Diverged):
        return f"the loss became {outcome.value.loss} at step {outcome.value.step}"
    return f"{type(outcome.error).__name__}: {' '.join(str(outcome.error).split())}"


def _path(folder: Path, trial: NetworkTrial) -> Path:
    return folder / f"{trial.key}.npz"


def _store(folder: Path, trial: NetworkTrial, training: WholeTraining, environment: Environment) -> None:
    record = {
        "trial": json.loads(trial.canonical_json),
        "environment": environment.values,
        **{name: getattr(training, name) for name in _NUMBERS},
        "epochs": [
            {name: value for name, value in asdict(epoch).items() if value == value}  # NaN: no image is held out
            for epoch in training.epochs
        ],
    }
    content = io.BytesIO()
    arrays: dict[str, Any] = {str(place): value for place, value in enumerate(training.weights)}
    arrays[_RECORD] = np.array(json.dumps(record))
    np.savez(content, **arrays)
    write_with_checksum(_path(folder, trial), [content.getvalue()])


def _stored(folder: Path, trial: NetworkTrial) -> WholeTraining | None:
    try:
        content = read_with_checksum(_path(folder, trial))
    except (FileNotFoundError, DamagedFileError):
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        record = json.loads(str(stored[_RECORD]))
        weights = tuple(stored[str(place)] for place in range(len(stored.files) - 1))
    missing = {field.name: float("nan") for field in fields(EpochMetrics) if field.name.startswith("val_")}
    return WholeTraining(
        weights=weights,
        epochs=tuple(EpochMetrics(**{**missing, **epoch}) for epoch in record["epochs"]),
        **{name: record[name] for name in _NUMBERS},
    )
