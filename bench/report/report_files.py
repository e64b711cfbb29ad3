"""What is in each published file of a study."""

import json
from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis, analyse_study
from bench.audit.audit_records import Audit
from bench.pages.audit import audit_markdown, audit_section
from bench.pages.controls import controls_markdown
from bench.pages.statements import markdown
from bench.pages.tables import as_csv, choices_csv, published_markdown, summary_latex, summary_markdown
from bench.pages.timing import timing_markdown
from bench.pages.timing_material import Timings
from bench.render.analysis_json import analysis_json
from bench.render.figures.audit import audit_figure
from bench.render.figures.calibration import calibration_figure
from bench.render.figures.components import components_figure
from bench.render.figures.curves import curves_figure
from bench.render.figures.data_axis import against_figure, data_axes
from bench.render.figures.drawing import house_style, saved
from bench.render.figures.effects import effects_figure, effects_markdown, effects_table
from bench.render.figures.forest import forest_figure
from bench.render.figures.pareto import pareto_figure
from bench.render.figures.scaling import accuracy_figure, loss_figure, step_ms_figure
from bench.render.figures.timing import parts_figure
from bench.render.figures.training_fit import fit_figure, fit_markdown
from bench.store import Store
from bench.study.study_data import StudyData

_INTERNAL = ["entry"]
FIGURES = {
    "accuracy": accuracy_figure,
    "loss": loss_figure,
    "step_ms": step_ms_figure,
    "pareto": pareto_figure,
    "calibration": calibration_figure,
    "forest": forest_figure,
    "components": components_figure,
}


def contents(store: Store) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files, one after the other. See ``write_report``."""
    data = StudyData.read(store)
    analysis = analyse_study(data)
    with house_style():
        for name, content in _timing(data):
            yield from _files(name, content)
        if data.is_untrained and len(data.steps):
            yield from _files("step_ms", step_ms_figure(data, analysis))
            yield "environment.json", _environments(data).encode()
            return
        yield "statements.md", markdown(analysis).encode()
        yield "analysis.json", analysis_json(analysis).encode()
        if len(analysis.choices):
            yield "chosen_on_inner.csv", choices_csv(analysis.choices).encode()
        yield from ((name, text.encode()) for name, text in _tables(data, analysis))
        for name, draw in FIGURES.items():
            yield from _files(name, draw(data, analysis))
        if audit := data.audit:
            yield from audit_contents(audit)
        yield from _data_axes(data)
        yield "curves.png", saved(curves_figure(data, data.read_epochs()), "png")
        if data.wants_confusion:
            from bench.render.figures.confusion import (
                confusion_report,  # scikit-learn: two seconds that few studies need
            )

            figure, text = confusion_report(data)
            yield from _files("confusion", figure)
            yield "classification_report.txt", text.encode()


def _data_axes(data: StudyData) -> Iterator[tuple[str, bytes]]:
    """Names and contents of what a sweep over the data, or a factorial one, shows beside the size."""
    for axis in data_axes(data):
        yield f"{axis}.png", saved(against_figure(data, axis), "png")
    if data.has_label_noise:
        yield "fit.png", saved(fit_figure(data), "png")
        yield "fit.md", fit_markdown(data).encode()
    if data.factorial is not None and len(data.done):
        effects = effects_table(data, data.factorial)
        yield "effects.csv", as_csv(effects).encode()
        yield "effects.md", effects_markdown(data, data.factorial, effects).encode()
        yield "effects.png", saved(effects_figure(data, effects), "png")


def _timing(data: StudyData) -> Iterator[tuple[str, bytes | Figure]]:
    """Names and contents of the files about times: nothing where the study has none."""
    measurements = data.measurements
    if not len(measurements):
        return
    timings = Timings(data, measurements)
    internal = ["entry"]
    yield "timing.csv", timings.figures.drop(columns=internal).to_csv(index=False, lineterminator="\n").encode()
    yield "timing.md", timing_markdown(timings).encode()
    if timings.figures["part"].nunique() > 1:
        yield "timing", parts_figure(timings)


def _files(name: str, content: bytes | Figure) -> Iterator[tuple[str, bytes]]:
    if isinstance(content, bytes):
        yield name, content
        return
    yield f"{name}.png", saved(content, "png")
    content.set_layout_engine("none")  # laid out once is laid out for both
    yield f"{name}.svg", saved(content, "svg")


def audit_contents(audit: Audit) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of what an audit is published as."""
    yield "audit.json", (audit.model_dump_json(indent=1) + "\n").encode()
    yield "audit.md", audit_markdown(audit).encode()
    with house_style():
        yield "audit.png", saved(audit_figure(audit), "png")


def _tables(data: StudyData, analysis: Analysis) -> Iterator[tuple[str, str]]:
    yield "trials.csv", as_csv(data.trials.drop(columns=_INTERNAL))
    yield "summary.csv", as_csv(pd.concat([analysis.summary, data.controls]).drop(columns=_INTERNAL))
    audit = data.audit
    section = f"\n{audit_section(audit)}\n" if audit else ""
    yield "summary.md", summary_markdown(data, analysis) + section
    yield "summary.tex", summary_latex(data, analysis)
    yield "splits.csv", as_csv(data.read_folds())
    yield "environment.json", _environments(data)
    if len(data.controls):
        yield "controls.md", controls_markdown(data)
    if data.published:
        yield "published.md", published_markdown(data, analysis)


def _environments(data: StudyData) -> str:
    """The environments that results came from, each with the number of its trials (0: it timed steps only)."""
    n_trials = data.trials["environment_key"].value_counts()
    environments = [
        {"environment_key": key, "n_trials": int(n_trials.get(key, 0)), **environment.values}
        for key, environment in data.environments.items()
    ]
    return json.dumps(environments, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
