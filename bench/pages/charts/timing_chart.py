"""The times of the parts of a training step: one row per network, one mark per part."""

import pandas as pd

from bench.pages.charts.chart import Chart, ChartAxis, Layer, Panel, Points, Style, values
from bench.pages.timed_parts import BAR, TITLES, TimedParts, of_point
from bench.records import TimedPart

PARTS = (TimedPart.FORWARD, TimedPart.FORWARD_BACKWARD, TimedPart.STEP, TimedPart.KERAS, TimedPart.DISK)


def timing_chart(timings: TimedParts) -> Chart:
    """The medians of the parts with their intervals, on a logarithmic axis. Parts of a network share a row."""
    rows = timings.figures[["entry", "threads"]].drop_duplicates().sort_values(["entry", "threads"])
    place = {key: index for index, key in enumerate(rows.itertuples(index=False, name=None))}
    names = tuple(timings.label(row) for _, row in rows.iterrows())
    x, y = ChartAxis("ms per step (median, 95 % interval)", "log"), ChartAxis("", names=names)
    drawn = [part for part in PARTS if (timings.figures["part"] == part).any()]
    layers: list[Layer] = []
    for number, part in enumerate(drawn):
        of_part = timings.of(part)
        aside = 0.11 * (number - (len(drawn) - 1) / 2)
        places = [place[key] + aside for key in _keys(of_part)]
        style = Style("part", PARTS.index(part))
        median, low, high = (values(of_part[name]) for name in ("median_ms", "low_ms", "high_ms"))
        layers.append(Points(TITLES[part], style, median, values(places), x_low=low, x_high=high))
        if part in (TimedPart.KERAS, TimedPart.DISK):
            hollow = Style("part_bar", PARTS.index(part))
            layers.append(Points(f"{TITLES[part]}: {BAR}", hollow, values(of_part["figure_bar_ms"]), values(places)))
    if drawn:
        layers += _published(timings, place)
    empty = "" if drawn else "no training step is timed"
    title = f"{timings.data.study.name}: parts of a training step"
    return Chart(title, (Panel(x, y, tuple(layers), empty=empty),))


def _published(timings: TimedParts, place: dict[tuple[int, int], int]) -> list[Layer]:
    layers: list[Layer] = []
    for point in timings.data.published:
        same = of_point(timings.of(TimedPart.STEP), point)
        if point.get("step_ms") is not None and len(same):
            y = values(place[key] for key in _keys(same))
            layers.append(Points("published", Style("published_time"), (float(point["step_ms"]),) * len(y), y))
    return layers


def _keys(timed: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(timed["entry"].tolist(), timed["threads"].tolist(), strict=True))
