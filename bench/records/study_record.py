"""``Study``: what a study is of."""

from pydantic import PositiveInt

from bench.records.base import Record


class Study(Record):
    """What a study is of. A plan that grows stores it again; any other change of it is refused.

    ``sweep`` is the resolved sweep as JSON-ready values (the whole TOML after overrides). ``best_accuracy`` is the
    best possible accuracy on this data set, where it is known by construction.
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
