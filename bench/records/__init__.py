"""The records that pass between the stages: frozen, and validated when built.

A study stores trials; a trial is one training of a network under a protocol on one fold with one seed.

declared.py   what a sweep asks for, checked by pydantic: protocol, network, trial, study; trial keys
measured.py   what the harness measures, frozen dataclasses that check themselves: results, times, environment
"""

from bench.records.declared import NUMBERS_VERSION, AxisValue, Hash, InputShape, Network, Protocol, Record, Study, Trial
from bench.records.measured import (
    RETRIED_FAILURES,
    Counters,
    Environment,
    EpochMetrics,
    FailureKind,
    Measurement,
    NetworkCost,
    TimedPart,
    TrialMetrics,
    TrialResult,
    TrialState,
)

__all__ = [
    "NUMBERS_VERSION",
    "RETRIED_FAILURES",
    "AxisValue",
    "Counters",
    "Environment",
    "EpochMetrics",
    "FailureKind",
    "Hash",
    "InputShape",
    "Measurement",
    "Network",
    "NetworkCost",
    "Protocol",
    "Record",
    "Study",
    "TimedPart",
    "Trial",
    "TrialMetrics",
    "TrialResult",
    "TrialState",
]
