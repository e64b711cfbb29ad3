"""Which networks form a line, its name, its marker, line style and colour.

Networks of one architecture that differ in width only form a line. What else varies within an architecture (an axis
of its builder, the input shape, the protocol) parts it into several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.store.frames import AXIS_PREFIX, PROTOCOL_PREFIX

TIMES = "\N{MULTIPLICATION SIGN}"

# Okabe and Ito, "Color Universal Design" (2008), less its yellow, which white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Nine markers and four line styles: 36 lines before a pair of them comes again, so colour is never needed.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "h")
LINE_STYLES = ("-", "--", "-.", ":")


@dataclass(frozen=True)
class Series:
    """One line of a plot: the summary's rows ``entries``, by ascending parameter count."""

    label: str
    entries: Sequence[int]
    colour: str
    marker: str
    line_style: str


def name_series(summary: pd.DataFrame) -> list[Series]:
    """Part the summary's rows into lines, in the order of their first appearance.

    Args:
        summary: as ``analyse.summarise`` gives it, with a column ``entry``.
    """
    parting = parting_columns(summary)
    lines = []
    groups = summary.groupby(["architecture", *parting], sort=False, dropna=False)
    for index, (_, rows) in enumerate(groups):
        lines.append(
            Series(
                label=_label(rows.iloc[0], parting),
                entries=rows.sort_values("n_params", kind="stable")["entry"].tolist(),
                colour=COLOURS[index % len(COLOURS)],
                marker=MARKERS[index % len(MARKERS)],
                line_style=LINE_STYLES[index % len(LINE_STYLES)],
            )
        )
    return lines


def network_labels(summary: pd.DataFrame) -> dict[int, str]:
    """The name of each of the summary's rows: its line's, with the width where it has one."""
    parting = parting_columns(summary)
    return {
        row["entry"]: _label(row, parting, "" if pd.isna(row["width"]) else f" {TIMES}{row['width']:.4g}")
        for _, row in summary.iterrows()
    }


def column_title(column: str) -> str:
    """A column's name in words: ``protocol_learning_rate`` is «learning rate»."""
    return column.removeprefix(AXIS_PREFIX).removeprefix(PROTOCOL_PREFIX).replace("_", " ")


def varying_columns(summary: pd.DataFrame) -> list[str]:
    """The axes and protocol fields that take more than one value in the study; that some builders lack one is none."""
    candidates = [column for column in summary.columns if column.startswith((AXIS_PREFIX, PROTOCOL_PREFIX))]
    return [column for column in candidates if summary[column].nunique() > 1]


def parting_columns(summary: pd.DataFrame) -> list[str]:
    """What parts the networks of one architecture into lines: their input shape, axes and protocol fields that vary."""
    by_architecture = summary.groupby("architecture", sort=False)
    return [
        column
        for column in ("input_shape", *varying_columns(summary))
        if (by_architecture[column].nunique(dropna=False) > 1).any()
    ]


def _label(row: pd.Series, parting: Sequence[str], width: str = "") -> str:
    parts = [f"{row['architecture']}{width}"]
    for column in parting:
        if column == "input_shape":
            parts.append(row[column])
        elif not pd.isna(row[column]):
            parts.append(f"{column_title(column)} {row[column]}")
    return ", ".join(parts)
