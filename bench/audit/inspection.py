"""From a data set to what binds its images and what was found in it."""

import hashlib
import json
import shutil
import warnings
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.audit.kept_parts import kept_in, write_whole
from bench.audit.near_duplicates.search import NearDuplicate, near_duplicates
from bench.audit.pictures import Measurements, measure
from bench.data import BadFile, Dataset, bind
from bench.data.image_cache import unwritable
from bench.errors import BadFileError, DataError
from bench.progress import Progress
from bench.seeds import generator

LEAST_SIDE = 32
"""Pictures with a shorter side are not searched for near duplicates: so few pixels look alike by chance."""

MOST_SKIPPED = 0.05
"""The largest share of files that ``run --skip-bad`` leaves out."""

SEARCH_VERSION = 2
"""Part of every cache file's name. Raised by one whenever a change changes which pairs the search finds."""


@dataclass(frozen=True)
class Inspection:
    """A data set whose every picture decodes, what was measured of it, and its near duplicates by row."""

    dataset: Dataset
    measurements: Measurements
    near: tuple[NearDuplicate, ...]

    @cached_property
    def exact(self) -> tuple[tuple[int, ...], ...]:
        """The rows of pictures that are equal pixel by pixel, if not byte by byte: clusters of two or more."""
        same: dict[str, list[int]] = {}
        for row, picture in enumerate(self.measurements.pictures):
            same.setdefault(picture.pixel_hash, []).append(row)
        return tuple(tuple(rows) for rows in same.values() if len(rows) > 1)

    @cached_property
    def constant(self) -> tuple[int, ...]:
        """The rows of pictures of one single intensity."""
        pictures = enumerate(self.measurements.pictures)
        return tuple(row for row, picture in pictures if picture.darkest == picture.brightest)

    @cached_property
    def searched(self) -> NDArray[np.int64]:
        """The rows that were searched for near duplicates: the first of each set of equal pictures, if large enough."""
        return _searchable(self.measurements)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """All rows that are duplicates or near duplicates of each other; constant pictures are left out."""
        blank = set(self.constant)
        equal = [(rows[0], row) for rows in self.exact for row in rows[1:] if row not in blank]
        return equal + [(pair.first, pair.second) for pair in self.near]

    def groups(self, *, patient_wise: bool = True, bind_duplicates: bool = True) -> NDArray[np.int64]:
        """The group of each image, which no fold divides: see ``data.bind``."""
        patients = self.dataset.patients if patient_wise else None
        return bind(len(self.dataset), patients, self.pairs if bind_duplicates else ())


def inspect(dataset: Dataset, cache_dir: Path, progress: Progress, most_left_out: float = 0.0) -> Inspection:
    """Measure every picture of a data set and search it for duplicates.

    Args:
        dataset: what to look at.
        cache_dir: where measurements and pairs are kept, by content.
        progress: told of both stages.
        most_left_out: the largest share of files that may be left out because they cannot be used; at 0 the first
            such file is an error.

    Raises:
        BadFileError: a picture does not decode, and none may be left out.
        DataError: more would be left out than may be; a class would be left without a picture; or the cache cannot be
            written.
    """
    with progress.stage("looking at images", len(dataset)) as stage:
        measurements = measure(dataset, cache_dir, stage.advance)
    bad = measurements.bad(dataset)
    if bad and not most_left_out:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's: the error says it
            for row in bad:
                dataset.read(row)  # raises what is wrong with the file, in full
        first = next(iter(bad.values()))
        raise BadFileError(
            first.problem,
            f"every image must decode; {first.file} of {dataset.name} did not ({first.problem}); run again",
        )
    kept = dataset.without(bad)
    _refuse_too_many(kept, most_left_out)
    measurements = measurements.take([row for row in range(len(dataset)) if row not in bad])
    try:
        near = _near_duplicates(measurements, cache_dir, progress)
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return Inspection(kept, measurements, tuple(near))


def _refuse_too_many(dataset: Dataset, most_left_out: float) -> None:
    n_all = len(dataset) + len(dataset.left_out)
    if len(dataset.left_out) > most_left_out * n_all:
        first: BadFile = dataset.left_out[0]
        raise DataError(
            f"at most {most_left_out:.0%} of the files may be left out; of {n_all} of {dataset.name} "
            f"{len(dataset.left_out)} cannot be used, such as {first.file} ({first.problem}); "
            "repair or remove them"
        )


def _searchable(measurements: Measurements) -> NDArray[np.int64]:
    seen: set[str] = set()
    rows = []
    for row, picture in enumerate(measurements.pictures):
        is_large = min(picture.width, picture.height) >= LEAST_SIDE and picture.darkest < picture.brightest
        if is_large and picture.pixel_hash not in seen:
            rows.append(row)
        seen.add(picture.pixel_hash)
    return np.array(rows, dtype=np.int64)


def _near_duplicates(measurements: Measurements, cache_dir: Path, progress: Progress) -> list[NearDuplicate]:
    rows = _searchable(measurements)
    if len(rows) < 2:
        return []
    contents = json.dumps([measurements.pictures[row].pixel_hash for row in rows.tolist()])
    name = f"near-duplicates-v{SEARCH_VERSION}-{hashlib.sha256(contents.encode()).hexdigest()[:32]}"
    path, parts = cache_dir / f"{name}.json", cache_dir / f"{name}.parts"
    try:
        found = [NearDuplicate(**values) for values in json.loads(path.read_text())]
    except (FileNotFoundError, ValueError, TypeError):  # not kept, or damaged
        found = near_duplicates(
            lambda at: measurements.read_thumbnails(rows[at]),
            len(rows),
            generator(0, 0, "audit_search"),
            kept_in(parts),
            progress,
        )
        write_whole(path, lambda part: part.write_text(json.dumps([asdict(pair) for pair in found])))
        shutil.rmtree(parts, ignore_errors=True)  # what stays behind is in nobody's way
    return [replace(pair, first=int(rows[pair.first]), second=int(rows[pair.second])) for pair in found]
