"""Families of networks that differ in size only: the lines of a plot, and the axes along which sizes are compared.

Networks of one architecture that differ in width only form a family. Other differences within an architecture (an axis
of its builder, the input shape, the protocol) divide it into several families.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.store.columns import AXIS_PREFIX, PROTOCOL_PREFIX, axis_columns, protocol_column, protocol_columns

TIMES = "\N{MULTIPLICATION SIGN}"
MIXED = "all networks"
CELL = "cell"
"""The column of a factorial study's summary that names cells by their factors: see ``factorial_cells.name_cells``."""


@dataclass(frozen=True)
class Family:
    """Networks by ascending parameter count: ``entries`` are the summary's rows.

    ``is_mixed``: they differ in more than their size, so differences along the family are not due to size alone.
    """

    label: str
    entries: Sequence[int]
    is_mixed: bool = False


def part_families(summary: pd.DataFrame) -> list[Family]:
    """Divide the summary's rows into families, in the order of their first appearance.

    Args:
        summary: as ``summarise`` gives it, with a column ``entry``.
    """
    parting = parting_columns(summary)
    groups = summary.groupby(["architecture", *parting], sort=False, dropna=False)
    return [Family(label(rows.iloc[0], parting), by_size(rows)) for _, rows in groups]


def size_axes(summary: pd.DataFrame) -> list[Family]:
    """The families along which sizes are compared: those with at least two sizes or, if there are none, all networks.

    Args:
        summary: of networks, as ``part_families`` takes it.
    """
    n_params = summary.set_index("entry")["n_params"]
    families = [each for each in part_families(summary) if n_params[list(each.entries)].nunique() > 1]
    if families or n_params.nunique() < 2:
        return families
    return [Family(MIXED, by_size(summary), is_mixed=True)]


def by_size(rows: pd.DataFrame) -> list[int]:
    """The entries by ascending parameter count."""
    entries: list[int] = rows.sort_values("n_params", kind="stable")["entry"].tolist()
    return entries


def network_labels(summary: pd.DataFrame) -> dict[int, str]:
    """The name of each row of the summary: that of its family, with the width if it has one."""
    parting = parting_columns(summary)
    return {
        row["entry"]: label(row, parting, "" if pd.isna(row["width"]) else f" {TIMES}{row['width']:.4g}")
        for _, row in summary.iterrows()
    }


def column_title(column: str) -> str:
    """A column's name as text: ``protocol_learning_rate`` becomes ``learning rate``."""
    if column == CELL:
        return "factors"
    return column.removeprefix(AXIS_PREFIX).removeprefix(PROTOCOL_PREFIX).replace("_", " ")


def value_text(column: str, value: object) -> str:
    """A value of an axis or protocol field as text."""
    return "all" if column == protocol_column("n_train") and value == 0 else str(value)


def named_value(column: str, value: object) -> str:
    """A value with its name: ``learning rate 0.01``, ``400 training images``, ``no label noise``."""
    if column == protocol_column("n_train"):
        return f"{value_text(column, value)} training images"
    if column == protocol_column("label_noise"):
        return f"{100 * float(str(value)):.3g} % label noise" if value else "no label noise"
    return f"{column_title(column)} {value_text(column, value)}"


def varying_columns(summary: pd.DataFrame) -> list[str]:
    """The axes and protocol fields with more than one value in the study; a missing axis is not a value.

    In a factorial study, the column of cells replaces all of them.
    """
    if CELL in summary:
        return [CELL]
    candidates = [*axis_columns(summary), *protocol_columns(summary)]
    return [column for column in candidates if summary[column].nunique() > 1]


def parting_columns(summary: pd.DataFrame) -> list[str]:
    """The columns that divide one architecture into families: input shape, axes and protocol fields that vary."""
    if CELL in summary:
        return [CELL]
    by_architecture = summary.groupby("architecture", sort=False)
    return [
        column
        for column in ("input_shape", *varying_columns(summary))
        if (by_architecture[column].nunique(dropna=False) > 1).any()
    ]


def label(row: pd.Series, parting: Sequence[str], width: str = "") -> str:
    """A network's name, with the values that distinguish it within its architecture."""
    parts = [f"{row['architecture']}{width}"]
    for column in parting:
        if pd.isna(row[column]):
            continue
        parts.append(row[column] if column in ("input_shape", CELL) else named_value(column, row[column]))
    return ", ".join(parts)
