"""Divides networks into the lines of a chart, and numbers the lines for their style."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.charts.chart import Points, Style, values
from bench.study.families import part_families


@dataclass(frozen=True)
class Series:
    """One line: the summary's rows ``entries``, by ascending parameter count."""

    label: str
    entries: Sequence[int]
    index: int

    @property
    def style(self) -> Style:
        """The style of the line."""
        return Style("series", self.index)


def name_series(summary: pd.DataFrame) -> list[Series]:
    """Divide the summary's rows into lines, in the order of their first appearance.

    Args:
        summary: as ``summarise`` gives it, with a column ``entry``.
    """
    return [Series(family.label, family.entries, index) for index, family in enumerate(part_families(summary))]


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
