"""The functions that workers run. They train or fit the trials of one task and return one result per trial."""

import time
from pathlib import Path

from bench.records import ControlTrial, NetworkTrial, TrialMetrics
from bench.train.backend import Cohort, Diverged
from bench.train.backend_registry import BACKENDS
from bench.train.fitted_control import fit_control
from bench.train.tensorflow_backend.whole_training import WholeTraining, train_whole
from bench.train.training_data import load_training_data

TrainedTrial = TrialMetrics | Diverged


def train_networks(data_path: Path, images_path: Path, trials: tuple[NetworkTrial, ...]) -> tuple[TrainedTrial, ...]:
    """Train trials of one network and protocol with their backend.

    Args:
        data_path: a file of ``save_training_data``.
        images_path: the images in the trials' input shape, a file of ``bench.data.cached_images``.
        trials: a cohort; see ``Cohort``.

    Returns:
        One result per trial, in order.
    """
    data = load_training_data(data_path)
    backend = BACKENDS.get(trials[0].backend)()
    cohort = Cohort(trials, images_path, data.splits)
    return tuple(backend.train(cohort, time.perf_counter))


def fit_controls(data_path: Path, images_path: Path, trials: tuple[ControlTrial, ...]) -> tuple[TrainedTrial, ...]:
    """Fit trials of controls that train no network. Arguments and result are those of ``train_networks``."""
    data = load_training_data(data_path)
    return tuple(
        fit_control(trial, images_path, data.splits[trial.seed], data.metadata, time.perf_counter) for trial in trials
    )


def train_on_all_images(data_path: Path, images_path: Path, trial: NetworkTrial) -> WholeTraining | Diverged:
    """Train the network of a trial that holds nothing out; see ``train_whole``.

    Args:
        data_path: a file of ``save_training_data``.
        images_path: the images in the trial's input shape, a file of ``bench.data.cached_images``.
        trial: its ``fold`` is one that holds no image out.
    """
    data = load_training_data(data_path)
    return train_whole(trial, images_path, data.splits[trial.seed], time.perf_counter)
