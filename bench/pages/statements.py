"""The statements on a study: the page ``statements.md``, and the output of ``analyse``."""

from collections.abc import Iterable, Sequence

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.claims import Judged
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.estimates.variance_components import Components
from bench.analyse.sizes.along_family import Axis
from bench.analyse.sizes.double_descent import FITTED_ACCURACY
from bench.pages.along_family import law_sentences, trend_sentences
from bench.pages.claims import claim_sentences
from bench.pages.controls import control_sentences
from bench.pages.document import Note, Page, Section, Statement, Table
from bench.pages.inner_choice import nested_section
from bench.pages.number_text import counted, interval, number, pair_table, reasons, with_interval
from bench.pages.verdicts import verdict_sentence, verdict_sentences
from bench.study.families import TIMES

_SHARED_TRAINING = (
    "Folds share training images, so their results are not independent: intervals and tests over folds and seeds use "
    "the corrected variance of Nadeau and Bengio (2003), which is an approximation and not a guarantee."
)
_OWN_SPLITS = (
    "Images of the fold: which images happen to be in a held-out fold. Training: what a training adds to that, by its "
    "seed and its training images. Mean of a repetition: what another seed and split would change in the mean over all "
    "folds. Each seed draws its own folds here, so seed and split vary together and are not separable; in a sweep with "
    "split_seed, all seeds use the same folds, which separates them."
)


def statements(analysis: Analysis) -> list[Section]:
    """The sections on a study, in the order of reading."""
    if analysis.sizes.empty:
        return [_section("Verdicts", ["There is no verdict yet: no trial of a network is done."])]
    return [
        _section("Verdicts", verdict_sentences(analysis)),
        _intervals(analysis),
        *(_along(axis, analysis) for axis in analysis.axes),
        *([_controls(comparison)] if (comparison := analysis.against_controls) is not None else []),
        _spread(analysis),
        _power(analysis),
        _choice(analysis),
        *([nested_section(analysis.choices)] if len(analysis.choices) else []),
        *([_claims(analysis.claims)] if analysis.claims else []),
    ]


def statements_page(analysis: Analysis) -> Page:
    """The page ``statements.md``."""
    head = Section("", (Note(_design(analysis)),))
    return Page(f"What {analysis.study.name} shows", (head, *statements(analysis)))


def _design(analysis: Analysis) -> str:
    study = analysis.study
    missing = f" {counted(analysis.n_not_done, 'trial')} not done and left out." if analysis.n_not_done else ""
    return (
        f"{study.dataset}: {sum(study.class_counts):,} images, {analysis.n_folds} folds {TIMES} "
        f"{counted(analysis.n_seeds, 'seed')}.{missing} All intervals are at {LEVEL:.0%}. {_SHARED_TRAINING}"
    )


def _intervals(analysis: Analysis) -> Section:
    rows, more = [], []
    for row in analysis.sizes.to_dict("records"):
        metrics = analysis.metrics[row["entry"]]
        name = {"network": analysis.labels[row["entry"]], "parameters": f"{row['n_params']:,}"}
        rows.append(
            {
                **name,
                "trials": str(row["n_done"]),
                "accuracy": with_interval(row, "accuracy"),
                "loss": with_interval(row, "loss"),
                "pooled (Wilson)": with_interval(row, "pooled_accuracy"),
            }
        )
        more.append(
            {
                **name,
                "balanced accuracy": number(metrics.balanced_accuracy),
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
        "Accuracy and loss: mean over folds and seeds with the corrected resampled interval, which holds for another "
        "training on such images. Pooled accuracy: Wilson interval over distinct images, which holds for these trained "
        "networks on other such images; more seeds do not narrow it. ECE: expected calibration error.",
        *(
            f"No interval for {analysis.labels[row['entry']]}: {row['why_no_interval']}."
            for row in why.to_dict("records")
        ),
    ]
    return _section("Each size", sentences, [pd.DataFrame(rows), pd.DataFrame(more)])


def _along(axis: Axis, analysis: Analysis) -> Section:
    sentences = [verdict_sentence(axis, analysis), *trend_sentences(axis)]
    if axis.n_partial_blocks:
        sentences.append(
            f"Trend and laws use the {axis.n_blocks} pairs of seed and fold in which every size is done; "
            f"{axis.n_partial_blocks} are left out. Each pair of networks uses all seeds and folds that both have done."
        )
    sentences += law_sentences(axis)
    if axis.interpolates_from is None:
        sentences.append(
            f"Interpolation threshold: the largest size fits less than {FITTED_ACCURACY:.0%} of its training set."
        )
    else:
        sentences.append(
            f"Interpolation threshold: from {analysis.labels[axis.interpolates_from]} on, a mean of "
            f"{FITTED_ACCURACY:.0%} or more of the training set is fitted."
        )
    table = axis.comparisons
    sentences += [
        f"Pairs: second minus first, paired by (seed, fold). p: corrected t test, Holm over {len(table)} pairs; "
        f"McNemar: images that only one network classifies correctly, Holm likewise. Last: posterior probability of "
        f"worse, equal within {analysis.rope:g}, better.",
        *reasons(table, analysis.labels),
    ]
    prefix = "" if axis.family.is_mixed else f"{axis.family.label} "
    return _section(f"Along {axis.family.label}", sentences, [pair_table(table, analysis.labels, prefix)])


def _controls(comparison: ControlComparison) -> Section:
    return _section("Controls", control_sentences(comparison))


def _spread(analysis: Analysis) -> Section:
    rows, sentences = [], []
    for entry, parts in analysis.components.items():
        if isinstance(parts, Components):
            cells = {
                name: f"{_deviation(variance)} ({parts.shares[name]:.0%})" for name, variance in parts.variances.items()
            }
            if parts.of_repetition:
                cells["mean of a repetition"] = _deviation(parts.of_repetition)
            rows.append({"network": analysis.labels[entry], **cells})
    lacking = {parts.reason for parts in analysis.components.values() if isinstance(parts, NotComputed)}
    sentences += [f"Not computed: {reason}." for reason in sorted(lacking)]
    if rows:
        sentences.append(
            "Standard deviation of the accuracy of a trial by source, with interval and share of the variance. A "
            "source whose interval begins at 0 is not told apart from none."
        )
        if analysis.splits_are_shared:
            sentences.append(
                "Initial weights, order and dropout are drawn separately for each seed and fold, so most of their "
                "variation is in the residual. Rerunning a trial adds no variance, since it gives the same bits."
            )
        else:
            sentences.append(_OWN_SPLITS)
    return _section("Variance components", sentences, [pd.DataFrame(rows)] if rows else [])


def _deviation(variance: Interval) -> str:
    """A variance with its interval, as a standard deviation."""
    return interval(variance.value**0.5, variance.low**0.5, variance.high**0.5)


def _power(analysis: Analysis) -> Section:
    power = analysis.power
    if isinstance(power.detectable, NotComputed):
        return _section("Power", [f"Not computed: {power.detectable.reason}."])
    source = "assumed from the number of images" if power.is_assumed else "median of neighbouring sizes"
    sentence = (
        f"This design finds a difference of {number(power.detectable)} in accuracy or more with 80 % power "
        f"(corrected t test at 5 %; standard deviation of paired differences {number(power.sd)}, {source})."
    )
    return _section("Power", [sentence])


def _choice(analysis: Analysis) -> Section:
    sizes, rule = analysis.sizes, analysis.one_standard_error
    timed = bool(sizes["step_ms"].notna().all())
    sentences = [
        f"One-standard-error rule: {rule.reason}."
        if isinstance(rule, NotComputed)
        else f"The smallest network within one standard error of the best is {analysis.labels[rule]}.",
        "Pareto front of accuracy and parameters" + (" and ms per step" if timed else "; steps are not timed") + ":",
    ]
    rows = [
        {
            "network": analysis.labels[row["entry"]],
            "parameters": f"{row['n_params']:,}",
            "accuracy": number(row["accuracy"]),
            "ms per step": number(row["step_ms"], "{:.3g}"),
            "on the front": "yes" if row["on_front"] else "no",
            "probability": number(row["front_probability"], "{:.2f}"),
            "% per million parameters": number(row["accuracy_density"], "{:,.1f}"),
        }
        for row in sizes.to_dict("records")
    ]
    return _section("Choosing", sentences, [pd.DataFrame(rows)])


def _claims(claims: Sequence[Judged]) -> Section:
    return _section("Published claims", claim_sentences(claims))


def _section(title: str, sentences: Iterable[str], tables: Iterable[pd.DataFrame] = ()) -> Section:
    """Sentences, then tables; names of networks are aligned left."""
    names = ("network", "first", "second")
    return Section(title, (*map(Statement, sentences), *(Table.of(table, names) for table in tables)))
