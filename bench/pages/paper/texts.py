"""The captions and the limitations paragraph of a paper, from what was run."""

from collections.abc import Iterator

import numpy as np

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import Outcome
from bench.analyse.estimates.intervals import LEVEL
from bench.analyse.times.noise_grades import Grade
from bench.audit.audit_records import Severity
from bench.pages.answer import headline, take_sentence
from bench.pages.document import Note, Page, Section
from bench.pages.number_text import and_list, counted, number
from bench.pages.paper.methods import methods
from bench.pages.paper.paper_table import TAKEN
from bench.store.columns import protocol_column
from bench.study.families import TIMES
from bench.study.study_data import StudyData

_LEVEL = f"{LEVEL:.0%}".replace("%", " %")


def paper_page(data: StudyData, analysis: Analysis) -> Page:
    """The texts of a paper: the captions, the methods paragraph, the limitations paragraph."""
    texts = {
        "Caption of the figure": figure_caption(data, analysis),
        "Caption of the table": table_caption(data, analysis),
        "Methods": " ".join(methods(data, analysis).values()),
        "Limitations": " ".join(limitations(data, analysis)),
    }
    return Page(
        f"Texts on {data.study.name}", tuple(Section(title, (Note(text),)) for title, text in texts.items() if text)
    )


def figure_caption(data: StudyData, analysis: Analysis) -> str:
    """What the panels of the figure show, and the answer."""
    return " ".join(_figure(data, analysis))


def _figure(data: StudyData, analysis: Analysis) -> Iterator[str]:
    is_timed = bool(analysis.sizes["step_ms"].notna().any())
    what = "Accuracy and time of a training step" if is_timed else "Accuracy"
    yield f"{what} against the number of parameters on {_design(data, analysis)}."
    has_interval = bool(analysis.sizes["accuracy_low"].notna().any())
    bars = f", bars are {_LEVEL} intervals for other images of this kind and another training"
    yield f"(a) Held-out accuracy: marks are means over images and seeds{bars if has_interval else ''}."
    if len(analysis.controls):
        yield "The strip has the accuracies of the controls; an arrow marks a control beyond the axis."
    if is_timed:
        timed = analysis.summary.reindex(columns=["step_ms_low"])["step_ms_low"].notna().any()
        bars = f", bars are {_LEVEL} intervals over timing rounds" if timed else ""
        yield f"(b) Milliseconds per training step: marks are medians{bars}."
    yield "Numbers next to marks are parameter counts; where there is no room, the table has them."
    if analysis.answer.take is not None:
        yield f"The ring marks {analysis.answer.take.label}, the network to take."
    yield headline(analysis.answer, data.study)


def table_caption(data: StudyData, analysis: Analysis) -> str:
    """What the columns and the marks of the table mean."""
    return " ".join(_table(data, analysis))


def _table(data: StudyData, analysis: Analysis) -> Iterator[str]:
    kinds = "Networks, and below the rule controls," if len(analysis.controls) else "Networks"
    yield f"{kinds} on {_design(data, analysis)}."
    yield (
        "Parameters are exact counts; MFLOPs are those of a forward pass. Accuracy and loss (nats per image) are means "
        f"over held-out images and seeds, with {_LEVEL} intervals in brackets."
    )
    if analysis.sizes["step_ms"].notna().any():
        yield f"Times are medians, with {_LEVEL} intervals over timing rounds where there are enough."
    if "step_ms_verdict" in analysis.summary:
        grades = set(analysis.summary["step_ms_verdict"].dropna())
        yield from (
            f"{mark} marks a time that is {meaning}."
            for grade, mark, meaning in ((Grade.NOISY, "*", "noisy"), (Grade.UNUSABLE, "**", "too noisy to use"))
            if grade in grades
        )
    if analysis.answer.take is not None:
        yield f"{TAKEN} marks the network to take. {take_sentence(analysis.answer)}"


def limitations(data: StudyData, analysis: Analysis) -> Iterator[str]:
    """What the study cannot show, one sentence or two per limitation."""
    yield from _of_answer(data, analysis)
    yield from _of_data(data, analysis)
    yield from _of_training(data, analysis)
    yield from _of_times(data, analysis)


def _of_answer(data: StudyData, analysis: Analysis) -> Iterator[str]:
    if analysis.answer.obstacles:
        yield headline(analysis.answer, data.study)
    if any(each.family.is_mixed for each in analysis.answer.families):
        yield "The networks differ in more than their size, so differences are not due to size alone."
    open_ = [
        f"{number(100 * gain, '{:.1f}')} points in {family}"
        for family, gain in analysis.detectable.items()
        if gain >= analysis.answer.margin
    ]
    if open_:
        yield (
            "The study may miss gains per tenfold of the parameters below those that 80 % of such studies would find: "
            f"{and_list(open_)}."
        )
    comparison = analysis.against_controls
    if comparison is None:
        yield "No control was run, so whether the networks use the object was not tested."
    elif names := comparison.named(Outcome.NOT_SHOWN):
        yield f"The most accurate network is not shown to beat {and_list(names)}."


def _of_data(data: StudyData, analysis: Analysis) -> Iterator[str]:
    yield (
        "All results are from cross-validation on one data set; no external data were used, so nothing is known about "
        "other sites, devices or populations."
    )
    if data.audit is None:
        yield "The images were not searched for duplicates or for differences between the files of the classes."
    else:
        found = [each.what for each in data.audit.findings if each.severity is not Severity.NOTE]
        if found:
            yield f"The search of the images found: {'; '.join(found)}."
    if not data.study.has_patients:
        yield "The data set names no patients, so images of one patient may lie in training and held-out parts."
    elif not data.study.patient_wise:
        yield "Images of one patient may lie in training and held-out parts."
    share = number(100 * (1 - 1 / analysis.n_folds), "{:.0f}")
    yield (
        f"A network was trained on at most {share} % of the images, and folds share training images; how much that "
        "matters cannot be estimated from one data set and is assumed."
    )


def _of_training(data: StudyData, analysis: Analysis) -> Iterator[str]:
    if data.summary[protocol_column("learning_rate")].nunique() == 1:
        yield "All sizes were trained with one learning rate; a rate of its own may suit a size better."
    if analysis.n_seeds == 1:
        yield "There is one seed, so the spread of trainings is estimated from folds alone."
    n_failed = int(analysis.summary["n_failed"].sum())
    if n_failed:
        yield f"{counted(n_failed, 'training')} failed and {'is' if n_failed == 1 else 'are'} left out."
    take = analysis.answer.take
    if take is not None and take.is_largest:
        yield "The network to take is the largest that was trained; larger ones may be more accurate."


def _of_times(data: StudyData, analysis: Analysis) -> Iterator[str]:
    if data.steps.empty:
        return
    yield "Times hold for the machine, the batch size and the number of threads of this study."
    if "step_ms_verdict" in analysis.summary:
        verdicts = analysis.summary["step_ms_verdict"].dropna()
        n_noisy = int(np.sum(verdicts != Grade.STEADY))
        if n_noisy:
            yield f"{n_noisy} of {counted(len(verdicts), 'time')} {'is' if n_noisy == 1 else 'are'} noisy."


def _design(data: StudyData, analysis: Analysis) -> str:
    study = data.study
    seeds = counted(analysis.n_seeds, "seed")
    return f"{study.dataset} ({sum(study.class_counts):,} images, {analysis.n_folds} folds {TIMES} {seeds})"
