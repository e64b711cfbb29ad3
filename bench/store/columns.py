"""The columns of every frame that the store returns. The declarations build, check and document the frames.

A builder's axis ``x`` is the column ``axis_x``, a field ``y`` of the protocol the column ``protocol_y``. The prefixes
prevent equal names, and the functions below find such columns.
"""

from dataclasses import dataclass

import pandas as pd

from bench.errors import StudyError

AXIS_PREFIX = "axis_"
PROTOCOL_PREFIX = "protocol_"
COUNTER_PREFIX = "counter_"
FIGURE_PREFIX = "figure_"
PROBABILITY_PREFIX = "p_"

PENDING = "PENDING"
"""The state of a trial without a stored result."""
NETWORK = "network"
CONTROL = "control"
"""The kinds of trials: of networks of a sweep, and of controls."""

TEXT = "text"
ANY = "object"


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or a family of columns: a name that ends in ``*`` stands for every column with that prefix.

    Attributes:
        name: the column's name, or the prefix and ``*``.
        dtype: pandas's name of the dtype; ``TEXT`` for strings, ``ANY`` if cells are kept unchanged.
        meaning: one phrase, with the unit.
        is_optional: whether a frame may lack the column. A family may always be empty.
    """

    name: str
    dtype: str
    meaning: str
    is_optional: bool = False

    @property
    def prefix(self) -> str | None:
        """The prefix of a family; None for a single column."""
        return self.name[:-1] if self.name.endswith("*") else None

    def names_in(self, frame: pd.DataFrame) -> list[str]:
        """The frame's columns that match this declaration, in the frame's order."""
        if self.prefix is None:
            return [self.name] if self.name in frame.columns else []
        return [name for name in map(str, frame.columns) if name.startswith(self.prefix)]


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """The columns of one frame, in order.

    Attributes:
        name: the name of the frame and of the method of ``Store``.
        row: the meaning of one row.
        columns: the declared columns.
    """

    name: str
    row: str
    columns: tuple[Column, ...]

    def build(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with its columns in the declared order and of the declared dtypes.

        Raises:
            StudyError: a column is missing, is not declared, or has a value of another type.
        """
        declared = {name: column for column in self.columns for name in column.names_in(frame)}
        missing = [
            column.name
            for column in self.columns
            if column.prefix is None and not column.is_optional and column.name not in declared
        ]
        unknown = [name for name in map(str, frame.columns) if name not in declared]
        if missing or unknown:
            raise StudyError(
                f"the frame {self.name} has the columns that bench.store.columns declares; missing: "
                f"{', '.join(missing) or 'none'}, not declared: {', '.join(unknown) or 'none'}; declare or remove them"
            )
        dtypes = {name: column.dtype for name, column in declared.items() if column.dtype not in (TEXT, ANY)}
        for name, dtype in dtypes.items():
            if frame[name].dtype != dtype:
                try:
                    frame = frame.astype({name: dtype})
                except (TypeError, ValueError) as error:
                    raise StudyError(
                        f"the column {name} of the stored {self.name} holds {dtype} values; "
                        f"{' '.join(str(error).split())}; restore the store from a copy"
                    ) from error
        return frame[list(declared)]

    def markdown(self) -> str:
        """The declaration as a Markdown section: one table row per column."""
        lines = [f"## {self.name}", "", f"One row per {self.row}.", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.dtype} | {column.meaning} |" for column in self.columns]
        return "\n".join(lines) + "\n"


def protocol_column(field: str) -> str:
    """The column of a protocol's field."""
    return f"{PROTOCOL_PREFIX}{field}"


def axis_column(axis: str) -> str:
    """The column of a builder's axis."""
    return f"{AXIS_PREFIX}{axis}"


def protocol_columns(frame: pd.DataFrame) -> list[str]:
    """The frame's columns that are fields of the protocol, in order."""
    return [name for name in map(str, frame.columns) if name.startswith(PROTOCOL_PREFIX)]


def axis_columns(frame: pd.DataFrame) -> list[str]:
    """The frame's columns that are axes of a builder, in order."""
    return [name for name in map(str, frame.columns) if name.startswith(AXIS_PREFIX)]


_PROTOCOL = Column("protocol_*", ANY, "a field of the protocol")
_NETWORK_KEY = Column("network_key", TEXT, "hash of the network; of a control that trains none, of its name and shape")
_TRIAL_KEY = Column("trial_key", TEXT, "stable hash of everything that decides the trial's numbers")
_ENVIRONMENT_KEY = Column("environment_key", TEXT, "the machine and software, a key of environment.json")
_THREADS = Column("threads", "int64", "intra-op threads")
_BATCH_SIZE = Column("batch_size", "int64", "examples per sample")
_PASS = Column("pass_number", "int64", "the timing pass, from 1; a later one supersedes")
_ROUND = Column("round", "int64", "the round within the pass, from 0")

TRIALS = FrameColumns(
    "trials",
    "registered trial, in the order of registration",
    (
        _TRIAL_KEY,
        Column("kind", TEXT, "`network` or `control`"),
        Column("architecture", TEXT, "the architecture; of a control, its own name"),
        Column("width", "float64", "multiplier on channels and hidden units; empty without that axis"),
        Column("axis_*", ANY, "an axis of the builder; empty where the architecture lacks it"),
        Column("input_shape", TEXT, "height, width and channels, such as `70x70x3`"),
        Column("n_classes", "int64", "classes"),
        _NETWORK_KEY,
        Column("n_params", "int64", "parameters; 0 for a control that trains no network"),
        Column("n_trainable_params", "int64", "trainable parameters; 0 for a control that trains no network"),
        Column("flops_per_example", "int64", "forward floating-point operations per example"),
        Column("activation_bytes_per_example", "int64", "bytes of the float32 outputs of all layers, per example"),
        _PROTOCOL,
        Column("dataset", TEXT, "name of the data set"),
        Column("data_hash", TEXT, "hash of images and labels"),
        Column("split_hash", TEXT, "hash of folds and groups"),
        Column("n_folds", "int64", "folds"),
        Column("fold", "int64", "held-out fold, from 0"),
        Column("seed", "int64", "seed"),
        Column("state", TEXT, "`DONE`, `FAILED` or `PENDING`"),
        Column("attempts", "Int64", "how often the trial was started"),
        Column("train_accuracy", "float64", "accuracy on the examples trained on, in [0, 1]"),
        Column("train_loss", "float64", "loss on the examples trained on, mean nats per example"),
        Column("val_accuracy", "float64", "accuracy on the held-out fold, in [0, 1]"),
        Column("val_loss", "float64", "loss on the held-out fold, mean nats per example"),
        Column("inner_accuracy", "float64", "accuracy on the inner validation part; empty without one"),
        Column("inner_loss", "float64", "loss on the inner validation part, mean nats per example; empty without one"),
        Column("chosen_epoch", "Int64", "epoch whose weights were evaluated, from 1"),
        Column("train_s", "float64", "seconds of the whole trial without compilation"),
        Column("failure", TEXT, "kind of failure of a FAILED trial"),
        Column("error", TEXT, "reason of a FAILED trial"),
        Column("failed_step", "Int64", "step at which the loss stopped being finite, from 1"),
        _ENVIRONMENT_KEY,
        Column("plan_round", "int64", "round in which the trial joined, from 1; only where the plan has grown", True),
        Column("backend", TEXT, "what trained the network; only where a trial has another one than `tensorflow`", True),
        Column("numerics", TEXT, "how the backend computes; only where a trial has another value than `1`", True),
    ),
)
EPOCHS = FrameColumns(
    "epochs",
    "epoch of a done trial",
    (
        _TRIAL_KEY,
        Column("epoch", "int64", "epoch, from 1"),
        Column("train_loss", "float64", "mean over the epoch's steps, nats per example"),
        Column("train_accuracy", "float64", "mean over the epoch's steps, in [0, 1]"),
        Column("val_loss", "float64", "loss on the held-out fold after the epoch, mean nats per example"),
        Column("val_accuracy", "float64", "accuracy on the held-out fold after the epoch, in [0, 1]"),
        Column("inner_loss", "float64", "loss on the inner validation part; empty without one"),
        Column("inner_accuracy", "float64", "accuracy on the inner validation part; empty without one"),
    ),
)
PREDICTIONS = FrameColumns(
    "predictions",
    "held-out image of a done trial",
    (
        _TRIAL_KEY,
        Column("row", "int64", "the image's number in the data set, from 0"),
        Column("file", TEXT, "the image's file"),
        Column("label", TEXT, "name of the true class"),
        Column("p_*", "float32", "probability of the class of that name"),
    ),
)
MEASUREMENTS = FrameColumns(
    "measurements",
    "measurement of one part of a network, in the order of storing",
    (
        _NETWORK_KEY,
        _PROTOCOL,
        Column("part", TEXT, "what was timed, such as `step`: see `bench.records.TimedPart`"),
        _THREADS,
        Column("cpus", ANY, "tuple of the cores that the process was bound to"),
        _BATCH_SIZE,
        _PASS,
        _ROUND,
        Column("position", "int64", "place in the order in which the pass measured, from 0"),
        _ENVIRONMENT_KEY,
        Column("warmup_ns", ANY, "int64 array of nanoseconds per sample of the warm-up"),
        Column("samples_ns", ANY, "int64 array of nanoseconds per sample"),
        Column("counter_*", "float64", "a field of `bench.records.Counters`; empty where none were taken"),
        Column("figure_*", "float64", "a further number of that name; empty where a measurement has none"),
    ),
)
STEP_TIMES = FrameColumns(
    "step_times",
    "timed training step, warm-up included",
    (
        _NETWORK_KEY,
        _PROTOCOL,
        _THREADS,
        _BATCH_SIZE,
        _ENVIRONMENT_KEY,
        _PASS,
        _ROUND,
        Column("is_warmup", "bool", "whether the step belongs to the warm-up"),
        Column("step", "int64", "number within the round's warm-up or after it, from 0"),
        Column("step_ns", "int64", "nanoseconds"),
    ),
)
FOLDS = FrameColumns(
    "folds",
    "image and seed",
    (
        Column("file", TEXT, "the image's file"),
        Column("label", TEXT, "name of the class"),
        Column("patient", TEXT, "the patient, where known", True),
        Column("group", "int64", "number of what no fold divides; absent from the first two versions of stores", True),
        Column("seed", "int64", "seed"),
        Column("fold", "int32", "fold in which this seed holds the image out, from 0"),
        Column("split_hash", TEXT, "hash of folds and groups"),
    ),
)
FRAMES = (TRIALS, EPOCHS, PREDICTIONS, MEASUREMENTS, STEP_TIMES, FOLDS)


def markdown() -> str:
    """The page ``docs/stored-columns.md``: every frame with its columns."""
    head = (
        "# Columns of the stored frames\n\nEvery frame that `bench.store.Store` returns, and every CSV file that a "
        "report makes of one, has these columns. `bench/store/columns.py` declares them.\n\n"
    )
    return head + "\n".join(frame.markdown() for frame in FRAMES)
