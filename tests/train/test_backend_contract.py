"""What every backend promises (see ``bench.train.backend.Backend``), checked of each one."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.data import Split
from bench.records import Network, NetworkTrial, Protocol, TrialMetrics
from bench.train.backend import Backend, Cohort, Diverged
from bench.train.backend_registry import BACKENDS
from bench.train.examples import choose_examples
from tests.train.logistic_backend import logistic

SHAPE = (10, 10, 1)
N_IMAGES = 90
FACTORIES: list[Callable[[], Backend]] = [*map(BACKENDS.get, BACKENDS.names()), logistic]


@pytest.fixture(params=FACTORIES, ids=lambda factory: factory.__name__)
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param.__name__ == "tensorflow":
        request.getfixturevalue("tensorflow_runtime")
    made: Backend = request.param()
    return made


def split(seed: int) -> Split:
    labels = np.arange(N_IMAGES) % 2
    return Split(labels, np.arange(N_IMAGES) // 2, np.random.default_rng(seed).permutation(N_IMAGES // 2).repeat(2) % 3)


def trial(seed: int = 0, fold: int = 0, control: str | None = None, **protocol: object) -> NetworkTrial:
    return NetworkTrial(
        network=Network(
            architecture="paper_small",
            width=0.125,
            axes=(("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", "softmax")),
            input_shape=SHAPE,
            n_classes=2,
        ),
        protocol=Protocol.model_validate({"epochs": 2, "batch_size": 16, **protocol}),
        dataset="planted",
        data_hash="d",
        split_hash="s",
        n_folds=3,
        fold=fold,
        seed=seed,
        control=control,
    )


def cohort(folder: Path, *trials: NetworkTrial) -> Cohort:
    path = folder / "images.npy"
    if not path.exists():
        draw = np.random.default_rng(0)
        shown = 0.4 * draw.random((N_IMAGES, *SHAPE), dtype=np.float32)
        shown[1::2] += 0.3
        np.save(path, shown)
    return Cohort(trials, path, {each.seed: split(each.seed) for each in trials})


def trained(backend: Backend, work: Cohort) -> list[TrialMetrics]:
    results = list(backend.train(work, time.perf_counter))
    assert all(isinstance(result, TrialMetrics) for result in results)
    return [result for result in results if isinstance(result, TrialMetrics)]


def assert_same(left: TrialMetrics, right: TrialMetrics) -> None:
    assert replace(left, train_s=0, test_rows=right.test_rows, probabilities=right.probabilities) == replace(
        right, train_s=0
    )
    np.testing.assert_array_equal(left.test_rows, right.test_rows)
    np.testing.assert_array_equal(left.probabilities, right.probabilities)


def test_a_backend_is_registered_under_its_name(backend: Backend) -> None:
    assert backend.name in {factory.__name__ for factory in FACTORIES}
    assert backend.trials_at_once >= 1
    NetworkTrial.model_validate({**trial().model_dump(), "backend": backend.name, "numerics": backend.numerics})


def test_there_is_one_result_per_trial_in_the_order_of_the_cohort(backend: Backend, tmp_path: Path) -> None:
    trials = [trial(seed, fold) for seed, fold in ((1, 2), (0, 0), (1, 0))]

    results = trained(backend, cohort(tmp_path, *trials))

    for each, result in zip(trials, results, strict=True):
        expected = np.flatnonzero(split(each.seed).assignment == each.fold)
        np.testing.assert_array_equal(result.test_rows, expected)


def test_a_trial_gives_the_same_bits_alone_and_after_others(backend: Backend, tmp_path: Path) -> None:
    (alone,) = trained(backend, cohort(tmp_path, trial()))
    *_, after = trained(backend, cohort(tmp_path, trial(3), trial(1, 2), trial()))

    assert_same(alone, after)


def test_seed_and_fold_each_change_the_numbers(backend: Backend, tmp_path: Path) -> None:
    results = trained(backend, cohort(tmp_path, trial(), trial(1), trial(0, 1)))

    assert len({result.val_loss for result in results}) == 3


def test_probabilities_are_finite_not_negative_and_sum_to_one(backend: Backend, tmp_path: Path) -> None:
    (result,) = trained(backend, cohort(tmp_path, trial()))

    assert result.probabilities.dtype == np.float32
    assert result.probabilities.shape == (len(result.test_rows), 2)
    assert np.all(np.isfinite(result.probabilities))
    assert np.all(result.probabilities >= 0)
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_accuracy_and_loss_follow_from_the_probabilities_and_the_true_labels(backend: Backend, tmp_path: Path) -> None:
    (result,) = trained(backend, cohort(tmp_path, trial(label_noise=0.3)))

    truth = split(0).labels[result.test_rows]
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    nats = -np.log(result.probabilities[np.arange(len(truth)), truth])
    assert result.val_loss == pytest.approx(nats.mean(), rel=1e-4)


def test_there_are_metrics_of_every_epoch_and_the_last_is_the_result(backend: Backend, tmp_path: Path) -> None:
    (result,) = trained(backend, cohort(tmp_path, trial(epochs=3)))

    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3]
    assert (result.val_loss, result.val_accuracy) == (result.epochs[-1].val_loss, result.epochs[-1].val_accuracy)
    assert result.chosen_epoch == 3


def test_it_learns_what_is_easy(backend: Backend, tmp_path: Path) -> None:
    (result,) = trained(backend, cohort(tmp_path, trial(epochs=30, learning_rate=0.01)))

    assert result.epochs[-1].train_loss < result.epochs[0].train_loss
    assert result.val_accuracy > 0.8


def test_held_out_labels_reach_nothing_but_the_validation_metrics(backend: Backend, tmp_path: Path) -> None:
    work = cohort(tmp_path, trial())
    held_out = work.splits[0].assignment == 0
    labels = np.where(held_out, 1 - work.splits[0].labels, work.splits[0].labels)
    (result,) = trained(backend, work)
    (turned,) = trained(backend, replace(work, splits={0: replace(work.splits[0], labels=labels)}))

    np.testing.assert_array_equal(result.probabilities, turned.probabilities)
    assert result.train_loss == turned.train_loss
    assert result.val_accuracy == pytest.approx(1 - turned.val_accuracy)


def test_what_is_trained_on_is_the_trials_choice_of_examples(backend: Backend, tmp_path: Path) -> None:
    few = trial(n_train=20)
    rows = choose_examples(few.protocol, split(0), 0, 0).train_rows
    work = cohort(tmp_path, few)
    (result,) = trained(backend, work)
    images = np.load(work.images_path)
    others = np.setdiff1d(np.flatnonzero(split(0).assignment != 0), rows)
    images[others] = 0
    np.save(tmp_path / "changed.npy", images)

    (again,) = trained(backend, replace(work, images_path=tmp_path / "changed.npy"))

    assert_same(result, again)


def test_shuffled_labels_are_trained_on_and_true_ones_tested_against(backend: Backend, tmp_path: Path) -> None:
    (result,) = trained(backend, cohort(tmp_path, trial(control="shuffled_labels", epochs=4)))
    (plain,) = trained(backend, cohort(tmp_path, trial(epochs=4)))

    truth = split(0).labels[result.test_rows]
    assert result.val_accuracy == np.mean(result.probabilities.argmax(axis=1) == truth)
    assert result.train_loss > plain.train_loss


def test_a_trial_that_diverges_ends_with_its_step_and_the_others_go_on(backend: Backend, tmp_path: Path) -> None:
    diverging: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 1.7e308 if backend.name == "logistic" else 1e30}
    trials = [trial(seed, **diverging) for seed in range(2)]

    results = list(backend.train(cohort(tmp_path, *trials), time.perf_counter))

    assert len(results) == 2
    for result in results:
        assert isinstance(result, Diverged)
        assert 1 <= result.step <= 8
        assert not np.isfinite(result.loss)


def test_a_result_is_there_before_the_next_trial_starts_unless_they_train_side_by_side(
    backend: Backend, tmp_path: Path
) -> None:
    ticks = itertools.count()
    results = backend.train(cohort(tmp_path, trial(), trial(1)), lambda: float(next(ticks)))

    next(results)
    n_read = next(ticks)
    next(results)

    assert n_read < next(ticks) - 1


def test_the_runtime_is_ready_to_be_stored(backend: Backend) -> None:
    runtime = backend.runtime(1)

    assert runtime.packages
    assert runtime.settings["intra_op_threads"] == 1


def test_trials_of_two_networks_or_none_are_no_cohort(tmp_path: Path) -> None:
    other = trial().model_copy(update={"protocol": Protocol(epochs=9)})
    for trials in ((), (trial(), other)):
        with pytest.raises(ValueError, match="a cohort has one network and one protocol"):
            cohort(tmp_path, *trials)
