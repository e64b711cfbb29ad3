"""Pictures that can be read: measured on the figures themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis, analyse_study
from bench.pages.charts.chart import Chart
from bench.pages.charts.components_chart import components_chart
from bench.pages.charts.curves_chart import curves_chart
from bench.pages.charts.forest_chart import forest_chart
from bench.pages.charts.pareto_chart import pareto_chart
from bench.records import Protocol
from bench.render.figures.curves_figure import curves_figure
from bench.render.figures.house_style import PAGE_INCHES, house_style
from bench.render.figures.pareto_figure import pareto_figure
from bench.render.figures.row_figures import components_figure, forest_figure
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import Planted, cost, network

LONG = {"augment_flip": "horizontal", "augment_shift": 0.05, "augment_rotation_degrees": 5.0, "augment_zoom": 0.1}
LONG_NAMES = Planted(
    {network(width=width): cost(int(4000 * width)) for width in (1.0, 2.0)},
    protocols=(Protocol(), Protocol(optimizer="sgd", learning_rate=0.01, learning_rate_decay=0.0004, **LONG)),
)


@pytest.mark.parametrize(
    ("chart", "draw"),
    [(components_chart, components_figure), (forest_chart, forest_figure), (pareto_chart, pareto_figure)],
)
def test_names_however_long_stay_on_the_page_and_leave_room_for_the_axes(
    chart: Callable[[StudyData, Analysis], Chart],
    draw: Callable[[Chart], Figure],
    tmp_path: Path,
    recwarn: pytest.WarningsRecorder,
) -> None:
    LONG_NAMES.write(tmp_path / "study")
    with Store.open_existing(tmp_path / "study") as store, house_style():
        data = StudyData.read(store)
        figure = draw(chart(data, analyse_study(data)))
        canvas: Any = FigureCanvasAgg(figure)
        drawn_by = canvas.get_renderer()
        figure.draw(drawn_by)
        inches = figure.get_tightbbox(drawn_by)
    assert inches.x0 >= -0.02
    assert inches.x1 <= PAGE_INCHES + 0.02
    assert sum(axes.get_position().width for axes in figure.axes) > 0.4
    assert all(axes.get_position().height * figure.get_figheight() > 0.25 for axes in figure.axes)
    assert [str(warning.message) for warning in recwarn] == []


def test_a_loss_that_spans_powers_of_ten_has_numbers_beside_its_axis(tmp_path: Path) -> None:
    planted = Planted({network(): cost(4000)})
    planted.write(tmp_path / "study")
    with Store.open_existing(tmp_path / "study") as store, house_style():
        data, epochs = StudyData.read(store), store.epochs()
        falling = epochs.assign(train_loss=10.0 ** -epochs["epoch"], val_loss=10.0 ** -epochs["epoch"])
        figure = curves_figure(curves_chart(data, falling))
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    loss = figure.axes[1]
    assert loss.get_yscale() == "log"
    texts = [label.get_text() for label in loss.get_yticklabels()]
    assert "0.1" in texts
    assert not any("$" in text for text in texts)
