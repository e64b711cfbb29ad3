"""Controls in charts: labelled lines, and no networks."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from bench import controls
from bench.analyse.analysis import Analysis
from bench.analyse.sizes.law_fits import GuideLine
from bench.pages.charts.forest_chart import controls_chart, forest_chart
from bench.pages.charts.scaling_chart import accuracy_chart, loss_chart
from bench.pages.controls import controls_page
from bench.render.figures.row_figures import forest_figure
from bench.render.figures.scaling_figure import scaling_figure
from bench.render.markdown import markdown
from bench.study.families import TIMES
from bench.study.study_data import StudyData
from tests.analyse.planted_trials import analysed, data_of, trials
from tests.render.artists import y_of

FRAME = trials(
    lambda place, seed, fold: 0.6 + 0.05 * place + 0.01 * ((fold + seed * place) % 3),
    controls={"majority_class": 0.5, "metadata_forest": 0.7},
    train_accuracy=lambda place: 1.0 if place >= 3 else 0.9,
)


@pytest.fixture(scope="module")
def data() -> StudyData:
    return data_of(FRAME)


def accuracy_figure(data: StudyData, analysis: Analysis) -> Figure:
    return scaling_figure(accuracy_chart(data, analysis))


def loss_figure(data: StudyData, analysis: Analysis) -> Figure:
    return scaling_figure(loss_chart(data, analysis))


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_controls_are_labelled_lines_at_their_mean(data: StudyData) -> None:
    figure = accuracy_figure(data, analysed(FRAME))
    names = {text.get_text(): text.xyann[1] for text in figure.axes[0].texts if isinstance(text, Annotation)}
    assert {"majority_class: 0.500", "metadata_forest: 0.700"} <= names.keys()
    assert names["majority_class: 0.500"] < names["metadata_forest: 0.700"]
    heights = [y_of(line)[0] for line in figure.axes[0].lines if np.ptp(y_of(line)) == 0]
    assert 0.7 in np.round(heights, 3)


def test_the_line_of_the_class_counts_is_drawn_where_no_control_is_that(data: StudyData) -> None:
    without = analysed(trials(lambda place, seed, fold: 0.6 + 0.05 * place + 0.01 * fold))
    assert "majority class: 0.500" in labels(accuracy_figure(data, without))
    assert "majority class: 0.500" not in labels(accuracy_figure(data, analysed(FRAME)))
    assert "class counts alone: 0.693" in labels(loss_figure(data, without))


def test_the_threshold_and_the_guide_line_are_in_the_legend(data: StudyData) -> None:
    shown = labels(accuracy_figure(data, analysed(FRAME)))
    assert "paper_small: fits its training set from 64,000" in shown
    (law,) = (axis.fits["error", "n_params"] for axis in analysed(FRAME).axes)
    assert isinstance(law, GuideLine)
    assert "paper_small: guide line" in shown


def test_controls_have_a_figure_of_their_own_and_are_not_in_the_forest(data: StudyData) -> None:
    analysis = analysed(FRAME)
    assert [axes.get_title(loc="left") for axes in forest_figure(forest_chart(data, analysis)).axes] == ["paper_small"]
    (panel,) = controls_chart(data, analysis).panels
    assert panel.title.startswith(f"paper_small {TIMES}5 (")
    comparison = analysis.against_controls
    assert comparison is not None
    assert panel.y.names == tuple(f"over {row.name}" for row in comparison.rows)


def test_the_page_says_what_each_control_is_and_what_it_is_trained_on(data: StudyData) -> None:
    page = markdown(controls_page(data, analysed(FRAME)))
    assert page.startswith("# Controls of ")
    for name in ("majority_class", "metadata_forest"):
        assert f"- {name}: {controls.get(name).summary}" in page
    assert "on the whole training part with its true labels" in page


def test_controls_are_not_among_the_networks_trials(data: StudyData) -> None:
    assert len(data.done) == 30
    assert len(data.trials) == 42
