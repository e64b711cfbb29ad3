"""What is in each published file of a study."""

import json
from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from bench.analyse.as_json import analysis_json
from bench.analyse.statements import markdown
from bench.audit.model import Audit
from bench.report.against import against_figure, data_axes
from bench.report.audit import audit_figure, audit_markdown, audit_section
from bench.report.calibration import calibration_figure
from bench.report.components import components_figure
from bench.report.controls import controls_markdown
from bench.report.curves import curves_figure
from bench.report.effects import effects_figure, effects_markdown, effects_table
from bench.report.figures import house_style, saved
from bench.report.fit import fit_figure, fit_markdown
from bench.report.forest import forest_figure
from bench.report.material import Material
from bench.report.pareto import pareto_figure
from bench.report.scaling import accuracy_figure, loss_figure, step_ms_figure
from bench.report.tables import as_csv, choices_csv, published_markdown, summary_latex, summary_markdown
from bench.report.timing_figure import parts_figure
from bench.report.timing_material import Timings
from bench.report.timing_tables import timing_markdown
from bench.store import Store

_INTERNAL = ["entry"]
_FIGURES = {
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
    material = Material.read(store)
    analysis = material.analyse(store)
    with house_style():
        for name, content in _timing(material, store):
            yield from _files(name, content)
        if material.is_untrained and len(material.steps):
            yield from _files("step_ms", step_ms_figure(material, analysis))
            yield "environment.json", _environments(material, store).encode()
            return
        yield "statements.md", markdown(analysis).encode()
        yield "analysis.json", analysis_json(analysis).encode()
        if len(analysis.choices):
            yield "chosen_on_inner.csv", choices_csv(analysis.choices).encode()
        yield from ((name, text.encode()) for name, text in _tables(material, store))
        for name, draw in _FIGURES.items():
            yield from _files(name, draw(material, analysis))
        if audit := store.audit():
            yield from audit_contents(audit)
        yield from _data_axes(material)
        yield "curves.png", saved(curves_figure(material, store.epochs()), "png")
        if material.wants_confusion:
            from bench.report.confusion import confusion_report  # scikit-learn: two seconds that few studies need

            figure, text = confusion_report(material, store)
            yield from _files("confusion", figure)
            yield "classification_report.txt", text.encode()


def _data_axes(material: Material) -> Iterator[tuple[str, bytes]]:
    """Names and contents of what a sweep over the data, or a factorial one, shows beside the size."""
    for axis in data_axes(material):
        yield f"{axis}.png", saved(against_figure(material, axis), "png")
    if material.has_label_noise:
        yield "fit.png", saved(fit_figure(material), "png")
        yield "fit.md", fit_markdown(material).encode()
    if material.factorial is not None and len(material.done):
        effects = effects_table(material, material.factorial)
        yield "effects.csv", as_csv(effects).encode()
        yield "effects.md", effects_markdown(material, material.factorial, effects).encode()
        yield "effects.png", saved(effects_figure(material, effects), "png")


def _timing(material: Material, store: Store) -> Iterator[tuple[str, bytes | Figure]]:
    """Names and contents of the files about times: nothing where the study has none."""
    measurements = store.measurements()
    if not len(measurements):
        return
    timings = Timings(material, measurements)
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


def _tables(material: Material, store: Store) -> Iterator[tuple[str, str]]:
    yield "trials.csv", as_csv(material.trials.drop(columns=_INTERNAL))
    yield "summary.csv", as_csv(pd.concat([material.summary, material.controls]).drop(columns=_INTERNAL))
    audit = store.audit()
    section = f"\n{audit_section(audit)}\n" if audit else ""
    yield "summary.md", summary_markdown(material) + section
    yield "summary.tex", summary_latex(material)
    yield "splits.csv", as_csv(store.folds())
    yield "environment.json", _environments(material, store)
    if len(material.controls):
        yield "controls.md", controls_markdown(material)
    if material.published:
        yield "published.md", published_markdown(material)


def _environments(material: Material, store: Store) -> str:
    """The environments that results came from, each with the number of its trials (0: it timed steps only)."""
    n_trials = material.trials["environment_key"].value_counts()
    environments = [
        {"environment_key": key, "n_trials": int(n_trials.get(key, 0)), **environment.values}
        for key, environment in store.environments().items()
    ]
    return json.dumps(environments, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
