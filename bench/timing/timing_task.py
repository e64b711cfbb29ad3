"""``TimingTask``: the task that is sent to a measuring process."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.errors import TimingError
from bench.records import Network, Protocol, TimedPart

RESIDENT_PARTS = (
    TimedPart.STEP,
    TimedPart.FORWARD,
    TimedPart.FORWARD_BACKWARD,
    TimedPart.VALIDATION,
    TimedPart.INFERENCE_1,
    TimedPart.INFERENCE_32,
)
"""Parts of the harness's engine. One process measures the requested ones in this order. The step is first, and memory
is read after it."""

FIT_PARTS = (TimedPart.KERAS, TimedPart.DISK)
"""Parts that are steps of ``model.fit``, each in a separate process."""


def named_parts(names: str | None) -> tuple[TimedPart, ...]:
    """The parts that a comma-separated text names, in the order of measuring; None names all.

    Raises:
        TimingError: a name that is not a part.
    """
    known = (*RESIDENT_PARTS, *FIT_PARTS)
    asked = known if names is None else [name.strip() for name in names.split(",")]
    for name in asked:
        if name not in known:
            raise TimingError(f"what can be timed is {', '.join(known)}; received {name!r}: name some of these")
    return tuple(part for part in known if part in asked)


@dataclass(frozen=True, slots=True)
class FitData:
    """The data of ``model.fit``: those of a trial of the first fold.

    Attributes:
        images_path: decoded images, a file of ``bench.data.cached_images``.
        labels: (n,) class numbers.
        train_rows: rows to train on.
        val_rows: rows of the held-out fold.
        root: a folder that holds every image as a file.
        files: n names below ``root``.
    """

    images_path: Path
    labels: NDArray[np.int64]
    train_rows: NDArray[np.int64]
    val_rows: NDArray[np.int64]
    root: Path
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimingTask:
    """The measurements of one process: some parts of one network under one protocol, in one round.

    Attributes:
        network: the network to time.
        protocol: its optimizer, batch size and precision.
        parts: some of ``RESIDENT_PARTS``, or one of ``FIT_PARTS``.
        threads: the intra-op threads of the process.
        cpus: the cores to which the process is bound.
        batch_size: examples per step; the protocol's, or fewer if that did not fit into memory.
        n_samples: the least number of samples per part, without warm-up; for ``FIT_PARTS``, of steps.
        with_costs: whether memory, sizes and the machine's peak are measured after the step.
        fit_data: needed by ``FIT_PARTS`` only: the times of resident parts do not depend on the content of images.
    """

    network: Network
    protocol: Protocol
    parts: tuple[TimedPart, ...]
    threads: int
    cpus: tuple[int, ...]
    batch_size: int
    n_samples: int
    with_costs: bool = False
    fit_data: FitData | None = None
