"""The records of an audit, stored with a study as JSON and printed by the report."""

import enum

from bench.records import Record


class Severity(enum.StrEnum):
    """How much a finding matters."""

    SEVERE = "severe"
    """Accuracies on this set mean little until this is resolved. ``--strict`` turns it into an exit code."""
    WARNING = "warning"
    """Check it before publishing."""
    NOTE = "note"
    """For information."""


class Finding(Record):
    """One finding.

    Attributes:
        kind: a stable name for programs.
        severity: how much it matters.
        what: the observation, with its numbers.
        means: why it matters.
        to_do: what to do about it.
        files: groups of file names: pairs, clusters, or single files.
    """

    kind: str
    severity: Severity
    what: str
    means: str
    to_do: str
    files: tuple[tuple[str, ...], ...] = ()


class ClassShare(Record):
    """A class: its number of images, its number of groups (patients, near duplicates), and its share of all images."""

    name: str
    n_images: int
    n_groups: int
    share: float


class Distribution(Record):
    """The minimum, quartiles and maximum of one measure over the pictures of one class."""

    measure: str
    class_name: str
    minimum: float
    quartile_1: float
    median: float
    quartile_3: float
    maximum: float


class Composition(Record):
    """The number of pictures of one class per mode or format."""

    measure: str
    class_name: str
    counts: dict[str, int]


class Separation(Record):
    """The accuracy of a random forest that sees no pixel, in group-wise cross-validation over ``n_images`` images.

    ``low`` and ``high`` are the 95 % interval of the accuracy (bootstrap over groups). ``majority`` is the share of the
    largest class.
    """

    features: tuple[str, ...]
    n_images: int
    n_folds: int
    accuracy: float
    low: float
    high: float
    majority: float


class Pair(Record):
    """Two near duplicates: their files, and the correlation of their fine structure (``agreement``)."""

    first: str
    second: str
    agreement: float
    mirrored: bool
    same_class: bool
    same_patient: bool | None


class LeftOut(Record):
    """A file that was left out: its problem in a few words, and the library's message."""

    file: str
    problem: str
    cause: str


class Audit(Record):
    """All findings and measures of a data set.

    ``n_searched`` is the number of pictures that were searched for near duplicates.
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
