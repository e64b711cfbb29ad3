"""A forest plot: every paired difference along the sizes with its interval, and against controls."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import ControlComparison
from bench.render.figures.drawing import PAGE_INCHES, in_lines, say_nothing_to_show
from bench.study.study_data import StudyData

_MOST_ROWS = 40
_ROW_INCHES = 0.19


def forest_figure(data: StudyData, analysis: Analysis) -> Figure:
    """A panel a family: second minus first, corrected interval, Holm's p; the band counts as practically equal."""
    panels = [(axis.family.label, _readable(axis.comparisons, list(axis.family.entries))) for axis in analysis.axes]
    if (comparison := analysis.against_controls) is not None:
        panels.append((f"{comparison.label} against controls", _against_controls(comparison)))
    panels = [(title, table) for title, table in panels if len(table)]
    names = [_names(table, analysis, f"{title} ") for title, table in panels]
    heights = [
        1.5 + in_lines(title).count("\n") + 1 + sum(map(_n_lines, each))
        for (title, _), each in zip(panels, names, strict=True)
    ] or [8]
    heading = (
        f"{data.title()}\nsecond - first, paired by seed and fold; corrected interval; p after Holm; "
        f"band: equal within {analysis.rope:g}"
    )
    height = _ROW_INCHES * sum(heights) + 0.9 + 0.18 * (heading.count("\n") + 1)
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(heading, x=0.01, ha="left")
    if not panels:
        say_nothing_to_show(figure.add_subplot(), "there are no two sizes to compare")
        return figure
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, (title, table), rows in zip(grid[:, 0], panels, names, strict=True):
        axes.set_title(in_lines(title), loc="left", fontsize=9)
        _draw(axes, table, rows, analysis.rope)
    grid[-1, 0].set_xlabel("difference of validation accuracy")
    return figure


def _readable(table: pd.DataFrame, entries: list[int]) -> pd.DataFrame:
    """All pairs, or those of neighbours, evenly thinned, where they are too many to read."""
    if len(table) <= _MOST_ROWS:
        return table
    neighbours = table.iloc[: len(entries) - 1]
    return neighbours.iloc[:: -(-len(neighbours) // _MOST_ROWS)]


def _against_controls(comparison: ControlComparison) -> pd.DataFrame:
    """One row per control that can be beaten, with the columns that are drawn."""
    columns = ("first", "mean", "low", "high", "p_holm")
    rows = [(row.name, row.lead.value, row.lead.low, row.lead.high, row.p_holm) for row in comparison.rows]
    return pd.DataFrame(rows, columns=columns).assign(second=comparison.entry)


def _names(table: pd.DataFrame, analysis: Analysis, prefix: str) -> list[str]:
    """Each row's «second - first», its p after Holm; in several lines where it is long."""
    names = []
    for row in table.to_dict("records"):
        sides = (analysis.labels.get(row[side], row[side]) for side in ("second", "first"))
        second, first = (side.removeprefix(prefix) for side in sides)
        p = "" if pd.isna(row["p_holm"]) else f"   p {row['p_holm']:.2f}"
        whole = f"{second} - {first}{p}"
        names.append(whole if whole == in_lines(whole) else f"{in_lines(second)} -\n{in_lines(first)}{p}")
    return names


def _n_lines(name: str) -> float:
    """How much room a row's name needs; lines of one name are closer than those of two."""
    return 1 + 0.75 * name.count("\n")


def _draw(axes: Axes, table: pd.DataFrame, names: list[str], rope: float) -> None:
    axes.axvspan(-rope, rope, color="#dddddd", zorder=0)
    axes.axvline(0, color="#444444", linewidth=0.8)
    ends = np.cumsum([0.0, *map(_n_lines, names)])
    places = (ends[:-1] + ends[1:]) / 2
    for place, row in zip(places, table.to_dict("records"), strict=True):
        if pd.notna(row["low"]):
            axes.plot([row["low"], row["high"]], [place, place], color="black", linewidth=1.2)
        if pd.notna(row["mean"]):
            axes.plot(row["mean"], place, marker="s", color="black", markersize=4)
    axes.set_yticks(places, names, fontsize=7.5)
    axes.set_ylim(ends[-1] + 0.2, -0.2)
    axes.grid(visible=False, axis="y")
