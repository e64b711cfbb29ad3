"""The rules that turn measurements into findings, each with its severity, its meaning and what to do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from bench.audit.audit_records import Finding, Separation, Severity
from bench.audit.inspection import Inspection
from bench.data.header_metadata import HEADER_FEATURES
from bench.rounding import half_up

FEWEST_IMAGES_PER_CLASS = 30
LARGEST_MAJORITY = 0.8
SEVERE_GAIN = 0.05
"""A random forest without pixels is a severe finding if the lower end of its interval exceeds the share of the largest
class by this much."""

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "MPO": {".jpg", ".jpeg", ".mpo"},
    "PNG": {".png", ".apng"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
    "WEBP": {".webp"},
}


def find(inspection: Inspection, separations: Iterable[Separation]) -> tuple[Finding, ...]:
    """All findings, the most severe first."""
    found = [
        *_left_out(inspection),
        *_exact_duplicates(inspection),
        *_near_duplicates(inspection),
        *_patients(inspection),
        *_separations(separations),
        *_constant(inspection),
        *_classes(inspection),
        *_files(inspection),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _left_out(inspection: Inspection) -> Iterator[Finding]:
    by_problem: dict[str, list[str]] = defaultdict(list)
    for bad in inspection.dataset.left_out:
        by_problem[bad.problem].append(bad.file)
    n_all = len(inspection.dataset) + len(inspection.dataset.left_out)
    for problem, files in by_problem.items():
        yield Finding(
            kind=f"left_out_{problem.replace(' ', '_')}",
            severity=Severity.SEVERE,
            what=f"{_count(len(files), 'file')} of {n_all:,} cannot be used: {problem}",
            means="These numbers exclude them. If they share a cause, the remaining images are a biased sample.",
            to_do="Replace, repair or remove them. --skip-bad leaves them out and lists them in the study.",
            files=_each(files),
        )


def _exact_duplicates(inspection: Inspection) -> Iterator[Finding]:
    labels = inspection.dataset.labels
    blank = set(inspection.constant)
    clusters = [rows for rows in inspection.exact if rows[0] not in blank]
    conflicting = [rows for rows in clusters if len(set(labels[list(rows)].tolist())) > 1]
    if conflicting:
        yield Finding(
            kind="label_conflict",
            severity=Severity.SEVERE,
            what=f"{_count(len(conflicting), 'picture')} in several classes with equal pixels",
            means="At least one of the labels is wrong. No classifier can be correct on both.",
            to_do="Check their source, then correct the labels or remove the pictures.",
            files=_names(inspection, conflicting),
        )
    agreeing = [rows for rows in clusters if rows not in conflicting]
    if agreeing:
        n_extra = sum(len(rows) - 1 for rows in agreeing)
        yield Finding(
            kind="exact_duplicates",
            severity=Severity.WARNING,
            what=f"{_count(len(agreeing), 'picture')} present more than once ({n_extra:,} extra copies)",
            means="Folds that split image by image would hold out a copy of a training image.",
            to_do="Remove the copies. By default, no fold divides them (bind_duplicates).",
            files=_names(inspection, agreeing),
        )


def _near_duplicates(inspection: Inspection) -> Iterator[Finding]:
    labels, patients = inspection.dataset.labels, inspection.dataset.patients
    across = [(p.first, p.second) for p in inspection.near if labels[p.first] != labels[p.second]]
    if across:
        yield Finding(
            kind="near_duplicates_across_classes",
            severity=Severity.SEVERE,
            what=f"{_count(len(across), 'pair')} of near duplicates with different labels",
            means="Either a label is wrong, or the classes differ in something that the pictures do not show.",
            to_do="Look at each pair; correct the labels or remove the pictures.",
            files=_names(inspection, across),
        )
    within = [(p.first, p.second) for p in inspection.near if labels[p.first] == labels[p.second]]
    if within:
        yield Finding(
            kind="near_duplicates",
            severity=Severity.WARNING,
            what=f"{_count(len(within), 'pair')} of near duplicates within a class: one picture cropped, resized, "
            "recompressed or mirrored, or two very similar pictures",
            means="Folds that divide them partly measure memorisation.",
            to_do="Keep one of each, or keep bind_duplicates = true (the default), so that no fold divides them.",
            files=_names(inspection, within),
        )
    apart = [(a, b) for a, b in inspection.pairs if patients and patients[a] != patients[b]]
    if apart:
        yield Finding(
            kind="near_duplicates_across_patients",
            severity=Severity.WARNING,
            what=f"{_count(len(apart), 'pair')} of duplicates or near duplicates with different patients",
            means="The patient column splits at least one patient in two, so folds by this column alone would leak.",
            to_do="Correct the column where the pictures are of one person. Until then, the folds keep them together.",
            files=_names(inspection, apart),
        )


def _patients(inspection: Inspection) -> Iterator[Finding]:
    dataset = inspection.dataset
    if dataset.patients is None:
        yield Finding(
            kind="patients_unknown",
            severity=Severity.NOTE,
            what="no column names the patient, or another source that pictures share",
            means="If one person or place gave several pictures, folds may divide them and accuracy is too high.",
            to_do="If pictures share a source, add a manifest.csv with a column patient.",
        )
        return
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, patient in enumerate(dataset.patients):
        rows_of[patient].append(row)
    shared = [rows for rows in rows_of.values() if len(rows) > 1]
    if shared:
        by_class = Counter(int(dataset.labels[row]) for rows in shared for row in rows)
        shares = ", ".join(
            f"{by_class[index]:,} of {count:,} {name}"
            for index, (name, count) in enumerate(zip(dataset.class_names, dataset.class_counts, strict=True))
        )
        yield Finding(
            kind="patient_overlap",
            severity=Severity.WARNING,
            what=f"pictures that share a patient with another one: {shares}",
            means="Folds that split image by image would train on patients of the held-out fold.",
            to_do="Keep patient_wise = true (the default).",
        )
    mixed = [rows for rows in shared if len({int(dataset.labels[row]) for row in rows}) > 1]
    if mixed:
        yield Finding(
            kind="patient_in_several_classes",
            severity=Severity.NOTE,
            what=f"{_count(len(mixed), 'patient')} with pictures in several classes",
            means="This is correct if the class is a state that changes, and wrong if it is a trait of the person.",
            to_do="Check the labels of these patients.",
            files=_names(inspection, mixed),
        )


def _separations(separations: Iterable[Separation]) -> Iterator[Finding]:
    for found in separations:
        if found.low <= found.majority:
            continue
        from_header = set(found.features) <= set(HEADER_FEATURES)
        is_severe = found.low > found.majority + SEVERE_GAIN
        accuracy = f"{half_up(found.accuracy):.3f} [{half_up(found.low):.3f}, {half_up(found.high):.3f}]"
        yield Finding(
            kind="metadata_tells_classes" if from_header else "file_size_tells_classes",
            severity=Severity.SEVERE if from_header and is_severe else Severity.WARNING,
            what=f"a random forest on {_listed(found.features)}, without pixels, has an accuracy of {accuracy} "
            f"({found.n_folds} group-wise folds; share of the largest class {half_up(found.majority):.3f})",
            means="The classes come from different sources or were processed differently. A network may learn this "
            "from traces of resizing, compression or borders, instead of the difference that the classes stand for."
            if from_header
            else "The size of a compressed file also depends on the content of the picture, so this may be legitimate. "
            "It depends most on noise, sharpness and quality settings.",
            to_do="Compare the networks with the controls that do not see the object. If these are as accurate, the "
            "set cannot answer the question: take all classes from one source.",
        )


def _constant(inspection: Inspection) -> Iterator[Finding]:
    if inspection.constant:
        yield Finding(
            kind="constant_images",
            severity=Severity.WARNING,
            what=f"{_count(len(inspection.constant), 'picture')} with a single intensity",
            means="They contain nothing to learn from.",
            to_do="Find out how they were made, and remove them.",
            files=_each(inspection.dataset.files[row] for row in inspection.constant),
        )


def _classes(inspection: Inspection) -> Iterator[Finding]:
    dataset = inspection.dataset
    counts = dict(zip(dataset.class_names, dataset.class_counts, strict=True))
    small = [name for name, count in counts.items() if count < FEWEST_IMAGES_PER_CLASS]
    if small:
        yield Finding(
            kind="small_classes",
            severity=Severity.WARNING,
            what="fewer than "
            f"{FEWEST_IMAGES_PER_CLASS} images in {', '.join(f'{name} ({counts[name]})' for name in small)}",
            means="One image changes the accuracy on such a class by several percentage points.",
            to_do="Add images, or report an interval with every number.",
        )
    largest = max(counts, key=lambda name: counts[name])
    if counts[largest] > LARGEST_MAJORITY * len(dataset):
        yield Finding(
            kind="imbalance",
            severity=Severity.WARNING,
            what=f"{counts[largest] / len(dataset):.1%} of all images are {largest}",
            means="A classifier that always predicts this class has this accuracy.",
            to_do="Compare accuracies with the control majority_class, and read the confusion matrices.",
        )


def _files(inspection: Inspection) -> Iterator[Finding]:
    files, pictures = inspection.dataset.files, inspection.measurements.pictures
    wrong = [
        file
        for file, picture in zip(files, pictures, strict=True)
        if picture.format in _SUFFIXES and f".{file.rpartition('.')[2].lower()}" not in _SUFFIXES[picture.format]
    ]
    if wrong:
        yield Finding(
            kind="wrong_suffix",
            severity=Severity.NOTE,
            what=f"{_count(len(wrong), 'file')} whose suffix does not match the format of the content",
            means="They were read by their content. Renamed files have often been processed by somebody else.",
            to_do="Rename them.",
            files=_each(wrong),
        )
    several = [file for file, picture in zip(files, pictures, strict=True) if picture.n_frames > 1]
    if several:
        yield Finding(
            kind="several_frames",
            severity=Severity.WARNING,
            what=f"{_count(len(several), 'file')} with several frames or pages, of which the first is read",
            means="The other frames are not used.",
            to_do="Save the intended frame as a file.",
            files=_each(several),
        )


def _names(inspection: Inspection, clusters: Iterable[tuple[int, ...] | list[int]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(inspection.dataset.files[row] for row in rows) for rows in clusters)


def _each(files: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((file,) for file in files)


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def _listed(features: tuple[str, ...]) -> str:
    names = [{"is_gray": "gray or colour", "n_bytes": "file size"}.get(name, name) for name in features]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
