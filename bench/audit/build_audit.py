"""Build the audit from an inspection: counts, distributions, separations and findings."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bench.audit.audit_records import Audit, ClassShare, Composition, Distribution, LeftOut, Pair, Separation
from bench.audit.findings import find
from bench.audit.inspection import Inspection
from bench.audit.metadata_separation import separation
from bench.data.header_metadata import HEADER_FEATURES

MEASURES = ("width", "height", "aspect", "n_bytes", "mean", "sd")
"""The measures whose distributions are reported. Mean and sd are those of a picture's intensities, in [0, 1]."""


def examine(inspection: Inspection) -> Audit:
    """The audit of a data set."""
    dataset = inspection.dataset
    groups = inspection.groups()
    table = _table(inspection)
    separations = tuple(_separations(inspection, table))
    patients = dataset.patients
    return Audit(
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        n_images=len(dataset),
        n_groups=len(np.unique(groups)),
        n_patients=None if patients is None else len(set(patients)),
        n_searched=len(inspection.searched),
        classes=tuple(
            ClassShare(
                name=name,
                n_images=count,
                n_groups=len(np.unique(groups[dataset.labels == index])),
                share=count / len(dataset),
            )
            for index, (name, count) in enumerate(zip(dataset.class_names, dataset.class_counts, strict=True))
        ),
        distributions=tuple(_distributions(table)),
        compositions=tuple(_compositions(table)),
        separations=separations,
        near_duplicates=tuple(
            Pair(
                first=dataset.files[pair.first],
                second=dataset.files[pair.second],
                agreement=round(pair.agreement, 4),
                mirrored=pair.mirrored,
                same_class=bool(dataset.labels[pair.first] == dataset.labels[pair.second]),
                same_patient=None if patients is None else patients[pair.first] == patients[pair.second],
            )
            for pair in inspection.near
        ),
        left_out=tuple(LeftOut(file=bad.file, problem=bad.problem, cause=bad.cause) for bad in dataset.left_out),
        findings=find(inspection, separations),
    )


def _table(inspection: Inspection) -> pd.DataFrame:
    """One row per picture: its class, its header and its intensities."""
    pictures = inspection.measurements.pictures
    names = ("width", "height", "format", "mode", "n_bytes", "mean", "sd")
    table = pd.DataFrame({name: [getattr(picture, name) for picture in pictures] for name in names})
    table["aspect"] = table["width"] / table["height"]
    table["is_gray"] = [picture.is_gray for picture in pictures]
    table["class_name"] = np.array(inspection.dataset.class_names, dtype=object)[inspection.dataset.labels]
    return table


def _separations(inspection: Inspection, table: pd.DataFrame) -> Iterator[Separation]:
    """The separation by the headers alone and, if file sizes differ, by headers and file sizes."""
    header = list(HEADER_FEATURES)
    for columns in [header] + ([[*header, "n_bytes"]] if table["n_bytes"].nunique() > 1 else []):
        found = separation(table[columns], inspection.dataset.labels, inspection.groups())
        if found is not None:
            yield found


def _distributions(table: pd.DataFrame) -> Iterator[Distribution]:
    for measure in MEASURES:
        for class_name, values in table.groupby("class_name", sort=True)[measure]:
            least, first, median, third, largest = np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()
            yield Distribution(
                measure=measure,
                class_name=str(class_name),
                minimum=least,
                quartile_1=first,
                median=median,
                quartile_3=third,
                maximum=largest,
            )


def _compositions(table: pd.DataFrame) -> Iterator[Composition]:
    for measure in ("mode", "format"):
        for class_name, values in table.groupby("class_name", sort=True)[measure]:
            yield Composition(measure=measure, class_name=str(class_name), counts=dict(sorted(Counter(values).items())))
