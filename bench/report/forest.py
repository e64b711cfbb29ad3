"""A forest plot: every paired difference along the sizes with its interval, and against controls."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis
from bench.analyse.comparisons import size_pairs
from bench.analyse.wording import name
from bench.report.figures import PAGE_INCHES, say_nothing_to_show
from bench.report.material import Material

_MOST_ROWS = 40
_ROW_INCHES = 0.19


def forest_figure(material: Material, analysis: Analysis) -> Figure:
    """A panel a family: second minus first, corrected interval, Holm's p; the band counts as practically equal."""
    panels = [(axis.family.label, _readable(axis.comparisons, list(axis.family.entries))) for axis in analysis.axes]
    if len(analysis.against_controls):
        panels.append(("against controls", analysis.against_controls.head(_MOST_ROWS)))
    panels = [(title, table) for title, table in panels if len(table)]
    heights = [len(table) + 2.5 for _, table in panels] or [8]
    heading = (
        f"{material.title()}\nsecond - first, paired by seed and fold; corrected interval; p after Holm; "
        f"band: equal within {analysis.rope:g}"
    )
    height = _ROW_INCHES * sum(heights) + 0.9 + 0.18 * (heading.count("\n") + 1)
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(heading, x=0.01, ha="left")
    if not panels:
        say_nothing_to_show(figure.add_subplot(), "there are no two sizes to compare")
        return figure
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, (title, table) in zip(grid[:, 0], panels, strict=True):
        axes.set_title(title, loc="left", fontsize=9)
        _draw(axes, table, analysis, f"{title} ")
    grid[-1, 0].set_xlabel("difference of validation accuracy")
    return figure


def _readable(table: pd.DataFrame, entries: list[int]) -> pd.DataFrame:
    """All pairs, or those of neighbours, evenly thinned, where they are too many to read."""
    if len(table) <= _MOST_ROWS:
        return table
    neighbours = table.iloc[: len(entries) - 1]
    assert len(size_pairs(entries)) == len(table)
    return neighbours.iloc[:: -(-len(neighbours) // _MOST_ROWS)]


def _draw(axes: Axes, table: pd.DataFrame, analysis: Analysis, prefix: str) -> None:
    names = []
    axes.axvspan(-analysis.rope, analysis.rope, color="#dddddd", zorder=0)
    axes.axvline(0, color="#444444", linewidth=0.8)
    for place, row in enumerate(table.to_dict("records")):
        first, second = (name(row[side], analysis.labels).removeprefix(prefix) for side in ("first", "second"))
        p = "" if pd.isna(row["p_holm"]) else f"   p {row['p_holm']:.2f}"
        names.append(f"{second} - {first}{p}")
        if pd.notna(row["low"]):
            axes.plot([row["low"], row["high"]], [place, place], color="black", linewidth=1.2)
        if pd.notna(row["mean"]):
            axes.plot(row["mean"], place, marker="s", color="black", markersize=4)
    axes.set_yticks(range(len(names)), names, fontsize=7.5)
    axes.set_ylim(len(names) - 0.3, -0.7)
    axes.grid(visible=False, axis="y")
