"""``Study``: name, sweep, data set and classes of a study, and what its design decided so far."""

from datetime import date
from typing import ClassVar

from pydantic import PositiveInt

from bench.records.base import Record
from bench.records.look import Frozen, Look


class Study(Record):
    """The record of a study. A larger plan stores it again; any other change of it is refused.

    ``sweep`` is the resolved sweep as JSON-ready values (the whole TOML after overrides). ``best_accuracy`` is the
    best possible accuracy on this data set, if it is known by construction. ``frozen`` is what the study was to answer
    before its first trial, and ``begun`` the date of its plan (UTC); None in studies of earlier versions. ``looks`` are
    those of its design so far, in order.
    """

    name: str
    sweep_name: str
    sweep: dict[str, object]
    dataset: str
    data_hash: str
    class_names: tuple[str, ...]
    class_counts: tuple[PositiveInt, ...]
    has_patients: bool
    patient_wise: bool
    best_accuracy: float | None = None
    frozen: Frozen | None = None
    looks: tuple[Look, ...] = ()
    begun: date | None = None

    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset({"frozen", "looks", "begun"})
