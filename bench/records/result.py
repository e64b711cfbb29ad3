"""``TrialResult``: how a trial ended, with its metrics."""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class TrialState(enum.StrEnum):
    """The state of a trial with a stored result. A trial without one is pending."""

    DONE = "DONE"
    FAILED = "FAILED"


class FailureKind(enum.StrEnum):
    """Why a trial is FAILED."""

    DIVERGED = "diverged"
    """A loss was NaN or infinite; the same trial diverges again."""
    RAISED = "raised"
    """The training raised an exception; the same trial raises again."""
    LACKED_RESOURCES = "lacked_resources"
    """The machine refused memory or a file; rerunning the same command tries the trial again."""
    WORKER_DIED = "worker_died"
    """The process died (killed, out of memory) twice; rerunning the same command tries the trial again."""


RETRIED_FAILURES = (FailureKind.LACKED_RESOURCES, FailureKind.WORKER_DIED)
"""Failures of the machine and not of the trial: only these results are replaced by later ones."""


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One epoch. ``train_*`` are Keras's running means over its steps, with dropout on; ``val_*`` follow the epoch.

    ``inner_*`` are of the inner validation part, None where there is none. Losses are mean nats per example (with the
    regularisation loss, as Keras reports it); accuracies lie in [0, 1].
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    inner_loss: float | None = None
    inner_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class TrialMetrics:
    """The metrics of a finished training. A control that trains no network has no ``epochs``.

    All but ``epochs`` are computed in inference mode with the weights that the protocol chooses (of ``chosen_epoch``,
    1-based). ``train_*`` are on the examples trained on, with the labels trained on, so they are comparable with
    ``val_*``. ``inner_*`` are on the inner validation part, None if there is none. ``test_rows`` (n_test,) are the
    held-out images' row numbers in the data set, ascending; ``probabilities`` (n_test, n_classes) float32 are their
    class probabilities, with rows that sum to 1. ``train_s`` is the wall time of the whole trial in its worker, without
    compilation.
    """

    epochs: tuple[EpochMetrics, ...]
    train_accuracy: float
    train_loss: float
    val_accuracy: float
    val_loss: float
    train_s: float
    test_rows: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    chosen_epoch: int | None = None
    inner_accuracy: float | None = None
    inner_loss: float | None = None

    def __post_init__(self) -> None:
        if self.probabilities.shape[0] != self.test_rows.shape[0]:
            raise ValueError(
                f"probabilities need one row per held-out image; received {self.probabilities.shape[0]} rows "
                f"for {self.test_rows.shape[0]} images"
            )


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The end of a trial: DONE with metrics, or FAILED with a kind of failure, a reason and the step of divergence."""

    trial_key: str
    state: TrialState
    attempts: int
    metrics: TrialMetrics | None = None
    failure: FailureKind | None = None
    error: str | None = None
    failed_step: int | None = None

    def __post_init__(self) -> None:
        done = self.state is TrialState.DONE
        if done != (self.metrics is not None) or done == (self.failure is not None):
            raise ValueError(
                "a DONE result carries metrics and no failure, a FAILED one a failure and no metrics; "
                f"received {self.state} with metrics={self.metrics is not None}, failure={self.failure}"
            )
