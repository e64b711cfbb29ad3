"""``Study``: name, sweep, data set and classes of a study."""

from pydantic import PositiveInt

from bench.records.base import Record


class Study(Record):
    """The record of a study. A larger plan stores it again; any other change of it is refused.

    ``sweep`` is the resolved sweep as JSON-ready values (the whole TOML after overrides). ``best_accuracy`` is the
    best possible accuracy on this data set, if it is known by construction.
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
