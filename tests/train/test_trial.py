from pathlib import Path

import numpy as np
import pytest

from bench.data import Dataset, assign_folds, cached_images, open_dataset, open_images
from bench.records import Network, Protocol, Trial, TrialMetrics
from bench.train.trial import Diverged, TrainingTask, as_probabilities, compiled_engine, resident_images, train_trial

pytestmark = pytest.mark.usefixtures("tensorflow_runtime")

SHAPE = (24, 24, 1)


@pytest.fixture(scope="module")
def phantom() -> Dataset:
    return open_dataset("phantom")


def task(
    dataset: Dataset, cache: Path, *, seed: int = 0, fold: int = 0, activation: str = "softmax", **protocol: object
) -> TrainingTask:
    assignment = assign_folds(dataset.labels, 3, seed)
    trial = Trial(
        network=Network(
            architecture="paper_small",
            width=0.25,
            axes=(("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", activation)),
            input_shape=SHAPE,
            n_classes=2,
        ),
        protocol=Protocol.model_validate({"epochs": 2, **protocol}),
        dataset="phantom",
        data_hash="d",
        split_hash="s",
        n_folds=3,
        fold=fold,
        seed=seed,
    )
    return TrainingTask(trial, cached_images(dataset, SHAPE, cache), dataset.labels, assignment)


def assert_same(left: TrialMetrics | Diverged, right: TrialMetrics | Diverged) -> None:
    assert isinstance(left, TrialMetrics)
    assert isinstance(right, TrialMetrics)
    assert left.epochs == right.epochs
    assert (left.train_loss, left.val_loss) == (right.train_loss, right.val_loss)
    np.testing.assert_array_equal(left.probabilities, right.probabilities)


def test_a_trial_gives_the_same_bits_whatever_ran_before_it(phantom: Dataset, tmp_path: Path) -> None:
    first = train_trial(task(phantom, tmp_path))
    train_trial(task(phantom, tmp_path, seed=4, fold=2))
    again = train_trial(task(phantom, tmp_path))
    compiled_engine.cache_clear()
    fresh = train_trial(task(phantom, tmp_path))

    assert_same(first, again)
    assert_same(first, fresh)


def test_seed_and_fold_each_change_the_numbers(phantom: Dataset, tmp_path: Path) -> None:
    losses = {
        (seed, fold): result.val_loss
        for seed, fold in [(0, 0), (1, 0), (0, 1)]
        if isinstance(result := train_trial(task(phantom, tmp_path, seed=seed, fold=fold)), TrialMetrics)
    }

    assert len(set(losses.values())) == 3


def test_held_out_rows_are_the_folds_own_and_probabilities_sum_to_one(phantom: Dataset, tmp_path: Path) -> None:
    work = task(phantom, tmp_path)
    result = train_trial(work)

    assert isinstance(result, TrialMetrics)
    np.testing.assert_array_equal(result.test_rows, np.flatnonzero(work.assignment == 0))
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_stored_accuracy_and_loss_follow_from_the_stored_probabilities(phantom: Dataset, tmp_path: Path) -> None:
    result = train_trial(task(phantom, tmp_path, epochs=4))

    assert isinstance(result, TrialMetrics)
    truth = phantom.labels[result.test_rows]
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    nats = -np.log(result.probabilities[np.arange(len(truth)), truth])
    assert result.val_loss == pytest.approx(nats.mean(), rel=1e-4)
    assert result.val_loss == result.epochs[-1].val_loss


def test_keras_trains_sigmoid_outputs_under_categorical_cross_entropy_as_if_they_were_softmax(
    phantom: Dataset, tmp_path: Path
) -> None:
    softmax = train_trial(task(phantom, tmp_path))
    sigmoid = train_trial(task(phantom, tmp_path, activation="sigmoid"))

    assert isinstance(softmax, TrialMetrics)
    assert isinstance(sigmoid, TrialMetrics)
    assert sigmoid.epochs == softmax.epochs
    assert not np.array_equal(sigmoid.probabilities, softmax.probabilities)
    np.testing.assert_allclose(sigmoid.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_bfloat16_trains_to_other_numbers_near_those_of_float32(phantom: Dataset, tmp_path: Path) -> None:
    full = train_trial(task(phantom, tmp_path, epochs=4))
    mixed = train_trial(task(phantom, tmp_path, epochs=4, precision="mixed_bfloat16"))
    again = train_trial(task(phantom, tmp_path, epochs=4))

    assert isinstance(full, TrialMetrics)
    assert isinstance(mixed, TrialMetrics)
    assert mixed.probabilities.dtype == np.float32
    assert 0 < abs(mixed.train_loss - full.train_loss) < 0.1
    np.testing.assert_allclose(mixed.probabilities.sum(axis=1), 1, atol=1e-2)
    assert_same(full, again)  # the policy does not outlast the trial


def test_outputs_that_are_all_zero_prefer_no_class() -> None:
    probabilities = as_probabilities(np.array([[0, 0], [0.2, 0.6]], np.float32))

    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.25, 0.75]])


def test_a_loss_that_is_not_finite_ends_the_trial_with_its_step(phantom: Dataset, tmp_path: Path) -> None:
    result = train_trial(task(phantom, tmp_path, optimizer="sgd", learning_rate=1e30, batch_size=16))

    assert isinstance(result, Diverged)
    assert 1 <= result.step <= 10
    assert not np.isfinite(result.loss)


def test_the_last_smaller_batch_is_trained_on_too(phantom: Dataset, tmp_path: Path) -> None:
    whole = train_trial(task(phantom, tmp_path, batch_size=65, epochs=1))
    with_rest = train_trial(task(phantom, tmp_path, batch_size=64, epochs=1))

    assert isinstance(whole, TrialMetrics)
    assert isinstance(with_rest, TrialMetrics)
    assert whole.epochs[0].train_loss != with_rest.epochs[0].train_loss


def test_resident_images_are_the_mapped_file_and_no_copy(phantom: Dataset, tmp_path: Path) -> None:
    path = cached_images(phantom, SHAPE, tmp_path)
    tensor = resident_images(path)
    before = float(tensor[0, 0, 0, 0])

    # Pages of a private mapping follow the file until this process writes to them.
    with path.open("r+b") as file:
        file.seek(open_images(path).offset)
        file.write(np.float32(before + 0.5).tobytes())

    assert float(tensor[0, 0, 0, 0]) == pytest.approx(before + 0.5)
    resident_images.cache_clear()
