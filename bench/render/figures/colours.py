"""Each family's line in a plot: its name, its marker, line style and colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.study.families import part_families

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
    return [
        Series(
            label=family.label,
            entries=family.entries,
            colour=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)],
            line_style=LINE_STYLES[index % len(LINE_STYLES)],
        )
        for index, family in enumerate(part_families(summary))
    ]
