"""``TensorFlowBackend``: trains the trials of a cohort one after another on one compiled engine."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench import controls
from bench.records import Network, NetworkTrial, Protocol, TrialMetrics
from bench.seeds import generator
from bench.train.backend import Cohort, Diverged, Runtime
from bench.train.examples import Examples, choose_examples, n_examples_per_epoch
from bench.train.probabilities import as_probabilities
from bench.train.tensorflow_backend.engine import compiled_engine
from bench.train.tensorflow_backend.evaluate import loss_and_accuracy, outputs
from bench.train.tensorflow_backend.fit import fit
from bench.train.tensorflow_backend.resident import ResidentData, constant, one_hot, resident_images
from bench.train.tensorflow_backend.runtime import FLAGS, configure

N_CHECKED_IMAGES = 8
"""The number of images of noise on which a network's outputs are checked to be probabilities."""


class TensorFlowBackend:
    """Keras on TensorFlow, on the CPU. See ``bench.train.backend.Backend``.

    The compiled engine of the last network and protocol is kept, so a process compiles once for consecutive cohorts
    that share them.
    """

    name = "tensorflow"
    numerics = "1"
    trials_at_once = 1
    preload: tuple[str, ...] = ("bench.train.tensorflow_backend.preload",)

    def prepare(self, threads: int) -> None:
        """See ``runtime.configure``."""
        configure(threads)

    def runtime(self, threads: int) -> Runtime:
        """TensorFlow's and Keras's versions, flags, threads and determinism."""
        return Runtime(
            packages=("tensorflow", "keras"),
            variable_prefixes=("TF_ENABLE", "TF_NUM", "TF_XLA", "TF_DISABLE", "XLA_", "ONEDNN_", "DNNL_"),
            flags=FLAGS,
            settings={"intra_op_threads": threads, "inter_op_threads": 1, "op_determinism": True},
        )

    def train(self, cohort: Cohort, clock: Callable[[], float]) -> Iterator[TrialMetrics | Diverged]:
        """Train and evaluate each trial of a cohort; ``train_s`` excludes compilation."""
        for trial in cohort.trials:
            yield _train(trial, cohort, clock)


def _train(trial: NetworkTrial, cohort: Cohort, clock: Callable[[], float]) -> TrialMetrics | Diverged:
    protocol = trial.protocol
    engine = compiled_engine(trial.network, protocol)
    engine.prepare("train", "test", "predict")
    check_outputs(trial.network, protocol)
    examples = choose_examples(protocol, cohort.splits[trial.seed], trial.seed, trial.fold)
    images = resident_images(cohort.images_path)
    if trial.control is not None:
        images, examples = _controlled(trial, examples, images)
    data = ResidentData(images, one_hot(examples.labels, trial.network.n_classes))

    started = clock()
    fitted = fit(engine, protocol, examples, data, trial.seed, trial.fold)
    if isinstance(fitted, Diverged):
        return fitted
    train_loss, train_accuracy = loss_and_accuracy(engine, data, examples.train_rows, protocol.batch_size)
    if not np.isfinite(train_loss):
        n_steps = len(fitted.epochs) * -(-n_examples_per_epoch(protocol, examples) // protocol.batch_size)
        return Diverged(n_steps, train_loss)
    probabilities = as_probabilities(outputs(engine, data, examples.test_rows, protocol.batch_size), trial.network)
    return TrialMetrics(
        epochs=fitted.epochs,
        train_accuracy=train_accuracy,
        train_loss=train_loss,
        val_accuracy=fitted.chosen.val_accuracy,
        val_loss=fitted.chosen.val_loss,
        train_s=clock() - started,
        test_rows=examples.test_rows,
        probabilities=probabilities,
        chosen_epoch=fitted.chosen.epoch,
        inner_accuracy=fitted.chosen.inner_accuracy,
        inner_loss=fitted.chosen.inner_loss,
    )


def _controlled(trial: NetworkTrial, examples: Examples, images: Any) -> tuple[Any, Examples]:
    """Images and examples as the trial's control changes them; held-out rows keep their labels."""
    control = controls.get(str(trial.control))
    if control.transform is None:
        raise ValueError(f"a control that trains no network is run by fit_control; received {control.name}")
    mask = np.ones(trial.network.input_shape[:2], np.float32)
    changed = control.transform(
        controls.NetworkInputs(mask, examples.labels),
        np.union1d(examples.train_rows, examples.inner_rows),
        generator(trial.seed, trial.fold, f"control/{control.name}"),
    )
    if not np.array_equal(changed.mask, mask):
        images = images * constant(changed.mask[..., np.newaxis])
    return images, replace(examples, labels=changed.labels)


@functools.cache
def check_outputs(network: Network, protocol: Protocol) -> None:
    """Refuse a network whose outputs are not probabilities, before training; once per network and protocol.

    Raises:
        NetworkOutputError: see ``as_probabilities``.
    """
    noise = np.random.Generator(np.random.PCG64(0)).random((N_CHECKED_IMAGES, *network.input_shape), np.float32)
    rows = np.arange(N_CHECKED_IMAGES)
    data = ResidentData(constant(noise), one_hot(rows % network.n_classes, network.n_classes))
    as_probabilities(outputs(compiled_engine(network, protocol), data, rows, N_CHECKED_IMAGES), network)
