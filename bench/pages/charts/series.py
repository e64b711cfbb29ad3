"""Which networks form a line of a chart, and the number that gives the line its look."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.pages.charts.chart import Style
from bench.study.families import part_families


@dataclass(frozen=True)
class Series:
    """One line: the summary's rows ``entries``, by ascending parameter count."""

    label: str
    entries: Sequence[int]
    index: int

    @property
    def style(self) -> Style:
        """The look of the line."""
        return Style("series", self.index)


def name_series(summary: pd.DataFrame) -> list[Series]:
    """Divide the summary's rows into lines, in the order of their first appearance.

    Args:
        summary: as ``summarise`` gives it, with a column ``entry``.
    """
    return [Series(family.label, family.entries, index) for index, family in enumerate(part_families(summary))]


def style_of(label: str, summary: pd.DataFrame, role: str) -> Style:
    """The look in a role of what belongs to the family of this label; of all networks together, none of the lines'."""
    index = next((series.index for series in name_series(summary) if series.label == label), -1)
    return Style(role, index)
