"""Does this machine give the stored bits again? One trial of a study, rerun and compared with what is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.data import Split, cached_images, open_dataset
from bench.errors import StudyError
from bench.execute import Executor
from bench.records import Network, Protocol, Trial, TrialMetrics
from bench.store import Store
from bench.store.frames import AXIS_PREFIX, NETWORK, PROTOCOL_PREFIX
from bench.train.training_data import TrainingData
from bench.training_pass import run_trials


@dataclass(frozen=True)
class Rerun:
    """What rerunning one trial gave. ``largest_difference`` is between probabilities."""

    trial: Trial
    n_images: int
    n_equal_images: int
    largest_difference: float
    same_accuracy: bool
    same_loss: bool

    @property
    def is_identical(self) -> bool:
        """Whether every probability, the accuracy and the loss are the stored ones, to the last bit."""
        return self.n_equal_images == self.n_images and self.same_accuracy and self.same_loss


def rerun_trial(
    folder: Path,
    trial_key: str | None,
    data: str | None,
    make_executor: Callable[[], Executor],
    cache_dir: Path,
) -> Rerun:
    """Train one stored trial again and compare. Writes nothing but decoded images into the cache.

    Args:
        folder: the study's.
        trial_key: which; None takes the done trial of the fewest FLOPs, the first of equals.
        data: where the images are; None takes a built-in data set by the study's name of it.
        make_executor: where it trains.
        cache_dir: of decoded images.

    Raises:
        StudyError: no such trial is done, or this version would give it another key.
        DataError: other images than the study's.
    """
    with Store.open_existing(folder) as store:
        study, trials = store.study(), store.trials()
        done = trials[trials["state"] == "DONE"]
        done = done[done["kind"] == NETWORK]
        chosen = done if trial_key is None else done[done["trial_key"] == trial_key]
        if chosen.empty:
            raise StudyError(
                f"a rerun needs a done trial of a network; {folder} has none"
                f"{'' if trial_key is None else f' with the key {trial_key}'}; take a trial_key of its trials.csv"
            )
        row = chosen.sort_values("flops_per_example", kind="stable").iloc[0]
        stored = store.predictions([row["trial_key"]])
        assignments = store.folds()
    trial = stored_trial(row)
    if trial.key != row["trial_key"]:
        raise StudyError(
            f"a rerun needs the version that ran the trial; {row['trial_key']} would be {trial.key} here; "
            "check out the commit that environment.json names"
        )
    source = study.dataset if data is None else data
    dataset = open_dataset(source)
    if dataset.data_hash != study.data_hash and sum(study.class_counts) < len(dataset.labels):
        dataset = open_dataset(source, images=sum(study.class_counts))
    if dataset.data_hash != study.data_hash:
        raise StudyError(
            f"a rerun needs the images of the study, {study.dataset} with the hash {study.data_hash}; received "
            f"{dataset.name} with {dataset.data_hash}; give --data"
        )
    of_seed = assignments[assignments["seed"] == trial.seed]
    held_out_in = of_seed["fold"].to_numpy(np.int64)
    groups = of_seed["group"].to_numpy(np.int64) if "group" in of_seed else np.arange(len(of_seed))
    images = cached_images(dataset, trial.network.input_shape, cache_dir, lambda _n_decoded: None)
    split = Split(dataset.labels, groups, held_out_in)
    shared = TrainingData({trial.network.input_shape: images}, {trial.seed: split}, pd.DataFrame())
    with make_executor() as executor:
        ((_, result, _),) = run_trials([trial], shared, executor, lambda _trial: 1.0)
    if result.metrics is None:
        raise StudyError(
            f"a rerun must train to its end; trial {trial.key}: {result.error}; see whether the machine changed"
        )
    return compare_rerun(trial, stored, row, result.metrics, study.class_names)


def stored_trial(row: pd.Series) -> Trial:
    """The trial that a row of ``Store.trials`` describes."""
    cells = {str(name): value.item() if isinstance(value, np.generic) else value for name, value in row.items()}
    axes = {
        name.removeprefix(AXIS_PREFIX): value
        for name, value in cells.items()
        if name.startswith(AXIS_PREFIX) and not pd.isna(value)
    }
    protocol = {
        name.removeprefix(PROTOCOL_PREFIX): value for name, value in cells.items() if name.startswith(PROTOCOL_PREFIX)
    }
    height, width, channels = map(int, row["input_shape"].split("x"))
    network = Network(
        architecture=row["architecture"],
        width=None if pd.isna(row["width"]) else float(row["width"]),
        axes=tuple(sorted(axes.items())),
        input_shape=(height, width, channels),
        n_classes=int(row["n_classes"]),
    )
    return Trial(
        network=network,
        protocol=Protocol.model_validate(protocol),
        dataset=row["dataset"],
        data_hash=row["data_hash"],
        split_hash=row["split_hash"],
        **{name: int(row[name]) for name in ("n_folds", "fold", "seed")},
    )


def compare_rerun(
    trial: Trial, stored: pd.DataFrame, row: pd.Series, again: TrialMetrics, class_names: tuple[str, ...]
) -> Rerun:
    """Compare stored predictions and metrics of a trial with those of its rerun.

    Args:
        trial: which.
        stored: its predictions, as ``Store.predictions`` gives them.
        row: its row of ``Store.trials``.
        again: what the rerun gave.
        class_names: the order of the probabilities.
    """
    before = stored[[f"p_{name}" for name in class_names]].to_numpy(np.float32)
    equal = np.all(before.view(np.uint32) == np.ascontiguousarray(again.probabilities).view(np.uint32), axis=1)
    return Rerun(
        trial=trial,
        n_images=len(before),
        n_equal_images=int(equal.sum()),
        largest_difference=float(np.abs(before - again.probabilities).max()),
        same_accuracy=bool(row["val_accuracy"] == again.val_accuracy),
        same_loss=bool(row["val_loss"] == again.val_loss),
    )
