"""The folded chapters of a study's page, made of the sections and charts of the other pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.audit.audit_records import Severity
from bench.pages.along_family import law_sentences
from bench.pages.appendix import appendix_page
from bench.pages.audit_page import audit_page
from bench.pages.charts.audit_chart import audit_chart
from bench.pages.charts.calibration_chart import calibration_chart
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Panel, Style, values
from bench.pages.charts.components_chart import components_chart
from bench.pages.charts.confusion_chart import confusion_chart
from bench.pages.charts.curves_chart import curves_chart
from bench.pages.charts.forest_chart import forest_chart
from bench.pages.charts.panels import panel_note, thinned
from bench.pages.charts.pareto_chart import pareto_chart
from bench.pages.charts.scaling_chart import step_ms_chart
from bench.pages.charts.timing_chart import timing_chart
from bench.pages.classification import classify
from bench.pages.controls import controls_page
from bench.pages.document import Block, Note, Section, Statement, Table
from bench.pages.number_text import counted, interval_text, number
from bench.pages.run_command import run_command
from bench.pages.statements import statements
from bench.pages.timed_parts import TimedParts
from bench.pages.timing_page import timing_page
from bench.study.study_data import StudyData

_MOST_CLASS_ROWS = 120
_CITE = (
    "The param-scaling-bench developers. param-scaling-bench: a benchmark harness for parameter-count scaling of image "
    "classifiers. Cite the data set and, where given, the published points by their own references as well."
)


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
    data: StudyData, analysis: Analysis, timings: TimedParts | None, extra: Sequence[Section]
) -> Iterator[Chapter]:
    """The chapters that a study has, in the order of reading."""
    if data.audit is not None:
        yield _data(data, extra)
    if len(data.controls):
        yield Chapter("controls", "Controls", _of_controls(analysis), controls_page(data, analysis).sections)
    if not analysis.sizes.empty:
        yield from _networks(data, analysis)
    if timings is not None:
        page = timing_page(timings)
        charts = Section("", (timing_chart(timings), step_ms_chart(data, analysis)))
        yield Chapter("times", "Anatomy of a training step", "where the time of a step goes", (charts, *page.sections))
    yield Chapter("environment", "Machine and software", _machine(data), (_environment(data),))
    yield _rerun(data)


def _data(data: StudyData, extra: Sequence[Section]) -> Chapter:
    audit = data.audit
    if audit is None:
        raise ValueError("the chapter on the data needs an audit; there is none; check StudyData.audit first")
    counts = {severity: len(audit.of(severity)) for severity in Severity}
    gist = ", ".join(f"{counted(n, severity.value + ' finding')}" for severity, n in counts.items() if n)
    sections = (*audit_page(audit).sections, Section("", (audit_chart(audit),)), *extra)
    return Chapter("data", "The images", gist or "no finding", sections)


def _of_controls(analysis: Analysis) -> str:
    return "predictors that a network must beat" if analysis.against_controls is not None else "nothing is compared"


def _networks(data: StudyData, analysis: Analysis) -> Iterator[Chapter]:
    all_sections = statements(analysis)
    power = _power(analysis)
    if power is not None:
        yield Chapter("power", "What this study could have found", "gains found in 80 % of such studies", (power,))
    appendix = appendix_page(analysis).sections
    forest = Section("", (forest_chart(data, analysis),))
    pairs = [each for each in appendix if each.title.startswith(("Pairs", "Slopes"))]
    yield Chapter("pairs", "Differences between sizes", "every pair, with its interval", (forest, *pairs))
    if analysis.axes:
        laws = tuple(
            Section(f"Along {axis.family.label}", tuple(map(Statement, law_sentences(axis)))) for axis in analysis.axes
        )
        yield Chapter("laws", "Scaling laws", "formulas fitted along the sizes", laws)
    costs = [each for each in all_sections if each.title == "Accuracy and cost"]
    pareto = Section("", (pareto_chart(data, analysis),))
    yield Chapter("costs", "Accuracy against cost", "the Pareto front", (pareto, *costs))
    yield Chapter(
        *("classes", "Classes: sensitivity, specificity, confusion, ROC", "what is recognised, and what is mistaken"),
        _classes(data, analysis),
    )
    measures = [each for each in all_sections if each.title == "Each network"]
    calibration = Section("", (calibration_chart(data, analysis),))
    yield Chapter("calibration", "Calibration", "whether confidence can be taken at its word", (calibration, *measures))
    curves = Section("", (curves_chart(data, data.read_epochs()),))
    yield Chapter("curves", "Training curves", "accuracy and loss by epoch", (curves,))
    components = Section("", (components_chart(data, analysis),))
    others = [each for each in appendix if each.title.startswith(("Variance", "One-standard"))]
    yield Chapter("components", "Where the spread comes from", "variance components", (components, *others))


def _power(analysis: Analysis) -> Section | None:
    blocks = [
        Statement(
            f"{label}: a gain of {number(100 * gain, '{:.1f}')} points per tenfold of the parameters is found in 80 % "
            "of studies of this size."
        )
        for label, gain in analysis.detectable.items()
    ]
    return Section("", tuple(blocks)) if blocks else None


def _classes(data: StudyData, analysis: Analysis) -> tuple[Section, ...]:
    n_classes = len(data.study.class_names)
    entries = analysis.sizes["entry"].tolist()
    shown = _shown(analysis, entries, n_classes)
    rows = [
        {
            "network": analysis.labels[entry],
            "class": rates.name,
            "images": f"{rates.n_images:,}",
            "sensitivity": interval_text(rates.sensitivity),
            "specificity": interval_text(rates.specificity),
        }
        for entry in shown
        for rates in analysis.class_rates[entry]
    ]
    left_out = len(entries) - len(shown)
    note = "Held-out predictions. Wilson's 95 % intervals over images; they leave out the spread between trainings."
    more = f" The table leaves out {counted(left_out, 'network')}." if left_out else ""
    table = Table.of(pd.DataFrame(rows), ("network", "class"))
    return (
        Section("Sensitivity and specificity", (Note(note + more), table)),
        Section("ROC", (roc_chart(data, analysis),)),
        Section("Confusion", (confusion_chart(data, classify(data).matrices),)),
    )


def _shown(analysis: Analysis, entries: Sequence[int], n_classes: int) -> list[int]:
    """The networks of the table of classes: all, or as many as fit, among them the taken and the most accurate one."""
    most = max(2, _MOST_CLASS_ROWS // n_classes)
    if len(entries) <= most:
        return list(entries)
    take = analysis.answer.take
    best = int(analysis.sizes["entry"].iloc[int(analysis.sizes["accuracy"].to_numpy(float).argmax())])
    first = [best] if take is None else [take.entry, best]
    kept = list(dict.fromkeys([*first, *entries]))[:most]
    return [entry for entry in entries if entry in kept]


def roc_chart(data: StudyData, analysis: Analysis) -> Chart:
    """The ROC curve of the held-out predictions, one panel per network."""
    entries = sorted(analysis.roc)
    shown = thinned(entries)
    limits = (-0.02, 1.02)
    x, y = ChartAxis("false alarms", limits=limits), ChartAxis("cases found", limits=limits)
    diagonal = Curve("", Style("diagonal"), (0.0, 1.0), (0.0, 1.0))
    panels = []
    for entry in shown:
        roc, auc = analysis.roc[entry], analysis.metrics[entry].roc_auc
        empty = "a class has no image" if np.isnan(roc.true_positive).any() else ""
        curve = Curve("", Style("train"), values(roc.false_positive), values(roc.true_positive))
        title = f"{analysis.labels[entry]}\nROC AUC {number(auc)}"
        panels.append(Panel(x, y, (diagonal, curve), title, empty))
    names = data.study.class_names
    whose = f"cases: {names[1]}" if len(names) == 2 else "mean over classes, each against all others"
    return Chart(data.title(), tuple(panels), f"held-out predictions, pooled; {whose}" + panel_note(shown, entries))


def _machine(data: StudyData) -> str:
    cpus = dict.fromkeys(str(each.values.get("cpu", "unknown")) for each in data.environments.values())
    return ", ".join(cpus) or "unknown"


def _environment(data: StudyData) -> Section:
    columns = [dict(_flat(each.values)) for each in data.environments.values()]
    names = list(dict.fromkeys(name for column in columns for name in column))
    heads = [f"environment {place + 1}" for place in range(len(columns))] if len(columns) > 1 else ["value"]
    n_trials = data.trials["environment_key"].value_counts()
    rows: list[dict[str, str]] = [
        {"what": name, **{head: column.get(name, "") for head, column in zip(heads, columns, strict=True)}}
        for name in names
    ]
    counts = [str(int(n_trials.get(key, 0))) for key in data.environments]
    rows.append({"what": "trials", **dict(zip(heads, counts, strict=True))})
    return Section("", (Table.of(pd.DataFrame(rows), ("what", *heads)),))


def _flat(values_: object, above: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(values_, dict):
        for name, value in values_.items():
            yield from _flat(value, f"{above}{name} ")
    else:
        yield above.strip().replace("_", " ").removeprefix("versions "), str(values_)


def _rerun(data: StudyData) -> Chapter:
    seeds = sorted(set(data.trials["seed"].tolist()))
    blocks: tuple[Block, ...] = (
        Note("This command trains the same networks again. On the same type of machine it gives the same numbers to "
        "the last bit; step times differ."),
        Note(f"`{run_command(data.study, seeds)}`"),
        Note("This command rebuilds this page and every other file from the stored results, without training:"),
        Note(f"`python -m bench report path/to/{data.study.name}`"),
    )  # fmt: skip
    return Chapter(
        *("rerun", "Rerun and cite", "the commands, and the reference"),
        (Section("Rerun", blocks), Section("Cite", (Note(_CITE),))),
    )
