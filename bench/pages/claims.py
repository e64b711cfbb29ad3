"""Sentences about published claims: verdicts, the numbers behind them, comparisons of published values."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.analyse.claims import (
    AccuracyEvidence,
    ControlEvidence,
    Evidence,
    Judged,
    NoNetwork,
    PairEvidence,
    TimeEvidence,
)
from bench.analyse.estimates.insufficient import NotComputed
from bench.pages.number_text import interval, interval_text, number


def claim_sentences(claims: Sequence[Judged]) -> Iterator[str]:
    """One sentence per claim with its verdict and evidence, and one per pair of successive published accuracies."""
    for judged in claims:
        numbers = evidence_text(judged)
        yield (
            f'"{judged.claim.statement}" ({judged.claim.source}): {judged.verdict}. {numbers[:1].upper()}{numbers[1:]}.'
        )
    published = [(judged.claim, judged.claim.published) for judged in claims]
    known = [(claim, interval) for claim, interval in published if interval.is_known]
    for (first, low), (second, high) in pairwise(known):
        apart = low.high < high.low or high.high < low.low
        yield (
            f"As published, {interval_text(low)} of {first.n_images} images and {interval_text(high)} of "
            f"{second.n_images} {'do not overlap' if apart else 'overlap'} (Wilson)."
        )


def verdict_sentence(judged: Judged) -> str:
    """One sentence with the verdict alone."""
    return f'Claim "{judged.claim.statement}" ({judged.claim.source}): {judged.verdict}.'


def evidence_text(judged: Judged) -> str:
    """The numbers behind a verdict."""
    return _text(judged.evidence, judged.claim.n_images)


def _text(evidence: Evidence, n_images: int | None) -> str:
    match evidence:
        case NoNetwork(n_params):
            return f"no network of {n_params:,} parameters"
        case AccuracyEvidence(published, measured, difference):
            said = f"published {interval_text(published)} of {n_images} images (Wilson)"
            if measured is None or difference is None:
                return f"{said}; measured without an interval: too few trials"
            return f"{said}; measured {interval_text(measured)}; measured - published {interval_text(difference)}"
        case PairEvidence(difference):
            if isinstance(difference, NotComputed):
                return f"no interval of the difference: {difference.reason}"
            return f"larger - smaller {interval(difference.value, difference.low, difference.high)}"
        case ControlEvidence(control, control_accuracy, network_accuracy):
            reached = f"the control {control} reaches {number(control_accuracy)}"
            return f"{reached}, the better network {number(network_accuracy)}"
        case TimeEvidence(published_ms, measured_ms):
            if math.isnan(measured_ms):
                return "no step is timed"
            return (
                f"published {published_ms:g} ms, measured {number(measured_ms, '{:.4g}')} ms on this machine: "
                f"{number(evidence.ratio, '{:.3g}')} times"
            )
