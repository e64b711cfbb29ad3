"""Trains a network on all images of a data set, for use and not for measurement: nothing is held out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data import Split
from bench.records import EpochMetrics, NetworkTrial
from bench.train.backend import Diverged
from bench.train.examples import choose_examples, n_examples_per_epoch
from bench.train.tensorflow_backend.engine import compiled_engine
from bench.train.tensorflow_backend.evaluate import loss_and_accuracy
from bench.train.tensorflow_backend.fit import fit
from bench.train.tensorflow_backend.resident import ResidentData, one_hot, resident_images
from bench.train.tensorflow_backend.train_cohort import check_outputs


@dataclass(frozen=True)
class WholeTraining:
    """A network that was trained on all images.

    Attributes:
        weights: in the order of ``Engine.weights``.
        epochs: ``val_*`` are NaN, since no image is held out.
        chosen_epoch: the epoch whose weights these are, from 1.
        train_accuracy: on the images trained on, in [0, 1], in inference mode.
        train_loss: on the images trained on, mean nats per example.
        train_s: wall time without compilation.
    """

    weights: tuple[NDArray[np.float32], ...]
    epochs: tuple[EpochMetrics, ...]
    chosen_epoch: int
    train_accuracy: float
    train_loss: float
    train_s: float


def train_whole(
    trial: NetworkTrial, images_path: Path, split: Split, clock: Callable[[], float]
) -> WholeTraining | Diverged:
    """Train the network of a trial that holds nothing out, with the engine and the random streams of every trial.

    Args:
        trial: its ``fold`` is one that holds no image out, such as ``n_folds``.
        images_path: decoded images, a file of ``bench.data.cached_images``.
        split: the split of the trial's seed.
        clock: seconds, monotonic.

    Raises:
        ValueError: the trial holds images out.
        NetworkOutputError: the network's outputs are not probabilities.
    """
    protocol = trial.protocol
    examples = choose_examples(protocol, split, trial.seed, trial.fold)
    if len(examples.test_rows):
        raise ValueError(f"a training on all images holds none out; fold {trial.fold} holds {len(examples.test_rows)}")
    engine = compiled_engine(trial.network, protocol)
    engine.prepare("train", "test", "predict")
    check_outputs(trial.network, protocol)
    data = ResidentData(resident_images(images_path), one_hot(examples.labels, trial.network.n_classes))
    started = clock()
    fitted = fit(engine, protocol, examples, data, trial.seed, trial.fold)
    if isinstance(fitted, Diverged):
        return fitted
    train_loss, train_accuracy = loss_and_accuracy(engine, data, examples.train_rows, protocol.batch_size)
    if not np.isfinite(train_loss):
        n_steps = len(fitted.epochs) * -(-n_examples_per_epoch(protocol, examples) // protocol.batch_size)
        return Diverged(n_steps, train_loss)
    return WholeTraining(
        weights=tuple(engine.weights()),
        epochs=fitted.epochs,
        chosen_epoch=fitted.chosen.epoch,
        train_accuracy=train_accuracy,
        train_loss=train_loss,
        train_s=clock() - started,
    )
