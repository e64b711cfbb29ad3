"""The wording of the answer on each family, and of the verdicts on claims, one sentence each."""

from collections.abc import Iterator

from bench.analyse.analysis import Analysis
from bench.analyse.answer.family_answer import Shape
from bench.analyse.answer.study_answer import FamilyResult
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.pages.claims import verdict_sentence as claim_verdict
from bench.pages.number_text import interval


def verdict_sentences(analysis: Analysis) -> Iterator[str]:
    """The answer on each family and the verdict on each claim, one sentence each."""
    results = analysis.answer.families
    for result in results:
        yield family_sentence(result)
        if result.family.is_mixed:
            yield "These networks differ in more than their size, so differences are not due to size alone."
    if any(not isinstance(each.answer, NotComputed) and each.answer.shape is Shape.NO_GAIN_SHOWN for each in results):
        yield '"No gain shown" means that these trials do not show a gain, not that there is none.'
    if not results:
        yield "There is only one size, so nothing is said about accuracy along sizes."
    for judged in analysis.claims:
        yield claim_verdict(judged)


def family_sentence(result: FamilyResult) -> str:
    """The shape of accuracy along a family's sizes, with its gains."""
    label, answer = result.family.label, result.answer
    if isinstance(answer, NotComputed):
        return f"{label}: no answer: {answer.reason}."
    smallest, largest = result.n_params
    of = f"({smallest:,} to {largest:,} parameters)"
    whole = f"largest - smallest {signed(answer.largest_less_smallest)}"
    if answer.turn is not None and answer.to_turn is not None and answer.from_turn is not None:
        return (
            f"{label}: {answer.shape} at {answer.turn:,} parameters {of}: {signed(answer.to_turn)} in accuracy from "
            f"the smallest up to there, {signed(answer.from_turn)} from there to the largest; {whole}."
        )
    enough = "" if answer.enough_from is None else f"; enough from {answer.enough_from:,} parameters"
    return (
        f"{label}: {answer.shape} {of}: {signed(answer.per_decade)} in accuracy per ten times the parameters; "
        f"{whole}{enough}."
    )


def signed(estimate: ContrastEstimate) -> str:
    """A difference with its interval."""
    return interval(estimate.value, estimate.low, estimate.high, "{:+.3f}")
