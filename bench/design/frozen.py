"""The frozen plan: what a study was to answer before its first trial, and what was asked afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analyse import ANALYSIS_VERSION
from bench.analyse.analysis import BUILT_IN_CLAIMS
from bench.analyse.claims import Claim, load_claims
from bench.records import Frozen, Record
from bench.records.base import canonical, digest
from bench.sweeps.sweep_file import Sweep


def freeze(sweep: Sweep, margin: float) -> Frozen:
    """What a study is to answer: its sweep, a margin, and the claims that a sweep with published points judges.

    Args:
        sweep: the sweep.
        margin: the smallest gain in accuracy that counts.
    """
    claims = load_claims(BUILT_IN_CLAIMS) if sweep.report.published else ()
    return Frozen(
        sweep=digest(canonical(sweep.stored())),
        margin=margin,
        claims=tuple(map(claim_hash, claims)),
        analysis_version=ANALYSIS_VERSION,
    )


def claim_hash(claim: Record) -> str:
    """A stable hash of a claim."""
    return digest(claim.canonical_json)


@dataclass(frozen=True, slots=True)
class AskedAfterwards:
    """What a report answers that the frozen plan did not ask: None and 0 where it asked the same.

    Attributes:
        margin: another margin.
        n_claims: claims that were added.
        analysis_version: a newer analysis.
    """

    margin: float | None
    n_claims: int
    analysis_version: int | None


def asked_afterwards(frozen: Frozen, margin: float, claims: Sequence[Claim]) -> AskedAfterwards:
    """Compare what is asked now with the frozen plan.

    Args:
        frozen: what was asked before the first trial.
        margin: the smallest gain in accuracy that counts, as asked now.
        claims: the published claims judged now.
    """
    return AskedAfterwards(
        margin=None if margin == frozen.margin else margin,
        n_claims=sum(claim_hash(claim) not in frozen.claims for claim in claims),
        analysis_version=None if frozen.analysis_version == ANALYSIS_VERSION else ANALYSIS_VERSION,
    )
