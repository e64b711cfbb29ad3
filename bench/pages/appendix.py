"""The page ``appendix.md``, for statisticians: the estimator, all pairs, the corrected t test, variance components."""

from collections.abc import Iterator

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.answer.family_answer import FamilyAnswer
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.estimates.variance_components import Components
from bench.analyse.sizes.along_family import Axis
from bench.pages.document import Block, Note, Page, Section, Statement, Table
from bench.pages.number_text import NOTHING, interval, number, p_value
from bench.pages.verdicts import signed

_METHOD = (
    "Two-level estimator: the variance of a difference of mean scores is that of sampling images, which all networks "
    "share, plus that of trainings, which is moderated over the sizes of a family and of which folds share the part "
    "that training images decide (docs/statistics.md). Degrees of freedom are Satterthwaite's. The only p value of a "
    "family is that of its slope. Intervals of pairs are not adjusted for their number."
)
_CORRECTED = (
    "Corrected t: least squares per (seed, fold), with the variance of Nadeau and Bengio (2003). It is shown for "
    "comparison with other work; its intervals may be wider or narrower, and no statement rests on it."
)
_OWN_SPLITS = (
    "Images of the fold: which images happen to be in a held-out fold. Training: what a training adds to that, by its "
    "seed and its training images. Mean of a repetition: what another seed and split would change in the mean over all "
    "folds. Each seed draws its own folds here, so seed and split vary together and are not separable; in a sweep with "
    "split_seed, all seeds use the same folds, which separates them."
)
_SHARED_SPLITS = (
    "Initial weights, order and dropout are drawn separately for each seed and fold, so most of their variation is in "
    "the residual. Rerunning a trial adds no variance, since it gives the same bits."
)


def appendix_page(analysis: Analysis) -> Page:
    """The page ``appendix.md``."""
    sections = (slopes_section(analysis), *pair_sections(analysis), *spread_sections(analysis))
    return Page(f"Appendix to {analysis.study.name}", sections)


def slopes_section(analysis: Analysis) -> Section:
    """The slope of each family, by both estimators."""
    blocks = (Note(_METHOD), Note(_CORRECTED), *_slopes(analysis))
    return Section("Slopes per ten times the parameters", blocks)


def pair_sections(analysis: Analysis) -> tuple[Section, ...]:
    """All pairs of each family."""
    return tuple(_pairs(axis, analysis) for axis in analysis.axes)


def spread_sections(analysis: Analysis) -> tuple[Section, ...]:
    """Variance components, and the one-standard-error rule."""
    rule = (Statement(_one_standard_error(analysis)),)
    return Section("Variance components", tuple(_components(analysis))), Section("One-standard-error rule", rule)


def _slopes(analysis: Analysis) -> Iterator[Statement | Table]:
    if not analysis.axes:
        yield Statement("There is only one size.")
        return
    answers = {each.family.label: each.answer for each in analysis.answer.families}
    yield Table.of(
        pd.DataFrame([_slope(axis, answers[axis.family.label], analysis) for axis in analysis.axes]), ("family",)
    )


def _slope(axis: Axis, answer: FamilyAnswer | NotComputed, analysis: Analysis) -> dict[str, str]:
    label, slope, corrected = axis.family.label, NOTHING, NOTHING
    p = degrees = detectable = NOTHING
    if isinstance(answer, FamilyAnswer):
        estimate = answer.per_decade
        slope, p, degrees = signed(estimate), p_value(estimate.p), number(estimate.degrees, "{:.1f}")
        detectable = number(analysis.detectable[label])
    if not isinstance(axis.slope, NotComputed):
        corrected = interval(axis.slope.mean, axis.slope.low, axis.slope.high, "{:+.3f}")
    return {
        "family": label,
        "two-level": slope,
        "degrees": degrees,
        "p": p,
        "found with 80 % power": detectable,
        "corrected t": corrected,
    }


def _pairs(axis: Axis, analysis: Analysis) -> Section:
    prefix = "" if axis.family.is_mixed else f"{axis.family.label} "
    rows = [
        {
            "first": analysis.labels[row["first"]].removeprefix(prefix),
            "second": analysis.labels[row["second"]].removeprefix(prefix),
            "difference": interval(row["mean"], row["low"], row["high"], "{:+.3f}"),
            "standard error": number(row["se"]),
            "degrees": number(row["degrees"], "{:.1f}"),
        }
        for row in axis.comparisons.to_dict("records")
    ]
    why = axis.comparisons["why_no_interval"].dropna().unique().tolist()
    blocks: tuple[Block, ...] = (
        Note("Second minus first, in accuracy."),
        *(Statement(f"No interval where there is none: {reason}.") for reason in why),
        Table.of(pd.DataFrame(rows), ("first", "second")),
    )
    return Section(f"Pairs of {axis.family.label}", blocks)


def _components(analysis: Analysis) -> Iterator[Statement | Table]:
    rows = []
    for entry, parts in analysis.components.items():
        if isinstance(parts, Components):
            cells = {
                name: f"{_deviation(variance)} ({number(100 * parts.shares[name], '{:.0f}')} %)"
                for name, variance in parts.variances.items()
            }
            if parts.of_repetition:
                cells["mean of a repetition"] = _deviation(parts.of_repetition)
            rows.append({"network": analysis.labels[entry], **cells})
    lacking = {parts.reason for parts in analysis.components.values() if isinstance(parts, NotComputed)}
    yield from (Statement(f"Not computed: {reason}.") for reason in sorted(lacking))
    if rows:
        yield Statement(
            "Standard deviation of the accuracy of a trial by source, with interval and share of the variance. A "
            "source whose interval begins at 0 is not told apart from none."
        )
        yield Statement(_SHARED_SPLITS if analysis.splits_are_shared else _OWN_SPLITS)
        yield Table.of(pd.DataFrame(rows))


def _deviation(variance: Interval) -> str:
    """A variance with its interval, as a standard deviation."""
    return interval(variance.value**0.5, variance.low**0.5, variance.high**0.5)


def _one_standard_error(analysis: Analysis) -> str:
    rule = analysis.one_standard_error
    if isinstance(rule, NotComputed):
        return f"Not computed: {rule.reason}."
    return f"The smallest network within one standard error of the most accurate one is {analysis.labels[rule]}."
