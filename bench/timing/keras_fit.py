"""``model.fit`` on arrays and on files: the time of its steps, and the times that its progress bar prints."""

import contextlib
import io
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data import open_images
from bench.data.decode import decode, fit
from bench.records import TimedPart
from bench.timing.timing_task import FitData, TimingTask
from bench.timing.warm_up import MIN_WARMUP, collector_off
from bench.train.tensorflow_backend.optimizers import build_optimizer
from bench.train.tensorflow_backend.precision import build_model

MIN_EPOCHS = 3
_PRINTED_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*(s|ms|us|\u03bcs|\u00b5s)/step")
_MS = {"s": 1000.0, "ms": 1.0, "us": 0.001, "\u03bcs": 0.001, "\u00b5s": 0.001}


@dataclass(frozen=True, slots=True)
class FitTimes:
    """The times of ``model.fit``: one sample per epoch, its training time divided by its steps; warm-up separate.

    ``figures`` has ``bar_ms``: the time per step that Keras's progress bar prints at the end of an epoch, validation
    included; the median over epochs without the warm-up.
    """

    warmup_ns: tuple[int, ...]
    samples_ns: tuple[int, ...]
    figures: dict[str, float]


def time_fit(task: TimingTask, clock_ns: Callable[[], int]) -> FitTimes:
    """Fit a newly compiled model with Keras's defaults and validation after each epoch, as a script does.

    A sample is the training time of an epoch divided by its steps. Batches are prepared ahead, so the times of single
    steps mean little. The last batch may be smaller than the others. The loss is fetched in each step. The warm-up has
    at least two epochs and six steps. The measurement has at least three epochs and ``task.n_samples`` steps.
    """
    if task.fit_data is None:
        raise ValueError("model.fit is timed on a data set; received a task without fit_data")
    data = task.fit_data
    n_steps = -(-len(data.train_rows) // task.batch_size)
    n_warmup = max(2, -(-MIN_WARMUP // n_steps))
    n_epochs = max(MIN_EPOCHS, -(-task.n_samples // n_steps))
    model = build_model(task.network, task.protocol.precision)
    model.compile(optimizer=build_optimizer(task.protocol), loss=task.protocol.loss, metrics=["accuracy"])
    watch = stopwatch(clock_ns)
    printed = io.StringIO()
    arguments = _from_files(task, data) if task.parts == (TimedPart.DISK,) else _from_arrays(task, data)
    with collector_off(), contextlib.redirect_stdout(printed):
        model.fit(**arguments, epochs=n_warmup + n_epochs, verbose=1, callbacks=[watch])
    samples_ns = tuple(epoch_ns // n_steps for epoch_ns in watch.epochs_ns)
    bar_ms = printed_step_ms(printed.getvalue())[n_warmup:]
    return FitTimes(samples_ns[:n_warmup], samples_ns[n_warmup:], {"bar_ms": statistics.median(bar_ms)})


def printed_step_ms(text: str) -> list[float]:
    """The last milliseconds per step that Keras's progress bar prints in each epoch."""
    epochs = re.split(r"Epoch \d+/\d+", text)[1:]
    last = [_PRINTED_STEP.findall(epoch)[-1] for epoch in epochs]
    return [float(number) * _MS[unit] for number, unit in last]


def stopwatch(clock_ns: Callable[[], int]) -> Any:
    """A Keras callback. ``epochs_ns`` has the nanoseconds from the start of each epoch to the loss of its last step."""
    import keras

    class Stopwatch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
        def __init__(self) -> None:
            super().__init__()
            self.epochs_ns: list[int] = []
            self._started = 0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epochs_ns.append(0)
            self._started = clock_ns()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            float(logs["loss"])
            self.epochs_ns[-1] = clock_ns() - self._started

    return Stopwatch()


def image_files(
    paths: Sequence[Path],
    labels: NDArray[np.float32],
    input_shape: tuple[int, int, int],
    batch_size: int,
    generator: np.random.Generator,
) -> Any:
    """A Keras data set that decodes and resizes its files in every epoch, each time in another order."""
    import keras

    class ImageFiles(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
        def __init__(self) -> None:
            super().__init__()
            self._order = generator.permutation(len(paths))

        def __len__(self) -> int:
            return -(-len(paths) // batch_size)

        def __getitem__(self, batch: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            rows = self._order[batch * batch_size : (batch + 1) * batch_size]
            return np.stack([fit(decode(paths[row]), input_shape) for row in rows]), labels[rows]

        def on_epoch_end(self) -> None:
            self._order = generator.permutation(len(paths))

    return ImageFiles()


def _from_arrays(task: TimingTask, data: FitData) -> dict[str, Any]:
    images, labels = open_images(data.images_path), _one_hot(task, data)
    return {
        "x": np.array(images[data.train_rows]),
        "y": labels[data.train_rows],
        "batch_size": task.batch_size,
        "validation_data": (np.array(images[data.val_rows]), labels[data.val_rows]),
    }


def _from_files(task: TimingTask, data: FitData) -> dict[str, Any]:
    labels = _one_hot(task, data)
    generator = np.random.Generator(np.random.PCG64(0))

    def files(rows: NDArray[np.int64]) -> Any:
        paths = [data.root / data.files[row] for row in rows]
        return image_files(paths, labels[rows], task.network.input_shape, task.batch_size, generator)

    return {"x": files(data.train_rows), "validation_data": files(data.val_rows)}


def _one_hot(task: TimingTask, data: FitData) -> NDArray[np.float32]:
    return np.eye(task.network.n_classes, dtype=np.float32)[data.labels]
