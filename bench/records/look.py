"""``Look``: what a design found at the end of a stage, and what it added; ``Frozen``: what a study was to answer."""

import enum
from functools import cached_property

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from bench.records.base import Hash, Record, digest
from bench.records.network import Network
from bench.records.protocol import Protocol


class Finding(enum.StrEnum):
    """What a look finds on one family, at the look's level."""

    GAIN = "more parameters help"
    LOSS = "more parameters harm"
    NOTHING_TO_GAIN = "nothing to gain"
    ENOUGH = "a size is enough"
    LARGEST = "the largest is needed"
    OPEN = "open"


class LookOutcome(enum.StrEnum):
    """What follows from a look."""

    GOES_ON = "more trainings"
    DECIDED = "decided"
    LAST_STAGE = "the last stage is over"
    IMAGES = "more trainings would not narrow it"
    BUDGET = "the budget is spent"
    NOT_STORED = "no more trainings are stored"
    """Of a replay only."""


class Repeats(Record):
    """The seeds of one network under one protocol, after a stage added some.

    ``network`` is the network's key and ``protocol`` that of ``protocol_key``.
    """

    network: Hash
    protocol: Hash
    label: str
    n_seeds: PositiveInt


class FamilyLook(Record):
    """What a look found on one family.

    ``value``, ``low`` and ``high`` are the contrast that decides, with its interval at the look's level, in accuracy;
    None where it cannot be estimated. ``enough_from`` is the parameter count that is enough, if one is.
    """

    family: str
    finding: Finding
    value: float | None = None
    low: float | None = None
    high: float | None = None
    enough_from: PositiveInt | None = None


class Look(Record):
    """One look at the results: the end of stage ``stage``, from 1.

    ``n_trials`` are the networks' trials so far. ``repeats`` are the seeds after the next stage, of the networks that
    it adds seeds to. ``budget_s`` is the budget that stopped the design, if one did.
    """

    stage: PositiveInt
    level: float
    n_trials: NonNegativeInt
    families: tuple[FamilyLook, ...]
    outcome: LookOutcome
    repeats: tuple[Repeats, ...] = ()
    budget_s: PositiveFloat | None = None


class Frozen(Record):
    """What a study was to answer, stored before its first trial.

    ``sweep`` and ``claims`` are hashes: of the sweep as stored, and of each claim to be judged. ``hash`` covers them,
    the margin and the version of the analysis.
    """

    sweep: Hash
    margin: NonNegativeFloat
    claims: tuple[Hash, ...] = ()
    analysis_version: PositiveInt

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits."""
        return digest(self.canonical_json)


def protocol_key(protocol: Protocol) -> str:
    """A stable hash of a protocol, 16 hexadecimal digits."""
    return digest(protocol.canonical_json)


def pair_key(network: Network, protocol: Protocol) -> tuple[str, str]:
    """The keys by which ``Repeats`` names a network under a protocol."""
    return network.key, protocol_key(protocol)
