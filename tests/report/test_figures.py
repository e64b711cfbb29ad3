"""Pictures that can be read: measured on the figures themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis, analyse_study
from bench.records import Protocol
from bench.render.figures.components import components_figure
from bench.render.figures.curves import curves_figure
from bench.render.figures.drawing import PAGE_INCHES, house_style
from bench.render.figures.forest import forest_figure
from bench.render.figures.pareto import pareto_figure
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import Planted, cost, network

LONG = {"augment_flip": "horizontal", "augment_shift": 0.05, "augment_rotation_degrees": 5.0, "augment_zoom": 0.1}
LONG_NAMES = Planted(
    {network(width=width): cost(int(4000 * width)) for width in (1.0, 2.0)},
    protocols=(Protocol(), Protocol(optimizer="sgd", learning_rate=0.01, learning_rate_decay=0.0004, **LONG)),
)


@pytest.mark.parametrize("draw", [components_figure, forest_figure, pareto_figure])
def test_names_however_long_stay_on_the_page_and_leave_room_for_the_axes(
    draw: Callable[[StudyData, Analysis], Figure], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    LONG_NAMES.write(tmp_path / "study")
    with Store.open_existing(tmp_path / "study") as store, house_style():
        data = StudyData.read(store)
        figure = draw(data, analyse_study(data))
        drawn_by = FigureCanvasAgg(figure).get_renderer()
        figure.draw(drawn_by)
        inches = figure.get_tightbbox(drawn_by)
    assert inches.x0 >= -0.02
    assert inches.x1 <= PAGE_INCHES + 0.02
    assert sum(axes.get_position().width for axes in figure.axes) > 0.4
    assert all(axes.get_position().height > 0.15 for axes in figure.axes)
    assert [str(warning.message) for warning in recwarn] == []


def test_a_loss_that_spans_powers_of_ten_has_numbers_beside_its_axis(tmp_path: Path) -> None:
    planted = Planted({network(): cost(4000)})
    planted.write(tmp_path / "study")
    with Store.open_existing(tmp_path / "study") as store, house_style():
        data, epochs = StudyData.read(store), store.epochs()
        falling = epochs.assign(train_loss=10.0 ** -epochs["epoch"], val_loss=10.0 ** -epochs["epoch"])
        figure = curves_figure(data, falling)
        FigureCanvasAgg(figure).draw()
    loss = figure.axes[1]
    assert loss.get_yscale() == "log"
    texts = [label.get_text() for label in loss.get_yticklabels()]
    assert "0.1" in texts
    assert not any("$" in text for text in texts)
