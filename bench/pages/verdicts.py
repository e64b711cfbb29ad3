"""The wording of the verdicts on accuracy along sizes. Those on controls are in controls.py, on claims in claims.py."""

from collections.abc import Iterator

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.sizes.along_family import Axis
from bench.analyse.sizes.trend_verdict import Shape, TrendTest, TrendVerdict
from bench.pages.claims import verdict_sentence as claim_verdict
from bench.pages.number_text import interval, number, p_value


def verdict_sentences(analysis: Analysis) -> Iterator[str]:
    """The verdict on each family and on each claim, one sentence each."""
    for axis in analysis.axes:
        yield verdict_sentence(axis, analysis)
        if axis.family.is_mixed:
            yield "These networks differ in more than their size, so differences are not due to size alone."
        if isinstance(axis.verdict, TrendVerdict) and axis.verdict.shape is Shape.NO_TREND:
            yield '"No trend supported" means that these trials do not show a trend, not that there is none.'
    if not analysis.axes:
        yield "There is only one size, so there is no verdict on accuracy along sizes."
    for judged in analysis.claims:
        yield claim_verdict(judged)


def verdict_sentence(axis: Axis, analysis: Analysis) -> str:
    """The verdict on accuracy along a family's sizes, in one sentence with its numbers."""
    if isinstance(axis.verdict, NotComputed):
        return f"{axis.family.label}: no verdict: {axis.verdict.reason}."
    sizes = analysis.sizes.set_index("entry").loc[list(axis.family.entries)]
    first, last = sizes.iloc[0], sizes.iloc[-1]
    words = _shape_words(axis.verdict, axis, analysis)
    gain = axis.comparisons[
        (axis.comparisons["first"] == axis.family.entries[0]) & (axis.comparisons["second"] == axis.family.entries[-1])
    ].iloc[0]
    change = f"largest - smallest {interval(gain['mean'], gain['low'], gain['high'], '{:+.3f}')}"
    return (
        f"{axis.family.label}: {words} ({first['n_params']:,} to {last['n_params']:,} parameters; "
        f"{trend_test(axis.verdict)}, p {p_value(axis.verdict.p)}; {change} over {int(gain['n_pairs'])} paired trials)."
    )


def _shape_words(verdict: TrendVerdict, axis: Axis, analysis: Analysis) -> str:
    if verdict.place is None:
        return str(verdict.shape)
    n_params = analysis.sizes.set_index("entry")["n_params"][axis.family.entries[verdict.place]]
    return f"{verdict.shape} at {n_params:,} parameters"


def trend_test(verdict: TrendVerdict) -> str:
    """The test behind a verdict, with its statistic."""
    match verdict.test:
        case TrendTest.SLOPE:
            return f"slope {number(verdict.statistic, '{:+.3f}')} per decade"
        case TrendTest.KENDALL:
            return f"Kendall's tau {number(verdict.statistic, '{:+.2f}')}"
        case TrendTest.PEAK:
            return "rise and fall, Holm over inner sizes"
        case TrendTest.ALL_EQUAL:
            return "all sizes are equally accurate in every trial"
