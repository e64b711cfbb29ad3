"""What a training step is made of, as a picture: a row a network, a marker a part."""

import pandas as pd
from matplotlib.figure import Figure

from bench.pages.timing_material import BAR, TITLES, Timings, of_point
from bench.records import TimedPart
from bench.render.figures.drawing import PAGE_INCHES, in_lines, logarithmic, say_nothing_to_show

_NAME_CHARACTERS = 40
_MARKERS = {
    TimedPart.FORWARD: ("<", "#56B4E9"),
    TimedPart.FORWARD_BACKWARD: ("^", "#009E73"),
    TimedPart.STEP: ("o", "#0072B2"),
    TimedPart.KERAS: ("s", "#E69F00"),
    TimedPart.DISK: ("D", "#D55E00"),
}


def parts_figure(timings: Timings) -> Figure:
    """A row a network: the medians of its parts with their intervals, on a logarithmic axis."""
    rows = timings.figures[["entry", "threads"]].drop_duplicates().sort_values(["entry", "threads"])
    figure = Figure(figsize=(PAGE_INCHES, 1.5 + 0.42 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(f"{timings.data.study.name}: what a training step is made of", loc="left")
    axes.set_xlabel("milliseconds a step (median, 95 % interval)")
    axes.set_xscale("log")
    place = {key: -index for index, key in enumerate(rows.itertuples(index=False, name=None))}
    names = [in_lines(timings.label(row), _NAME_CHARACTERS) for _, row in rows.iterrows()]
    axes.set_yticks(list(place.values()), names, fontsize=7)
    axes.set_ylim(min(place.values()) - 0.6, 0.6)
    drawn = [(part, *_MARKERS[part]) for part in _MARKERS if (timings.figures["part"] == part).any()]
    if not drawn:
        say_nothing_to_show(axes, "no training step is timed")
        return figure
    for number, (part, marker, colour) in enumerate(drawn):
        of_part = timings.of(part)
        aside = 0.11 * (number - (len(drawn) - 1) / 2)
        y = [place[key] - aside for key in _keys(of_part)]
        low = (of_part["median_ms"] - of_part["low_ms"]).fillna(0.0).clip(lower=0.0)
        high = (of_part["high_ms"] - of_part["median_ms"]).fillna(0.0).clip(lower=0.0)
        axes.errorbar(
            *(of_part["median_ms"], y),
            xerr=[low, high],
            marker=marker,
            color=colour,
            linestyle="none",
            markersize=5.5,
            elinewidth=1,
            capsize=2,
            label=TITLES[part],
        )
        if part in (TimedPart.KERAS, TimedPart.DISK):
            axes.plot(
                *(of_part["figure_bar_ms"], y),
                marker=marker,
                markerfacecolor="none",
                markeredgecolor=colour,
                linestyle="none",
                markersize=5.5,
                label=f"{TITLES[part]}: {BAR}",
            )
    for point in timings.data.published:
        same = of_point(timings.of(TimedPart.STEP), point)
        if point.get("step_ms") is not None and len(same):
            y = [place[key] for key in _keys(same)]
            axes.plot([point["step_ms"]] * len(y), y, "k*", markersize=9, label="published")
    logarithmic(axes.xaxis)
    axes.xaxis.set_major_formatter("{x:g}")
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.set_size_inches(PAGE_INCHES, figure.get_figheight() + 0.19 * -(-len(unique) // 3))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _keys(timed: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(timed["entry"].tolist(), timed["threads"].tolist(), strict=True))
