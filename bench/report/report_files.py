"""The report's list of files: the name of each file, how it is made, and which studies have it."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.factorial_effects import FactorialEffects
from bench.audit.audit_records import Audit
from bench.errors import StudyError
from bench.pages.answer import answer_page
from bench.pages.appendix import appendix_page
from bench.pages.audit_page import audit_page
from bench.pages.charts.audit_chart import audit_chart
from bench.pages.charts.calibration_chart import calibration_chart
from bench.pages.charts.chart import Chart
from bench.pages.charts.components_chart import components_chart
from bench.pages.charts.confusion_chart import confusion_chart
from bench.pages.charts.curves_chart import curves_chart
from bench.pages.charts.data_axis_chart import data_axes, data_axis_chart
from bench.pages.charts.effects_chart import effects_chart
from bench.pages.charts.forest_chart import controls_chart, forest_chart
from bench.pages.charts.images_or_parameters_chart import images_or_parameters_chart
from bench.pages.charts.pareto_chart import pareto_chart
from bench.pages.charts.scaling_chart import accuracy_chart, loss_chart, step_ms_chart
from bench.pages.charts.timing_chart import timing_chart
from bench.pages.charts.training_fit_chart import training_fit_chart
from bench.pages.classification import Classified, classify
from bench.pages.controls import controls_page
from bench.pages.design_page import design_page
from bench.pages.document import Page, Picture
from bench.pages.effects_page import effects_page
from bench.pages.images_or_parameters_page import images_or_parameters_page
from bench.pages.inner_choice import counts
from bench.pages.statements import statements_page
from bench.pages.study_page import study_page
from bench.pages.summary_page import SUMMARY_NOTE, latex_summary, published_page, summary_page
from bench.pages.timed_parts import TimedParts
from bench.pages.timing_page import timing_page
from bench.pages.training_fit_page import training_fit_page
from bench.render.analysis_json import analysis_json
from bench.render.csv_text import csv_text
from bench.render.figures.curves_figure import curves_figure
from bench.render.figures.data_axis_figure import data_axis_figure
from bench.render.figures.house_style import house_style, saved
from bench.render.figures.panel_grid import calibration_figure, confusion_figure
from bench.render.figures.pareto_figure import pareto_figure
from bench.render.figures.row_figures import (
    audit_figure,
    components_figure,
    effects_figure,
    forest_figure,
    timing_figure,
)
from bench.render.figures.scaling_figure import scaling_figure
from bench.render.figures.training_fit_figure import training_fit_figure
from bench.render.html.study_html import study_html
from bench.render.latex import latex
from bench.render.markdown import markdown
from bench.study.imported_table import UNKNOWN
from bench.study.study_data import StudyData

AUDIT = "audit.json"
REPORT_PAGE = "report.html"
_INTERNAL = ["entry"]
_PNG = ("png",)
_BOTH = ("png", "svg")


@dataclass(frozen=True)
class Sources:
    """The data from which files are made. Each part is computed once, when a file first needs it.

    Attributes:
        data: the study.
        analysis: of the study.
        samples: pictures of the images, for the page.
    """

    data: StudyData
    analysis: Analysis
    samples: tuple[Picture, ...] = ()

    @cached_property
    def timings(self) -> TimedParts:
        """The times by part."""
        return TimedParts(self.data, self.data.measurements)

    @property
    def effects(self) -> FactorialEffects:
        """The effects of a factorial study."""
        if self.analysis.effects is None:
            raise ValueError("effects need a factorial study; this study is not one; check is_factorial first")
        return self.analysis.effects

    @cached_property
    def classified(self) -> Classified:
        """Confusion matrices and classification reports."""
        return classify(self.data)

    @property
    def is_trained(self) -> bool:
        """Whether there is anything to report other than times."""
        return not (self.data.is_untrained and len(self.data.steps))

    @property
    def is_timed(self) -> bool:
        """Whether anything was timed."""
        return bool(len(self.data.measurements))

    @property
    def is_factorial(self) -> bool:
        """Whether there are effects."""
        return self.is_trained and self.analysis.effects is not None


When = Callable[[Sources], bool]


@dataclass(frozen=True)
class ReportFile:
    """One file or, for a figure, one per format.

    Attributes:
        name: the name of the file; without the suffix for a figure.
        make: yields names and contents.
        when: whether a study has the file.
        draw: draws a figure; None for other files.
    """

    name: str
    make: Callable[[Sources], Iterator[tuple[str, bytes]]]
    when: When
    draw: Callable[[Sources], Figure] | None = None


def always(sources: Sources) -> bool:
    """Whether a study has a file of every study: true."""
    return True


def trained(sources: Sources) -> bool:
    """Whether something was trained in a study, or nothing was timed."""
    return sources.is_trained


def text(name: str, make: Callable[[Sources], str], when: When = trained) -> ReportFile:
    """A file of text."""
    return ReportFile(name, lambda of: iter([(name, make(of).encode())]), when)


def page(name: str, make: Callable[[Sources], Page], when: When = trained) -> ReportFile:
    """A page as Markdown."""
    return text(name, lambda of: markdown(make(of)), when)


def table(name: str, make: Callable[[Sources], pd.DataFrame], when: When = trained) -> ReportFile:
    """A frame as CSV."""
    return text(name, lambda of: csv_text(make(of)), when)


def figure(
    name: str,
    chart: Callable[[Sources], Chart],
    draw: Callable[[Chart], Figure],
    when: When = trained,
    suffixes: tuple[str, ...] = _BOTH,
) -> ReportFile:
    """A chart as image files."""

    def drawn(of: Sources) -> Figure:
        return draw(chart(of))

    return ReportFile(name, lambda of: _pictures(name, drawn(of), suffixes), when, drawn)


def _audited(sources: Sources) -> bool:
    return sources.is_trained and sources.data.audit is not None


def _audit(sources: Sources) -> Iterator[tuple[str, bytes]]:
    if sources.data.audit is not None:
        yield from audit_files(sources.data.audit)


def _data_axes(sources: Sources) -> Iterator[tuple[str, bytes]]:
    for axis in data_axes(sources.data):
        yield from _pictures(axis, data_axis_figure(data_axis_chart(sources.data, sources.analysis, axis)), _PNG)


def _effects_page(sources: Sources) -> Page:
    if sources.data.factorial is None:
        raise ValueError("effects need a factorial study; this study is not one; check is_factorial first")
    return effects_page(sources.data, sources.data.factorial, sources.effects)


def _known(data: StudyData, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without internal columns and, of an imported table, without those that it does not fill."""
    return frame.drop(columns=[*_INTERNAL, *(UNKNOWN if not data.has_predictions else ())], errors="ignore")


def _predicted(sources: Sources) -> bool:
    """Whether predictions of each image are known."""
    return sources.is_trained and sources.data.has_predictions


def _has_loss(sources: Sources) -> bool:
    return sources.is_trained and bool(
        sources.data.summary["val_loss_mean"].notna().any() or len(sources.data.done) == 0
    )


def _noisy(sources: Sources) -> bool:
    return sources.is_trained and sources.data.has_label_noise


def _wants_confusion(sources: Sources) -> bool:
    return sources.is_trained and sources.data.wants_confusion


def _chosen(sources: Sources) -> bool:
    return sources.is_trained and len(sources.analysis.choices) > 0


def _varies_images(sources: Sources) -> bool:
    return sources.is_trained and len(sources.analysis.answer.images_or_parameters) > 0


def _choices(sources: Sources) -> pd.DataFrame:
    choices = sources.analysis.choices
    return choices.drop(columns=_INTERNAL).assign(chosen=choices["chosen"].map(counts))


def _html(sources: Sources) -> Iterator[tuple[str, bytes]]:
    timings = sources.timings if sources.is_timed else None
    effects = sources.effects if sources.is_factorial else None
    page_ = study_page(sources.data, sources.analysis, timings, effects, sources.samples)
    yield "report.html", study_html(page_)


FILES = (
    page("answer.md", lambda of: answer_page(of.analysis.answer, of.data.study)),
    table("timing.csv", lambda of: of.timings.figures.drop(columns=_INTERNAL), lambda of: of.is_timed),
    page("timing.md", lambda of: timing_page(of.timings), lambda of: of.is_timed),
    figure(
        *("timing", lambda of: timing_chart(of.timings), timing_figure),
        lambda of: of.is_timed and of.timings.figures["part"].nunique() > 1,
    ),
    page("statements.md", lambda of: statements_page(of.analysis)),
    page("plan.md", lambda of: design_page(of.data, of.analysis), lambda of: of.data.study.frozen is not None),
    page("appendix.md", lambda of: appendix_page(of.analysis)),
    text("analysis.json", lambda of: analysis_json(of.analysis)),
    table("chosen_on_inner.csv", _choices, _chosen),
    table("trials.csv", lambda of: _known(of.data, of.data.trials)),
    table("summary.csv", lambda of: _known(of.data, pd.concat([of.analysis.summary, of.data.controls]))),
    page("summary.md", lambda of: summary_page(of.data, of.analysis)),
    text("summary.tex", lambda of: latex(latex_summary(of.analysis), f"{of.data.title()}\n{SUMMARY_NOTE}")),
    table("splits.csv", lambda of: of.data.read_folds(), _predicted),
    text("environment.json", lambda of: _environments(of.data), lambda of: of.data.has_predictions),
    page(
        "controls.md",
        lambda of: controls_page(of.data, of.analysis),
        lambda of: of.is_trained and len(of.data.controls) > 0,
    ),
    page(
        *("published.md", lambda of: published_page(of.data, of.analysis)),
        lambda of: of.is_trained and len(of.data.published) > 0,
    ),
    figure("accuracy", lambda of: accuracy_chart(of.data, of.analysis), scaling_figure),
    figure("loss", lambda of: loss_chart(of.data, of.analysis), scaling_figure, _has_loss),
    figure(
        *("step_ms", lambda of: step_ms_chart(of.data, of.analysis), scaling_figure),
        lambda of: of.data.has_predictions or len(of.data.steps) > 0,
    ),
    figure("pareto", lambda of: pareto_chart(of.data, of.analysis), pareto_figure),
    figure("calibration", lambda of: calibration_chart(of.data, of.analysis), calibration_figure, _predicted),
    figure("forest", lambda of: forest_chart(of.data, of.analysis), forest_figure),
    figure(
        *("controls", lambda of: controls_chart(of.data, of.analysis), forest_figure),
        lambda of: of.is_trained and of.analysis.against_controls is not None,
    ),
    figure("components", lambda of: components_chart(of.data, of.analysis), components_figure),
    ReportFile("audit", _audit, _audited),
    ReportFile("n_train, label_noise, input_size", _data_axes, _predicted),
    page("images_or_parameters.md", lambda of: images_or_parameters_page(of.data, of.analysis), _varies_images),
    figure(
        *("images_or_parameters", lambda of: images_or_parameters_chart(of.data, of.analysis), data_axis_figure),
        *(_varies_images, _PNG),
    ),
    figure("fit", lambda of: training_fit_chart(of.data), training_fit_figure, _noisy, _PNG),
    page("fit.md", lambda of: training_fit_page(of.data, of.analysis), _noisy),
    table("effects.csv", lambda of: of.effects.table, lambda of: of.is_factorial),
    page("effects.md", _effects_page, lambda of: of.is_factorial),
    figure(
        *("effects", lambda of: effects_chart(of.data, of.effects.table), effects_figure),
        *(lambda of: of.is_factorial, _PNG),
    ),
    figure("curves", lambda of: curves_chart(of.data, of.data.read_epochs()), curves_figure, _predicted, _PNG),
    figure(
        *("confusion", lambda of: confusion_chart(of.data, of.classified.matrices), confusion_figure, _wants_confusion)
    ),
    text("classification_report.txt", lambda of: of.classified.text, _wants_confusion),
    ReportFile("report.html", _html, always),
)


def draw_figure(name: str, data: StudyData, analysis: Analysis) -> Figure:
    """One figure of the report.

    Raises:
        StudyError: the study has no figure of this name.
    """
    sources = Sources(data, analysis)
    figures = {file.name: file.draw for file in FILES if file.draw is not None and file.when(sources)}
    if name not in figures:
        raise StudyError(
            f"a figure must be one of this study's: {', '.join(figures)}; received {name!r}; choose one of these"
        )
    with house_style():
        return figures[name](sources)


def contents(data: StudyData, analysis: Analysis, samples: tuple[Picture, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files of a report, one after the other. See ``write_analysis``."""
    sources = Sources(data, analysis, samples)
    with house_style():
        for file in FILES:
            if file.when(sources):
                yield from file.make(sources)


def make_files(data: StudyData, names: Collection[str]) -> dict[str, bytes]:
    """Some files of a report by their names; those that the study does not have are left out. No figure is drawn."""
    sources = Sources(data, analyse_study(data))
    chosen = [file for file in FILES if file.name in names and file.when(sources)]
    made = {name: content for file in chosen for name, content in file.make(sources)}
    return made if data.audit is None or AUDIT not in names else {**made, AUDIT: _audit_json(data.audit)}


def audit_files(audit: Audit) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files of an audit."""
    yield AUDIT, _audit_json(audit)
    yield "audit.md", markdown(audit_page(audit)).encode()
    with house_style():
        yield from _pictures("audit", audit_figure(audit_chart(audit)), _PNG)


def _audit_json(audit: Audit) -> bytes:
    return (audit.model_dump_json(indent=1) + "\n").encode()


def _pictures(name: str, drawn: Figure, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for suffix in suffixes:
        yield f"{name}.{suffix}", saved(drawn, suffix)
        drawn.set_layout_engine("none")  # the layout is the same for all formats


def _environments(data: StudyData) -> str:
    """The environments of the results, each with its number of trials (0 if it only timed steps)."""
    n_trials = data.trials["environment_key"].value_counts()
    environments = [
        {"environment_key": key, "n_trials": int(n_trials.get(key, 0)), **environment.values}
        for key, environment in data.environments.items()
    ]
    return json.dumps(environments, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
