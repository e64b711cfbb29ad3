"""A look at the results at the end of a stage: what is found on each family, what follows, what the next stage adds.

A look is a function of stored results, of costs in FLOPs and of the look's number. It uses no clock, so that an
interrupted run, or one with other workers, takes the same looks. Only a budget depends on time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.two_level import TwoLevel
from bench.design.allocation import MOST_SEEDS, allocate
from bench.design.conclusions import Conclusion, Until, conclude
from bench.design.stages import level_of, share_of
from bench.records import FamilyLook, Finding, Look, LookOutcome, Repeats


@dataclass(frozen=True, slots=True)
class Member:
    """One network under one protocol.

    Attributes:
        network: its key.
        protocol: the protocol's: see ``pair_key``.
        label: its name.
        n_params: its parameters.
        n_seeds: the seeds trained so far.
        cost: of one seed on all folds, in a unit that does not depend on the clock.
        most_seeds: the most seeds that it may get.
    """

    network: str
    protocol: str
    label: str
    n_params: int
    n_seeds: int
    cost: float
    most_seeds: int = MOST_SEEDS


@dataclass(frozen=True, eq=False)
class FamilyState:
    """A family at the end of a stage.

    Attributes:
        label: its name.
        members: its networks, in the order of ``levels``.
        levels: their variances; ``NotComputed`` where they cannot be estimated.
        first_cost: the cost of the family's first stage.
    """

    label: str
    members: Sequence[Member]
    levels: TwoLevel | NotComputed
    first_cost: float

    @property
    def n_params(self) -> NDArray[np.int64]:
        """(n_networks,)."""
        return np.array([member.n_params for member in self.members])


@dataclass(frozen=True, slots=True)
class Rule:
    """What a design decides, and by when."""

    stages: int
    until: Until
    margin: float


def take_look(rule: Rule, stage: int, families: Sequence[FamilyState], n_trials: int) -> Look:
    """Look at the results of a stage.

    Every family is judged by itself. Those that are open get more seeds while there are stages left; if no seed would
    narrow any of them, only more images would.

    Args:
        rule: the design's.
        stage: from 1.
        families: as they are now.
        n_trials: of networks, so far.
    """
    level = level_of(stage, rule.stages)
    found = [(family, _judge(rule, family, level)) for family in families]
    judged = tuple(_family_look(family.label, each) for family, each in found)
    repeats: dict[tuple[str, str], Repeats] = {}
    share = share_of(stage + 1, rule.stages)
    for family, each in found:
        for one in _more_seeds(family, each, share * family.first_cost):
            known = repeats.get((one.network, one.protocol))
            if known is None or known.n_seeds < one.n_seeds:
                repeats[one.network, one.protocol] = one
    if all(each.finding is not Finding.OPEN for each in judged):
        outcome = LookOutcome.DECIDED
    elif stage == rule.stages:
        outcome = LookOutcome.LAST_STAGE
    elif not repeats:
        outcome = LookOutcome.IMAGES
    else:
        outcome = LookOutcome.GOES_ON
    return Look(
        stage=stage,
        level=level,
        n_trials=n_trials,
        families=judged,
        outcome=outcome,
        repeats=tuple(repeats.values()) if outcome is LookOutcome.GOES_ON else (),
    )


def _judge(rule: Rule, family: FamilyState, level: float) -> Conclusion | NotComputed:
    levels = family.levels
    if isinstance(levels, NotComputed):
        return levels
    return attempt(lambda: conclude(rule.until, levels, family.n_params, rule.margin, level))


def _family_look(label: str, found: Conclusion | NotComputed) -> FamilyLook:
    if isinstance(found, NotComputed):
        return FamilyLook(family=label, finding=Finding.OPEN)
    return FamilyLook(
        family=label,
        finding=found.finding,
        value=found.estimate.value,
        low=found.estimate.low,
        high=found.estimate.high,
        enough_from=found.enough_from,
    )


def _more_seeds(family: FamilyState, found: Conclusion | NotComputed, limit: float) -> list[Repeats]:
    levels = family.levels
    if isinstance(found, NotComputed) or isinstance(levels, NotComputed) or found.finding is not Finding.OPEN:
        return []
    costs = np.array([member.cost for member in family.members])
    most = np.array([member.most_seeds for member in family.members])
    added = allocate(levels, found.contrast, costs, limit, most)
    return [
        Repeats(network=each.network, protocol=each.protocol, label=each.label, n_seeds=each.n_seeds + int(more))
        for each, more in zip(family.members, added, strict=True)
        if more
    ]
