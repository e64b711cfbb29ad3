"""Checks whether this machine reproduces the stored bits: reruns one trial and compares it with the stored results."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.data import cached_images
from bench.errors import StudyError
from bench.execute import Executor
from bench.records import NetworkTrial, TrialMetrics, TrialState
from bench.store import Store
from bench.store.columns import NETWORK, PROBABILITY_PREFIX
from bench.study_images import study_images
from bench.train.training_data import TrainingData
from bench.training_pass import run_trials


@dataclass(frozen=True)
class Rerun:
    """The outcome of rerunning one trial. ``largest_difference`` is that of the probabilities."""

    trial: NetworkTrial
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
    """Train one stored trial again and compare. Writes only decoded images, into the cache.

    Args:
        folder: the study's folder.
        trial_key: the trial's key; None selects the done trial with the fewest FLOPs, the first of equals.
        data: where the images are; None opens the built-in data set that the study names.
        make_executor: makes the executor that trains it.
        cache_dir: where decoded images are kept.

    Raises:
        StudyError: no such trial is done, this version gives it another key, or the images are not the study's.
        DataError: the data set cannot be opened.
    """
    with Store.open_existing(folder) as store:
        study, trials, records = store.study(), store.trials(), store.trial_records()
        networks = {key: trial for key, trial in records.items() if isinstance(trial, NetworkTrial)}
        done = trials[(trials["state"] == TrialState.DONE) & (trials["kind"] == NETWORK)]
        chosen = done if trial_key is None else done[done["trial_key"] == trial_key]
        if chosen.empty:
            raise StudyError(
                f"a rerun needs a done trial of a network; {folder} has none"
                f"{'' if trial_key is None else f' with the key {trial_key}'}; take a trial_key of its trials.csv"
            )
        row = chosen.sort_values("flops_per_example", kind="stable").iloc[0]
        trial = networks[row["trial_key"]]
        stored = store.predictions([row["trial_key"]])
        split = store.splits()[trial.seed]
        files = frozenset(store.folds()["file"])
    if trial.key != row["trial_key"]:
        raise StudyError(
            f"a rerun needs the version that ran the trial; {row['trial_key']} would be {trial.key} here; "
            "check out the commit that environment.json names"
        )
    dataset = study_images(study, files, data, "a rerun")
    images = cached_images(dataset, trial.input_shape, cache_dir, lambda _n_decoded: None)
    shared = TrainingData({trial.seed: split}, pd.DataFrame())
    with make_executor() as executor:
        ((_, result, _),) = run_trials([trial], {trial.input_shape: images}, shared, executor, lambda _trial: 1.0)
    if result.metrics is None:
        raise StudyError(
            f"a rerun must train to its end; trial {trial.key}: {result.error}; see whether the machine changed"
        )
    return compare_rerun(trial, stored, row, result.metrics, study.class_names)


def compare_rerun(
    trial: NetworkTrial, stored: pd.DataFrame, row: pd.Series, again: TrialMetrics, class_names: tuple[str, ...]
) -> Rerun:
    """Compare stored predictions and metrics of a trial with those of its rerun.

    Args:
        trial: the trial that was rerun.
        stored: its predictions, as ``Store.predictions`` gives them.
        row: its row of ``Store.trials``.
        again: the metrics of the rerun.
        class_names: the order of the probabilities.
    """
    before = stored[[f"{PROBABILITY_PREFIX}{name}" for name in class_names]].to_numpy(np.float32)
    equal = np.all(before.view(np.uint32) == np.ascontiguousarray(again.probabilities).view(np.uint32), axis=1)
    return Rerun(
        trial=trial,
        n_images=len(before),
        n_equal_images=int(equal.sum()),
        largest_difference=float(np.abs(before - again.probabilities).max()),
        same_accuracy=bool(row["val_accuracy"] == again.val_accuracy),
        same_loss=bool(row["val_loss"] == again.val_loss),
    )
