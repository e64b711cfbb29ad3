"""What accuracy costs: the Pareto fronts of accuracy against parameters and against step time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from bench.analyse.analysis import Analysis
from bench.render.figures.colours import name_series
from bench.render.figures.drawing import PAGE_INCHES, legend_below, logarithmic, say_nothing_to_show
from bench.study.study_data import StudyData

_COSTS = {"n_params": "parameters", "step_ms": "ms per training step"}
_FEW_TICKS_FROM = 30
_KEY = "shade: probability of lying on the front of accuracy, parameters and step time (bootstrap)"


def pareto_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Accuracy against each cost; the line is the front of the two, the shade the probability on the front of all."""
    figure = Figure(figsize=(PAGE_INCHES, 3.5), layout="constrained")
    figure.suptitle(f"{data.title()}\n{_KEY}", x=0.01, ha="left")
    panels = figure.subplots(1, 2, sharey=True)
    drawn: PathCollection | None = None
    for axes, (cost, name) in zip(panels, _COSTS.items(), strict=True):
        axes.set_xlabel(name)
        known = analysis.sizes.dropna(subset=[cost])
        if known.empty:
            say_nothing_to_show(axes, "no trial is done" if analysis.sizes.empty else "no step is timed")
            continue
        axes.set_xscale("log")
        drawn = _draw(axes, data, known, cost)
        logarithmic(axes.xaxis)
        low, high = axes.get_xlim()
        if high / low > _FEW_TICKS_FROM:  # half a page has no room for 1, 2 and 5
            axes.xaxis.set_major_locator(LogLocator(numticks=20))
        if cost == "step_ms":
            axes.xaxis.set_major_formatter("{x:g}")
    panels[0].set_ylabel("validation accuracy")
    if drawn is not None:
        figure.colorbar(drawn, ax=panels, label="probability", fraction=0.04)
        legend_below(figure, *panels[0].get_legend_handles_labels())
    return figure


def _draw(axes: Axes, data: StudyData, known: pd.DataFrame, cost: str) -> PathCollection | None:
    drawn = None
    for series in name_series(data.summary):
        rows = known[known["entry"].isin(list(series.entries))]
        if rows.empty:
            continue
        shade = rows["front_probability"].fillna(rows["on_front"].astype(float))
        drawn = axes.scatter(
            *(rows[cost], rows["accuracy"]),
            c=shade,
            cmap="Greys",
            vmin=0.0,
            vmax=1.0,
            marker=series.marker,
            edgecolors="black",
            linewidths=0.9,
            s=44,
            label=series.label,
            zorder=3,
        )
    ordered = known.sort_values([cost, "accuracy"], ascending=[True, False])
    best = np.maximum.accumulate(ordered["accuracy"].to_numpy(float))
    front = ordered[ordered["accuracy"].to_numpy(float) > np.concatenate([[-1.0], best[:-1]])]
    axes.plot(front[cost], front["accuracy"], drawstyle="steps-post", color="#444444", linewidth=1, zorder=2)
    return drawn
