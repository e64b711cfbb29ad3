"""A small second backend: multinomial logistic regression by gradient descent, in NumPy."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import controls
from bench.data import open_images
from bench.named_factories import NamedFactories
from bench.records import EpochMetrics, NetworkTrial, TrialMetrics
from bench.seeds import generator
from bench.train import backend_registry
from bench.train.backend import Backend, Cohort, Diverged, Runtime
from bench.train.examples import choose_examples, epoch_rows
from bench.train.fitted_control import accuracy_and_loss
from bench.train.probabilities import as_probabilities


class LogisticBackend:
    """Ignores the network but for its shapes: pixels to classes, without a hidden layer."""

    name = "logistic"
    numerics = "float64"
    trials_at_once = 3
    preload: tuple[str, ...] = ()

    def prepare(self, threads: int) -> None:
        pass

    def runtime(self, threads: int) -> Runtime:
        return Runtime(("numpy",), (), {}, {"intra_op_threads": threads})

    def train(self, cohort: Cohort, clock: Callable[[], float]) -> Iterator[TrialMetrics | Diverged]:
        images = open_images(cohort.images_path)
        pixels = np.asarray(images, np.float64).reshape(len(images), -1) - 0.35
        for trial in cohort.trials:
            yield _train(trial, cohort, pixels, clock)


def _train(
    trial: NetworkTrial, cohort: Cohort, pixels: NDArray[np.float64], clock: Callable[[], float]
) -> TrialMetrics | Diverged:
    started = clock()
    protocol, n_classes = trial.protocol, trial.network.n_classes
    truth = cohort.splits[trial.seed].labels
    examples = choose_examples(protocol, cohort.splits[trial.seed], trial.seed, trial.fold)
    labels = examples.labels
    if trial.control is not None:
        transform = controls.get(trial.control).transform
        assert transform is not None
        rows = np.union1d(examples.train_rows, examples.inner_rows)
        inputs = controls.NetworkInputs(np.ones(trial.network.input_shape[:2], np.float32), labels)
        labels = transform(inputs, rows, generator(trial.seed, trial.fold, f"control/{trial.control}")).labels
    weights = generator(trial.seed, trial.fold, "weights").normal(0, 0.01, (pixels.shape[1], n_classes))
    order, repeats = (generator(trial.seed, trial.fold, purpose) for purpose in ("batch_order", "oversample"))

    def predict(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        logits = pixels[rows] @ weights
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = np.maximum(powers / powers.sum(axis=1, keepdims=True), 1e-12)
        return probabilities

    epochs = []
    step = 0
    with np.errstate(all="ignore"):
        for epoch in range(1, protocol.epochs + 1):
            batch_order = epoch_rows(protocol, examples, order, repeats)
            for start in range(0, len(batch_order), protocol.batch_size):
                batch = batch_order[start : start + protocol.batch_size]
                error = predict(batch) - np.eye(n_classes)[labels[batch]]
                weights -= protocol.learning_rate * pixels[batch].T @ error / len(batch)
                step += 1
                if not np.isfinite(loss := accuracy_and_loss(predict(batch), labels[batch])[1]):
                    return Diverged(step, loss)
            train_accuracy, train_loss = accuracy_and_loss(predict(examples.train_rows), labels[examples.train_rows])
            val_accuracy, val_loss = accuracy_and_loss(predict(examples.test_rows), truth[examples.test_rows])
            epochs.append(EpochMetrics(epoch, train_loss, train_accuracy, val_loss, val_accuracy))
    return TrialMetrics(
        epochs=tuple(epochs),
        train_accuracy=train_accuracy,
        train_loss=train_loss,
        val_accuracy=val_accuracy,
        val_loss=val_loss,
        train_s=clock() - started,
        test_rows=examples.test_rows,
        probabilities=as_probabilities(predict(examples.test_rows).astype(np.float32), trial.network),
        chosen_epoch=protocol.epochs,
    )


def logistic() -> Backend:
    """Multinomial logistic regression."""
    return LogisticBackend()


@pytest.fixture
def registered_logistic_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    backends: NamedFactories[Callable[[], Backend]] = NamedFactories("backend")
    backends.register(backend_registry.tensorflow)
    backends.register(logistic)
    monkeypatch.setattr("bench.training_pass.BACKENDS", backends)
    monkeypatch.setattr("bench.train.worker_tasks.BACKENDS", backends)
    monkeypatch.setattr("bench.environment.BACKENDS", backends)
