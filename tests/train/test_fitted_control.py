"""Controls that train no network, as trials."""

import time
from pathlib import Path

import numpy as np
import pytest

from bench import controls
from bench.data import Dataset, Split, assign_folds, cached_images, file_metadata, open_dataset
from bench.data.header_metadata import HEADER_FEATURES
from bench.records import ControlTrial
from bench.train.fitted_control import fit_control

SHAPE = (24, 24, 1)


@pytest.fixture(scope="module")
def phantom() -> Dataset:
    return open_dataset("phantom")


def trial_of(control: str) -> ControlTrial:
    return ControlTrial(
        control=control,
        input_shape=SHAPE,
        n_classes=2,
        dataset="phantom",
        data_hash="d",
        split_hash="s",
        n_folds=3,
        fold=0,
        seed=0,
    )


def split_of(dataset: Dataset) -> Split:
    return Split(dataset.labels, np.arange(len(dataset.labels)), assign_folds(dataset.labels, 3, 0))


@pytest.mark.parametrize("name", [name for name in controls.names() if controls.get(name).fit])
def test_a_control_without_a_network_is_a_trial_like_any_other(phantom: Dataset, tmp_path: Path, name: str) -> None:
    split = split_of(phantom)
    metadata = file_metadata(phantom)[list(HEADER_FEATURES)]
    result = fit_control(trial_of(name), cached_images(phantom, SHAPE, tmp_path), split, metadata, time.perf_counter)
    truth = phantom.labels[result.test_rows]
    np.testing.assert_array_equal(result.test_rows, np.flatnonzero(split.assignment == 0))
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    assert result.val_loss == pytest.approx(
        -np.log(result.probabilities[np.arange(len(truth)), truth]).mean(), rel=1e-5
    )
    assert result.epochs == ()


def test_a_control_that_trains_a_network_is_refused(phantom: Dataset, tmp_path: Path) -> None:
    metadata = file_metadata(phantom)[list(HEADER_FEATURES)]
    images = cached_images(phantom, SHAPE, tmp_path)
    with pytest.raises(ValueError, match="run by a backend; received shuffled_labels"):
        fit_control(trial_of("shuffled_labels"), images, split_of(phantom), metadata, time.perf_counter)
