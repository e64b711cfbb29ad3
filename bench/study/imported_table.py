"""A study made of anybody's table of results: one row per trial, one number per result, no images."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.errors import TableError
from bench.records import Study
from bench.store.columns import NETWORK
from bench.study.study_data import StudyData
from bench.study.summary import group_columns, latest_steps, summarise

_NS_PER_MS = 1e6
_NO_PROTOCOL = {"protocol_n_train": 0, "protocol_label_noise": 0.0, "protocol_inner_share": 0.0, "protocol_epochs": 0}
"""What statistics ask of a protocol, where a table says nothing of it."""


_UNKNOWN_NETWORK = {"width": np.nan, "input_shape": "", "n_classes": 0, "flops_per_example": 0, "split_hash": ""}
UNKNOWN = (*_NO_PROTOCOL, *_UNKNOWN_NETWORK, "trial_key", "network_key", "n_trainable_params", "train_loss")
"""The columns of the frames that a table does not fill."""


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The names of a table's columns; empty where it has none.

    Attributes:
        n_params: the size of the network.
        accuracy: on held-out images, in [0, 1].
        family: of networks that differ in size only; without it, all are one family.
        seed: of the repetition.
        fold: held out; without it, every row was tested on the same images.
        loss: on held-out images, in nats per example.
        train_accuracy: on the images trained on.
        step_ms: of a training step, in milliseconds.
        train_s: of the training, in seconds.
    """

    n_params: str = "n_params"
    accuracy: str = "val_accuracy"
    family: str = ""
    seed: str = ""
    fold: str = ""
    loss: str = ""
    train_accuracy: str = ""
    step_ms: str = ""
    train_s: str = ""


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file.

    Raises:
        TableError: it cannot be read, or has no row.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"a table must be a CSV file; {path} is not: {reason}; export it as CSV") from error
    if table.empty:
        raise TableError(f"a table must have one row per trial; {path} has none; export the results again")
    return table


def study_of_table(table: pd.DataFrame, columns: TableColumns, name: str, n_images: int) -> StudyData:
    """Make a study of a table.

    Args:
        table: one row per trial.
        columns: the names of its columns.
        name: of the study.
        n_images: of the data set, whose folds the table holds out, or of the test set where there is no fold.

    Raises:
        TableError: a column is missing or has a value of another type or range, or two rows are the same trial.
    """
    trials = _trials(table, columns)
    steps, trials = _steps(trials), trials.drop(columns="step_ms")
    summary = summarise(trials, steps).reset_index(names="entry")
    keys = group_columns(summary)
    return StudyData(
        study=Study(
            name=name,
            sweep_name=name,
            sweep={},
            dataset=name,
            data_hash="0" * 16,
            class_names=("all",),
            class_counts=(n_images,),
            has_patients=False,
            patient_wise=False,
        ),
        rounds=(),
        trials=trials.merge(summary[["entry", *keys]], how="left"),
        summary=summary,
        controls=summarise(trials.head(0), steps.head(0)),
        steps=latest_steps(steps).merge(summary[["entry", "n_params", *group_columns(steps)]]),
        measurements=pd.DataFrame(columns=["network_key", "part", "threads", "pass_number"]),
        audit=None,
        environments={},
        read_predictions=_nothing,
        read_epochs=pd.DataFrame,
        read_folds=pd.DataFrame,
        has_predictions=False,
    )


def _nothing(_keys: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame()


def _trials(table: pd.DataFrame, columns: TableColumns) -> pd.DataFrame:
    n_params = _numbers(table, columns.n_params, 1, np.inf)
    if not (n_params == n_params.round()).all():
        raise TableError(
            f"column {columns.n_params} must hold whole numbers; received {_first(n_params % 1 > 0, n_params)}"
        )
    family = table[_known(table, columns.family)].astype(str) if columns.family else pd.Series("networks", table.index)
    seed = _numbers(table, columns.seed, -np.inf, np.inf) if columns.seed else None
    fold = _numbers(table, columns.fold, -np.inf, np.inf) if columns.fold else None
    n_params = n_params.astype(np.int64)
    network = family + "-" + n_params.astype(str)
    blocks = [each for each in (seed, fold) if each is not None]
    if not blocks:  # rows of one network are its repetitions, in order
        seed = table.groupby(network).cumcount().astype(float)
        blocks = [seed]
    repeated = pd.concat([network, *blocks], axis=1).duplicated()
    if repeated.any():
        raise TableError(
            f"a table has one row per network, seed and fold; row {int(np.flatnonzero(repeated)[0]) + 1} repeats "
            f"{network[repeated].iloc[0]}; name the columns that tell them apart with --family, --seed or --fold"
        )
    fold_numbers = _numbered(fold) if fold is not None else np.zeros(len(table), np.int64)
    trials = pd.DataFrame(
        {
            "trial_key": [hashlib.sha256(f"{key} {row}".encode()).hexdigest()[:16] for row, key in enumerate(network)],
            "kind": NETWORK,
            "architecture": family.to_numpy(),
            "network_key": network.to_numpy(),
            "n_params": n_params.to_numpy(),
            "n_trainable_params": n_params.to_numpy(),
            "seed": _numbered(seed) if seed is not None else 0,
            "fold": fold_numbers,
            "n_folds": int(fold_numbers.max()) + 1,
            "state": "DONE",
            "val_accuracy": _numbers(table, columns.accuracy, 0, 1).to_numpy(),
            "val_loss": _optional(table, columns.loss, 0),
            "train_accuracy": _optional(table, columns.train_accuracy, 0, 1),
            "train_loss": np.nan,
            "train_s": _optional(table, columns.train_s, 0),
            "step_ms": _optional(table, columns.step_ms, 0),
            **_UNKNOWN_NETWORK,
            **_NO_PROTOCOL,
        }
    )
    return trials.sort_values(["n_params", "seed", "fold"], kind="stable", ignore_index=True)


def _numbered(values: pd.Series) -> np.ndarray:
    return np.unique(values.to_numpy(), return_inverse=True)[1].astype(np.int64)


def _known(table: pd.DataFrame, column: str) -> str:
    if column not in table:
        raise TableError(
            f"a column must be one of the table's: {', '.join(map(str, table.columns))}; received {column!r}"
        )
    return column


def _optional(table: pd.DataFrame, column: str, least: float, most: float = np.inf) -> np.ndarray | float:
    return _numbers(table, column, least, most).to_numpy() if column else np.nan


def _numbers(table: pd.DataFrame, column: str, least: float, most: float) -> pd.Series:
    values = pd.to_numeric(table[_known(table, column)], errors="coerce").astype(float)
    wrong = ~values.between(least, most) | ~np.isfinite(values)
    if wrong.any():
        bounds = f" from {least:g} to {most:g}" if np.isfinite(least) and np.isfinite(most) else f" from {least:g} on"
        raise TableError(
            f"column {column} must hold numbers{bounds if np.isfinite(least) else ''}; row "
            f"{int(np.flatnonzero(wrong)[0]) + 1} has {_first(wrong, table[column])}; correct it or name another column"
        )
    return values


def _first(wrong: "pd.Series[bool]", values: pd.Series) -> object:
    return values[wrong].iloc[0]


def _steps(trials: pd.DataFrame) -> pd.DataFrame:
    """One timed step per trial with a step time, in a round of its own."""
    names = ["network_key", *_NO_PROTOCOL, "threads", "pass_number", "round", "is_warmup", "step", "step_ns"]
    timed = trials.assign(
        threads=1,
        pass_number=1,
        round=trials.groupby("network_key").cumcount(),
        is_warmup=False,
        step=0,
        step_ns=trials["step_ms"] * _NS_PER_MS,
    )
    return timed.loc[timed["step_ms"].notna(), names]
