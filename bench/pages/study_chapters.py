"""The folded chapters of a study's page, made of the sections and charts of the other pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analyse.analysis import Analysis
from bench.analyse.factorial_effects import FactorialEffects
from bench.audit.audit_records import Audit, Severity
from bench.pages.appendix import pair_sections, slopes_section, spread_sections
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
from bench.pages.charts.roc_chart import roc_chart
from bench.pages.charts.scaling_chart import step_ms_chart
from bench.pages.charts.timing_chart import timing_chart
from bench.pages.charts.training_fit_chart import training_fit_chart
from bench.pages.class_rates import class_rates_section
from bench.pages.classification import classify
from bench.pages.controls import controls_page
from bench.pages.design_page import design_page
from bench.pages.document import Block, Section, Statement
from bench.pages.effects_page import effects_page
from bench.pages.images_or_parameters_page import images_or_parameters_page
from bench.pages.inner_choice import nested_section
from bench.pages.number_text import counted, number
from bench.pages.provenance import machine_section, machines, rerun_sections
from bench.pages.statements import along_section, claims_section, costs_section, each_network_section
from bench.pages.summary_page import published_page
from bench.pages.timed_parts import TimedParts
from bench.pages.timing_page import timing_page
from bench.pages.training_fit_page import training_fit_page
from bench.study.study_data import StudyData


@dataclass(frozen=True)
class Chapter:
    """A folded part of the page.

    Attributes:
        name: of its anchor.
        title: what it is about.
        gist: what it says, in a few words.
        sections: its content.
    """

    name: str
    title: str
    gist: str
    sections: tuple[Section, ...]


def chapters(
    data: StudyData,
    analysis: Analysis,
    timings: TimedParts | None = None,
    effects: FactorialEffects | None = None,
    samples: Sequence[Block] = (),
) -> Iterator[Chapter]:
    """The chapters that a study has, in the order of reading.

    Args:
        data: the study.
        analysis: of the study.
        timings: its times by part; None without any.
        effects: those of a factorial study.
        samples: pictures of the images.
    """
    if data.audit is not None or samples:
        yield _images(data.audit, samples)
    if len(data.controls):
        about = ("controls", "Controls", "what a network must beat")
        yield _chapter(about, controls_chart(data, analysis), *controls_page(data, analysis).sections)
    if not analysis.sizes.empty:
        yield from _along_sizes(data, analysis, effects)
        if data.has_predictions:
            yield from _predictions(data, analysis)
        yield _chapter(
            ("components", "Where the spread comes from", "variance components"),
            components_chart(data, analysis),
            *spread_sections(analysis),
        )
    if timings is not None:
        charts = (timing_chart(timings), step_ms_chart(data, analysis))
        about = ("times", "Anatomy of a training step", "where the time of a step goes")
        yield _chapter(about, *charts, *timing_page(timings).sections)
    if data.study.frozen is not None:
        yield Chapter("plan", "Plan and looks", "what was to be answered", design_page(data, analysis).sections)
    if data.environments:
        yield Chapter("environment", "Machine and software", ", ".join(machines(data)), (machine_section(data),))
    yield Chapter("rerun", "Rerun and cite", "commands and references", tuple(rerun_sections(data)))


def _chapter(about: tuple[str, str, str], *parts: Section | Chart) -> Chapter:
    """A chapter of sections and charts; a chart stands in a section of its own, without a heading."""
    return Chapter(*about, tuple(Section("", (part,)) if isinstance(part, Chart) else part for part in parts))


def _images(audit: Audit | None, samples: Sequence[Block]) -> Chapter:
    pictures = [Section("Samples", tuple(samples))] if samples else []
    if audit is None:
        return _chapter(("images", "The images", "not audited"), *pictures)
    counts = [counted(n, f"{severity} finding") for severity in Severity if (n := len(audit.of(severity)))]
    findings, *others = audit_page(audit).sections
    about = ("images", "The images", ", ".join(counts) or "no finding")
    return _chapter(about, findings, *pictures, audit_chart(audit), *others)


def _along_sizes(data: StudyData, analysis: Analysis, effects: FactorialEffects | None) -> Iterator[Chapter]:
    if analysis.detectable:
        about = ("power", "What this study could have found", "gains found in 80 % of such studies")
        yield _chapter(about, _power(analysis))
    if analysis.claims or data.published:
        published = published_page(data, analysis).sections if data.published else ()
        claims = [claims_section(analysis.claims)] if analysis.claims else []
        yield _chapter(("published", "Published claims and numbers", "compared with this study"), *claims, *published)
    about = ("pairs", "Differences between sizes", "every pair, with its interval")
    yield _chapter(about, forest_chart(data, analysis), slopes_section(analysis), *pair_sections(analysis))
    if analysis.axes:
        laws = (along_section(axis, analysis) for axis in analysis.axes)
        yield _chapter(("laws", "Scaling laws", "formulas fitted along the sizes"), *laws)
    about = ("costs", "Accuracy against cost", "the Pareto front")
    yield _chapter(about, pareto_chart(data, analysis), costs_section(analysis))
    if len(analysis.answer.images_or_parameters):
        about = ("images-or-parameters", "More images or more parameters", "what each is worth")
        chart = images_or_parameters_chart(data, analysis)
        yield _chapter(about, chart, *images_or_parameters_page(data, analysis).sections)
    if data.has_predictions and (axes := data_axes(data)):
        about = ("data-axes", "Accuracy along the data", "numbers of images, label noise, image sizes")
        yield _chapter(about, *(data_axis_chart(data, analysis, axis) for axis in axes))
    if data.has_label_noise:
        about = ("fit", "Training and held-out error", "with wrong labels")
        yield _chapter(about, training_fit_chart(data), *training_fit_page(data, analysis).sections)
    if effects is not None and data.factorial is not None:
        about = ("effects", "Effects of the factors", "main effects and interactions")
        chart = effects_chart(data, effects.table)
        yield _chapter(about, chart, *effects_page(data, data.factorial, effects).sections)
    if len(analysis.choices):
        about = ("inner", "Chosen on the inner validation part", "nested cross-validation")
        yield _chapter(about, nested_section(analysis.choices))


def _predictions(data: StudyData, analysis: Analysis) -> Iterator[Chapter]:
    confusion = confusion_chart(data, classify(data).matrices)
    yield _chapter(
        ("classes", "Classes: sensitivity, specificity, ROC, confusion", "what is recognised, and what is mistaken"),
        class_rates_section(analysis),
        Section("ROC", (roc_chart(data, analysis),)),
        Section("Confusion", (confusion,)),
    )
    about = ("calibration", "Calibration", "whether confidence can be taken at its word")
    yield _chapter(about, calibration_chart(data, analysis), each_network_section(analysis))
    about = ("curves", "Training curves", "accuracy and loss by epoch")
    yield _chapter(about, curves_chart(data, data.read_epochs()))


def _power(analysis: Analysis) -> Section:
    found = (
        f"{label}: a gain of {number(100 * gain, '{:.1f}')} points per tenfold of the parameters is found in 80 % of "
        "studies of this size."
        for label, gain in analysis.detectable.items()
    )
    return Section("", tuple(map(Statement, found)))
