"""What an audit says: frozen records, stored with a study as JSON and printed by the report."""

import enum

from bench.records import Record


class Severity(enum.StrEnum):
    """How much a finding matters."""

    SEVERE = "severe"
    """Accuracies on this set mean little until it is dealt with; ``--strict`` makes it an exit code."""
    WARNING = "warning"
    """Look at it before you publish."""
    NOTE = "note"
    """Good to know."""


class Finding(Record):
    """One thing that was found.

    ``kind`` is a stable name for programs, ``what`` says it with its numbers, ``means`` why it matters, ``to_do`` how
    to go on. ``files`` are groups of names that belong together (pairs, clusters; single files where they do not).
    """

    kind: str
    severity: Severity
    what: str
    means: str
    to_do: str
    files: tuple[tuple[str, ...], ...] = ()


class ClassShare(Record):
    """A class, its number of images, and the number of groups (patients, near duplicates) that they are of."""

    name: str
    n_images: int
    n_groups: int
    share: float


class Distribution(Record):
    """A measure of the pictures of one class: the least, the quartiles and the largest."""

    measure: str
    class_name: str
    minimum: float
    quartile_1: float
    median: float
    quartile_3: float
    maximum: float


class Composition(Record):
    """How many pictures of one class have which mode or format."""

    measure: str
    class_name: str
    counts: dict[str, int]


class Separation(Record):
    """How well classes are told apart without a pixel, by a random forest in group-wise cross-validation.

    ``low`` and ``high`` bound the accuracy (95 %, bootstrap over groups). ``n_images`` is how many it was measured on.
    """

    features: tuple[str, ...]
    n_images: int
    n_folds: int
    accuracy: float
    low: float
    high: float
    majority: float


class Pair(Record):
    """Two near duplicates: their files, and the correlation of their fine structure."""

    first: str
    second: str
    agreement: float
    mirrored: bool
    same_class: bool
    same_patient: bool | None


class LeftOut(Record):
    """A file that was left out, and why."""

    file: str
    problem: str
    cause: str


class Audit(Record):
    """Everything that was found in a data set before anything was trained on it.

    ``n_searched`` is how many pictures were large enough to be searched for near duplicates.
    """

    dataset: str
    data_hash: str
    n_images: int
    n_groups: int
    n_patients: int | None
    n_searched: int
    classes: tuple[ClassShare, ...]
    distributions: tuple[Distribution, ...]
    compositions: tuple[Composition, ...]
    separations: tuple[Separation, ...]
    near_duplicates: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)
