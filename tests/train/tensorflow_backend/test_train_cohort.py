import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import architectures
from architectures import registry
from bench.data import Dataset, Split, assign_folds, cached_images, open_dataset, open_images
from bench.errors import NetworkOutputError
from bench.records import Network, NetworkTrial, Protocol, TrialMetrics
from bench.train.backend import Cohort, Diverged
from bench.train.tensorflow_backend.engine import compiled_engine
from bench.train.tensorflow_backend.resident import resident_images
from bench.train.tensorflow_backend.train_cohort import TensorFlowBackend

pytestmark = pytest.mark.usefixtures("tensorflow_runtime")

SHAPE = (24, 24, 1)


@pytest.fixture(scope="module")
def phantom() -> Dataset:
    return open_dataset("phantom")


def cohort(
    dataset: Dataset,
    cache: Path,
    *,
    seed: int = 0,
    fold: int = 0,
    activation: str = "softmax",
    control: str | None = None,
    **protocol: object,
) -> Cohort:
    split = Split(dataset.labels, np.arange(len(dataset.labels)), assign_folds(dataset.labels, 3, seed))
    trial = NetworkTrial(
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
        control=control,
    )
    return Cohort((trial,), cached_images(dataset, SHAPE, cache), {seed: split})


def train(work: Cohort) -> TrialMetrics | Diverged:
    (result,) = TensorFlowBackend().train(work, time.perf_counter)
    return result


def assert_same(left: TrialMetrics | Diverged, right: TrialMetrics | Diverged) -> None:
    assert isinstance(left, TrialMetrics)
    assert isinstance(right, TrialMetrics)
    assert left.epochs == right.epochs
    assert (left.train_loss, left.val_loss) == (right.train_loss, right.val_loss)
    np.testing.assert_array_equal(left.probabilities, right.probabilities)


def test_a_trial_gives_the_same_bits_whatever_ran_before_it(phantom: Dataset, tmp_path: Path) -> None:
    first = train(cohort(phantom, tmp_path))
    train(cohort(phantom, tmp_path, seed=4, fold=2))
    again = train(cohort(phantom, tmp_path))
    compiled_engine.cache_clear()
    fresh = train(cohort(phantom, tmp_path))

    assert_same(first, again)
    assert_same(first, fresh)


def test_seed_and_fold_each_change_the_numbers(phantom: Dataset, tmp_path: Path) -> None:
    losses = {
        (seed, fold): result.val_loss
        for seed, fold in [(0, 0), (1, 0), (0, 1)]
        if isinstance(result := train(cohort(phantom, tmp_path, seed=seed, fold=fold)), TrialMetrics)
    }

    assert len(set(losses.values())) == 3


def test_held_out_rows_are_the_folds_own_and_probabilities_sum_to_one(phantom: Dataset, tmp_path: Path) -> None:
    work = cohort(phantom, tmp_path)
    result = train(work)

    assert isinstance(result, TrialMetrics)
    np.testing.assert_array_equal(result.test_rows, np.flatnonzero(work.splits[0].assignment == 0))
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_stored_accuracy_and_loss_follow_from_the_stored_probabilities(phantom: Dataset, tmp_path: Path) -> None:
    result = train(cohort(phantom, tmp_path, epochs=4))

    assert isinstance(result, TrialMetrics)
    truth = phantom.labels[result.test_rows]
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    nats = -np.log(result.probabilities[np.arange(len(truth)), truth])
    assert result.val_loss == pytest.approx(nats.mean(), rel=1e-4)
    assert result.val_loss == result.epochs[-1].val_loss


def test_keras_trains_sigmoid_outputs_under_categorical_cross_entropy_as_if_they_were_softmax(
    phantom: Dataset, tmp_path: Path
) -> None:
    softmax = train(cohort(phantom, tmp_path))
    sigmoid = train(cohort(phantom, tmp_path, activation="sigmoid"))

    assert isinstance(softmax, TrialMetrics)
    assert isinstance(sigmoid, TrialMetrics)
    assert sigmoid.epochs == softmax.epochs
    assert not np.array_equal(sigmoid.probabilities, softmax.probabilities)
    np.testing.assert_allclose(sigmoid.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_bfloat16_trains_to_other_numbers_near_those_of_float32(phantom: Dataset, tmp_path: Path) -> None:
    full = train(cohort(phantom, tmp_path, epochs=4))
    mixed = train(cohort(phantom, tmp_path, epochs=4, precision="mixed_bfloat16"))
    again = train(cohort(phantom, tmp_path, epochs=4))

    assert isinstance(full, TrialMetrics)
    assert isinstance(mixed, TrialMetrics)
    assert mixed.probabilities.dtype == np.float32
    assert 0 < abs(mixed.train_loss - full.train_loss) < 0.1
    np.testing.assert_allclose(mixed.probabilities.sum(axis=1), 1, atol=1e-2)
    assert_same(full, again)  # the policy does not outlast the trial


def test_a_loss_that_is_not_finite_ends_the_trial_with_its_step(phantom: Dataset, tmp_path: Path) -> None:
    result = train(cohort(phantom, tmp_path, optimizer="sgd", learning_rate=1e30, batch_size=16))

    assert isinstance(result, Diverged)
    assert 1 <= result.step <= 10
    assert not np.isfinite(result.loss)


def test_the_last_smaller_batch_is_trained_on_too(phantom: Dataset, tmp_path: Path) -> None:
    whole = train(cohort(phantom, tmp_path, batch_size=65, epochs=1))
    with_rest = train(cohort(phantom, tmp_path, batch_size=64, epochs=1))

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


AUGMENTED: dict[str, Any] = {
    "augment_flip": "horizontal",
    "augment_shift": 0.1,
    "augment_rotation_degrees": 10.0,
    "augment_zoom": 0.1,
    "augment_contrast": 0.2,
}


def test_augmentation_gives_the_same_bits_again_and_draws_anew_for_another_seed(
    phantom: Dataset, tmp_path: Path
) -> None:
    first = train(cohort(phantom, tmp_path, **AUGMENTED))
    train(cohort(phantom, tmp_path, seed=3, **AUGMENTED))
    assert_same(first, train(cohort(phantom, tmp_path, **AUGMENTED)))
    compiled_engine.cache_clear()
    assert_same(first, train(cohort(phantom, tmp_path, **AUGMENTED)))
    plain = train(cohort(phantom, tmp_path))
    assert isinstance(plain, TrialMetrics)
    assert isinstance(first, TrialMetrics)
    assert plain.train_loss != first.train_loss


@pytest.mark.parametrize(
    "change", [{"class_balance": "class_weight"}, {"class_balance": "oversample"}, {"n_train": 20}]
)
def test_each_axis_of_the_data_trains_and_changes_the_numbers(
    phantom: Dataset, tmp_path: Path, change: dict[str, Any]
) -> None:
    plain, changed = train(cohort(phantom, tmp_path)), train(cohort(phantom, tmp_path, **change))
    assert isinstance(plain, TrialMetrics)
    assert isinstance(changed, TrialMetrics)
    assert changed.val_loss != plain.val_loss
    np.testing.assert_array_equal(changed.test_rows, plain.test_rows)


def test_the_weights_of_the_epoch_with_the_least_inner_loss_are_evaluated(phantom: Dataset, tmp_path: Path) -> None:
    nested: dict[str, Any] = {"inner_share": 0.2, "learning_rate": 0.1, "epochs": 8}
    last = train(cohort(phantom, tmp_path, **nested))
    chosen = train(cohort(phantom, tmp_path, epoch_choice="least_inner_loss", **nested))
    assert isinstance(last, TrialMetrics)
    assert isinstance(chosen, TrialMetrics)
    assert last.epochs == chosen.epochs
    losses = [epoch.inner_loss for epoch in chosen.epochs if epoch.inner_loss is not None]
    best = losses.index(min(losses)) + 1
    assert (last.chosen_epoch, chosen.chosen_epoch) == (8, best)
    assert best < 8, "the choice must differ from the last epoch for this test to see it"
    assert (chosen.val_loss, chosen.inner_loss) == (chosen.epochs[best - 1].val_loss, min(losses))
    shorter = train(cohort(phantom, tmp_path, **(nested | {"epochs": best})))
    assert isinstance(shorter, TrialMetrics)
    np.testing.assert_array_equal(chosen.probabilities, shorter.probabilities)
    assert (chosen.train_loss, chosen.train_accuracy) == (shorter.train_loss, shorter.train_accuracy)


def test_nothing_held_out_reaches_the_choice_of_the_epoch(phantom: Dataset, tmp_path: Path) -> None:
    nested: dict[str, Any] = {
        "inner_share": 0.2,
        "learning_rate": 0.02,
        "epochs": 8,
        "epoch_choice": "least_inner_loss",
    }
    work = cohort(phantom, tmp_path, **nested)
    split = work.splits[0]
    turned_labels = np.where(split.assignment == 0, 1 - split.labels, split.labels)
    turned = replace(work, splits={0: replace(split, labels=turned_labels)})
    first, second = train(work), train(turned)
    assert isinstance(first, TrialMetrics)
    assert isinstance(second, TrialMetrics)
    assert first.chosen_epoch == second.chosen_epoch
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert first.val_accuracy == pytest.approx(1 - second.val_accuracy)


def test_a_network_that_sees_the_border_only_predicts_the_same_whatever_the_centre_shows(
    phantom: Dataset, tmp_path: Path
) -> None:
    work = cohort(phantom, tmp_path, control="border_only")
    images = np.array(open_images(work.images_path))
    images[:, 5:19, 5:19] = 1 - images[:, 5:19, 5:19]
    np.save(tmp_path / "changed.npy", images)
    border, other = train(work), train(replace(work, images_path=tmp_path / "changed.npy"))
    assert_same(border, other)
    network = train(cohort(phantom, tmp_path))
    assert isinstance(network, TrialMetrics)
    assert isinstance(border, TrialMetrics)
    assert network.val_loss != border.val_loss


def test_shuffled_labels_are_trained_on_and_true_ones_tested_against(phantom: Dataset, tmp_path: Path) -> None:
    result = train(cohort(phantom, tmp_path, control="shuffled_labels", epochs=30))
    assert isinstance(result, TrialMetrics)
    truth = phantom.labels[result.test_rows]
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    network = train(cohort(phantom, tmp_path, epochs=30))
    assert isinstance(network, TrialMetrics)
    assert network.train_loss < result.train_loss


def test_a_network_that_gives_logits_is_refused_before_it_trains_with_its_builder_and_package(
    phantom: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def logits(input_shape: tuple[int, int, int], n_classes: int) -> Any:
        import keras

        return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes)])

    logits.__module__ = "my_networks.plain"
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    architectures.register(source="planted", min_input=(1, 1))(logits)
    network = Network(architecture="logits", width=None, input_shape=SHAPE, n_classes=2)
    work = cohort(phantom, tmp_path)
    (trial,) = work.trials
    ticks = itertools.count()
    results = TensorFlowBackend().train(
        replace(work, trials=(trial.model_copy(update={"network": network}),)), lambda: float(next(ticks))
    )

    with pytest.raises(NetworkOutputError, match=r"logits of my_networks\.plain gave -\d") as refusal:
        next(results)

    assert len(str(refusal.value).splitlines()) == 1
    assert next(ticks) == 0, "it was trained first"
