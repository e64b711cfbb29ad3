"""The parts of a step: each with its own interval, in the row of its network."""

from pathlib import Path

from bench.pages.charts.chart import Points
from bench.pages.charts.timing_chart import timing_chart
from bench.pages.timed_parts import TITLES, TimedParts
from bench.records import TimedPart
from bench.store import Store
from bench.study.study_data import StudyData
from tests.report.test_timing_report import write


def test_each_part_has_its_medians_intervals_and_rows(tmp_path: Path) -> None:
    with Store.open_existing(write(tmp_path)) as store:
        data = StudyData.read(store)
    timings = TimedParts(data, data.measurements)
    chart = timing_chart(timings)
    (panel,) = chart.panels
    assert panel.y.names == ("paper_small ×0.5", "paper_small ×1")
    layers = {layer.label: layer for layer in panel.layers if isinstance(layer, Points)}
    for part in (TimedPart.FORWARD, TimedPart.STEP, TimedPart.KERAS):
        points, figures = layers[TITLES[part]], timings.of(part)
        assert points.x == tuple(figures["median_ms"])
        assert (points.x_low, points.x_high) == (tuple(figures["low_ms"]), tuple(figures["high_ms"]))
        assert [round(place) for place in points.y] == [0, 1]
    bar = layers[f"{TITLES[TimedPart.KERAS]}: progress bar"]
    assert (bar.x, bar.y) == ((100.0, 100.0), layers[TITLES[TimedPart.KERAS]].y)
    assert layers["forward"].y[0] < layers["step"].y[0] < bar.y[0]
    assert (layers["published"].x, layers["published"].y) == ((135.0,), (1.0,))
