"""The statements on a study: the page ``statements.md``, and the output of ``analyse``."""

from collections.abc import Iterable, Sequence

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.claims import Judged
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.intervals import LEVEL
from bench.analyse.sizes.along_family import Axis
from bench.analyse.sizes.double_descent import FITTED_ACCURACY
from bench.pages.along_family import law_sentences
from bench.pages.answer import answer_section
from bench.pages.claims import claim_sentences
from bench.pages.controls import control_sentences
from bench.pages.document import Note, Page, Section, Statement, Table
from bench.pages.inner_choice import nested_section
from bench.pages.number_text import counted, number, with_interval
from bench.pages.verdicts import verdict_sentences
from bench.study.families import TIMES

_INTERVALS = (
    "Intervals allow for other images of this kind and for another training, by the two-level estimator (appendix.md)."
)
_OF_RESULTS = (
    "The study is made of a table with one number per trial, so intervals come from the additive model of blocks: they "
    "allow for another training and, where the table has folds, for other images of this kind."
)
_TAKEN = "yes"


def statements(analysis: Analysis) -> list[Section]:
    """The sections on a study, in the order of reading."""
    if analysis.sizes.empty:
        return [_section("The answer", ["There is no answer yet: no trial of a network is done."])]
    return [
        answer_section(analysis.answer, analysis.study, "The answer"),
        _section("Along sizes", verdict_sentences(analysis)),
        each_network_section(analysis),
        *(along_section(axis, analysis) for axis in analysis.axes),
        *([_controls(comparison)] if (comparison := analysis.against_controls) is not None else []),
        costs_section(analysis),
        *([nested_section(analysis.choices)] if len(analysis.choices) else []),
        *([claims_section(analysis.claims)] if analysis.claims else []),
    ]


def statements_page(analysis: Analysis) -> Page:
    """The page ``statements.md``."""
    first, *others = statements(analysis)
    return Page(f"What {analysis.study.name} shows", (first, Section("", (Note(_design(analysis)),)), *others))


def _design(analysis: Analysis) -> str:
    study = analysis.study
    missing = f" {counted(analysis.n_not_done, 'trial')} not done and left out." if analysis.n_not_done else ""
    return (
        f"{study.dataset}: {sum(study.class_counts):,} images, {analysis.n_folds} folds {TIMES} "
        f"{counted(analysis.n_seeds, 'seed')}.{missing} All intervals are at {LEVEL:.0%}. "
        f"{_INTERVALS if analysis.has_predictions else _OF_RESULTS}"
    )


def each_network_section(analysis: Analysis) -> Section:
    """The measures of each network."""
    taken = analysis.answer.take
    rows, more = [], []
    for row in analysis.sizes.to_dict("records"):
        name = {"network": analysis.labels[row["entry"]], "parameters": f"{row['n_params']:,}"}
        is_taken = taken is not None and row["entry"] == taken.entry
        rows.append(
            {
                **name,
                "trials": str(row["n_done"]),
                "accuracy": with_interval(row, "accuracy"),
                "balanced accuracy": with_interval(row, "balanced_accuracy"),
                "loss": with_interval(row, "loss"),
                "training accuracy": number(row["train_accuracy"]),
                "taken": _TAKEN if is_taken else "",
            }
        )
        if (metrics := analysis.metrics.get(row["entry"])) is not None:
            more.append(
                {
                    **name,
                    "macro F1": number(metrics.macro_f1),
                    "ROC AUC": number(metrics.roc_auc),
                    "Matthews": number(metrics.matthews),
                    "Brier": number(metrics.brier),
                    "log loss": number(metrics.log_loss),
                    "ECE": number(metrics.expected_calibration_error),
                }
            )
    why = analysis.sizes.dropna(subset=["why_no_interval"])
    sentences = [
        "Accuracy, balanced accuracy and loss: means over held-out images and seeds. ECE: expected calibration error.",
        *(
            f"No interval for {analysis.labels[row['entry']]}: {row['why_no_interval']}."
            for row in why.to_dict("records")
        ),
    ]
    return _section("Each network", sentences, [pd.DataFrame(each) for each in (rows, more) if each])


def along_section(axis: Axis, analysis: Analysis) -> Section:
    """The laws along a family, and the size from which it fits its training set."""
    sentences = list(law_sentences(axis))
    if axis.n_partial_blocks:
        sentences.append(
            f"Laws use the {axis.n_blocks} pairs of seed and fold in which every size is done; {axis.n_partial_blocks} "
            "are left out."
        )
    if axis.interpolates_from is None:
        sentences.append(
            f"Interpolation threshold: the largest size fits less than {FITTED_ACCURACY:.0%} of its training set."
        )
    else:
        sentences.append(
            f"Interpolation threshold: from {analysis.labels[axis.interpolates_from]} on, a mean of "
            f"{FITTED_ACCURACY:.0%} or more of the training set is fitted."
        )
    return _section(f"Along {axis.family.label}", sentences)


def _controls(comparison: ControlComparison) -> Section:
    return _section("Controls", control_sentences(comparison))


def costs_section(analysis: Analysis) -> Section:
    """The front of accuracy and costs."""
    sizes, taken = analysis.sizes, analysis.answer.take
    timed = bool(sizes["step_ms"].notna().all())
    front = "Pareto front of accuracy and parameters" + (" and ms per step" if timed else "; steps are not timed") + ":"
    rows = [
        {
            "network": analysis.labels[row["entry"]],
            "parameters": f"{row['n_params']:,}",
            "accuracy": number(row["accuracy"]),
            "ms per step": number(row["step_ms"], "{:.3g}"),
            "on the front": "yes" if row["on_front"] else "no",
            "probability": number(row["front_probability"], "{:.2f}"),
            "% per million parameters": number(row["accuracy_density"], "{:,.1f}"),
            "taken": _TAKEN if taken is not None and row["entry"] == taken.entry else "",
        }
        for row in sizes.to_dict("records")
    ]
    return _section("Accuracy and cost", [front], [pd.DataFrame(rows)])


def claims_section(claims: Sequence[Judged]) -> Section:
    """The verdicts on published claims."""
    return _section("Published claims", claim_sentences(claims))


def _section(title: str, sentences: Iterable[str], tables: Iterable[pd.DataFrame] = ()) -> Section:
    """Sentences, then tables; names of networks are aligned left."""
    names = ("network", "first", "second")
    return Section(title, (*map(Statement, sentences), *(Table.of(table, names) for table in tables)))
