"""Divides networks into the lines of a chart, and numbers the lines for their style."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.sizes.along_family import Axis
from bench.pages.charts.chart import Points, Style, values
from bench.pages.number_text import short_count
from bench.study.families import CELL, part_families

MOST_LINES = 12
"""More families than that are drawn as points, one series per architecture."""


@dataclass(frozen=True)
class Series:
    """One line: the summary's rows ``entries``, by ascending parameter count.

    ``is_line``: they differ in size only, so that a line may join them.
    """

    label: str
    entries: Sequence[int]
    index: int
    is_line: bool = True

    @property
    def style(self) -> Style:
        """The style of the line."""
        return Style("series", self.index)


def name_series(summary: pd.DataFrame) -> list[Series]:
    """Divide the summary's rows into lines, in the order of their first appearance.

    The cells of a factorial design, and families that are too many for a legend, are one series per architecture.

    Args:
        summary: as ``summarise`` gives it, with a column ``entry``.
    """
    families = part_families(summary)
    by_architecture = {str(name): rows for name, rows in summary.groupby("architecture", sort=False)}
    if CELL not in summary and (len(families) <= MOST_LINES or len(families) == len(by_architecture)):
        return [Series(family.label, family.entries, index) for index, family in enumerate(families)]
    kind = "cells of the design" if CELL in summary else "settings"
    return [
        Series(
            f"{name}, {len(rows)} {kind}",
            rows.sort_values("n_params", kind="stable")["entry"].tolist(),
            index,
            is_line=False,
        )
        for index, (name, rows) in enumerate(by_architecture.items())
    ]


def shown_axes(analysis: Analysis, summary: pd.DataFrame) -> list[Axis]:
    """The axes whose families are lines of a chart, and the one of all networks together."""
    labels = {series.label for series in name_series(summary)}
    return [axis for axis in analysis.axes if axis.family.is_mixed or axis.family.label in labels]


def style_of(label: str, summary: pd.DataFrame, role: str) -> Style:
    """The style, in a role, of the family with this label; all networks together have a style of their own."""
    index = next((series.index for series in name_series(summary) if series.label == label), -1)
    return Style(role, index)


def taken_mark(analysis: Analysis, x: str, y: str) -> list[Points]:
    """A ring about the network that the answer takes, at these columns of ``sizes``; empty if none is taken."""
    take = analysis.answer.take
    if take is None:
        return []
    row = analysis.sizes[analysis.sizes["entry"] == take.entry]
    return [Points(f"taken: {take.label}", Style("taken"), values(row[x]), values(row[y]))]


def size_names(analysis: Analysis, entries: Sequence[int]) -> tuple[str, ...]:
    """The counts of networks as names of their points; of networks of equal count, the most accurate one has it."""
    sizes = analysis.sizes.set_index("entry")
    named = set(sizes.groupby("n_params")["accuracy"].idxmax())
    return tuple(short_count(int(sizes["n_params"][entry])) if entry in named else "" for entry in entries)
