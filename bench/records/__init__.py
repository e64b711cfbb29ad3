"""The records that pass between the stages. They are frozen, and validated when built.

A study stores trials. A trial is one training of a network under a protocol on one fold with one seed, or one fit of a
control that trains no network.

Pydantic records, declared before anything is trained:
    base.py                ``Record``, canonical JSON and its hash
    protocol.py            ``Protocol``: how a network is trained
    network.py             ``Network``, and ``NetworkCost``: its parameters and FLOPs
    trial.py               ``Trial``: ``NetworkTrial`` or ``ControlTrial``; trial keys and ``NUMBERS_VERSION``
    look.py                ``Look``: what a design found at the end of a stage; ``Frozen``: what a study was to answer
    study_record.py        ``Study``: name, sweep, data set and classes of a study, and its looks

Dataclasses of measured results:
    result.py              ``TrialResult``: how a trial ended, with its metrics
    measurement.py         ``Measurement``: wall times of one part of a network
    environment_record.py  ``Environment``: the machine and the software
"""

from bench.records.base import AxisValue, Hash, InputShape, Record
from bench.records.environment_record import Environment
from bench.records.look import FamilyLook, Finding, Frozen, Look, LookOutcome, Repeats, pair_key
from bench.records.measurement import Counters, Measurement, TimedPart
from bench.records.network import Network, NetworkCost
from bench.records.protocol import Protocol
from bench.records.result import (
    RETRIED_FAILURES,
    EpochMetrics,
    FailureKind,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.records.study_record import Study
from bench.records.trial import NUMBERS_VERSION, ControlTrial, NetworkTrial, Trial

__all__ = [
    "NUMBERS_VERSION",
    "RETRIED_FAILURES",
    "AxisValue",
    "ControlTrial",
    "Counters",
    "Environment",
    "EpochMetrics",
    "FailureKind",
    "FamilyLook",
    "Finding",
    "Frozen",
    "Hash",
    "InputShape",
    "Look",
    "LookOutcome",
    "Measurement",
    "Network",
    "NetworkCost",
    "NetworkTrial",
    "Protocol",
    "Record",
    "Repeats",
    "Study",
    "TimedPart",
    "Trial",
    "TrialMetrics",
    "TrialResult",
    "TrialState",
    "pair_key",
]
