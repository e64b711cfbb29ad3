"""Measures the pictures of a data set and finds its duplicates and the groups that no fold divides."""

import hashlib
import json
import shutil
import warnings
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.audit.cached_parts import damaged, parts_in
from bench.audit.near_duplicates.search import NearDuplicate, near_duplicates
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS, SEARCH_VERSION, SearchSettings
from bench.audit.pictures import Measurements, measure, measurements_key
from bench.data import BadFile, Dataset, bind
from bench.data.image_cache import unwritable
from bench.errors import BadFileError, DataError
from bench.files import DamagedFileError, read_with_checksum, write_with_checksum
from bench.progress import Progress
from bench.seeds import generator

MOST_SKIPPED = 0.05
"""The largest share of files that ``run --skip-bad`` leaves out."""


@dataclass(frozen=True)
class Inspection:
    """A data set in which every picture decodes, its measurements, and its near duplicates.

    Attributes:
        dataset: without the files that cannot be used.
        measurements: of its pictures.
        searched: (m,) the rows that were searched for near duplicates: large enough, not constant, and only the first
            of equal pictures.
        near: the near duplicates that were found, by row.
    """

    dataset: Dataset
    measurements: Measurements
    searched: NDArray[np.int64]
    near: tuple[NearDuplicate, ...]

    @cached_property
    def exact(self) -> tuple[tuple[int, ...], ...]:
        """Clusters of two or more rows whose pictures have equal pixels; their files may differ."""
        same: dict[str, list[int]] = {}
        for row, picture in enumerate(self.measurements.pictures):
            same.setdefault(picture.pixel_hash, []).append(row)
        return tuple(tuple(rows) for rows in same.values() if len(rows) > 1)

    @cached_property
    def constant(self) -> tuple[int, ...]:
        """The rows of pictures that have a single intensity."""
        pictures = enumerate(self.measurements.pictures)
        return tuple(row for row, picture in pictures if picture.darkest == picture.brightest)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """All pairs of duplicates and near duplicates, by row, without constant pictures."""
        blank = set(self.constant)
        equal = [(rows[0], row) for rows in self.exact for row in rows[1:] if row not in blank]
        return equal + [(pair.first, pair.second) for pair in self.near]

    def groups(self, *, patient_wise: bool = True, bind_duplicates: bool = True) -> NDArray[np.int64]:
        """The group of each image, which no fold divides; see ``data.bind``."""
        patients = self.dataset.patients if patient_wise else None
        return bind(len(self.dataset), patients, self.pairs if bind_duplicates else ())


def inspect(
    dataset: Dataset,
    cache_dir: Path,
    progress: Progress,
    most_left_out: float = 0.0,
    settings: SearchSettings = SEARCH_SETTINGS,
) -> Inspection:
    """Measure every picture of a data set and search it for duplicates.

    Args:
        dataset: the pictures.
        cache_dir: holds cached measurements and pairs, by content.
        progress: shows every stage, and a note about each damaged file of the cache.
        most_left_out: the largest share of files that may be left out because they cannot be used. At 0 the first
            such file is an error.
        settings: of the near-duplicate search.

    Raises:
        BadFileError: a picture does not decode, and none may be left out.
        DataError: too many files would be left out; a class would be left without a picture; or the cache cannot be
            written.
    """
    with progress.stage("looking at images", len(dataset)) as stage:
        measurements = measure(dataset, cache_dir, progress.say, stage.advance)
    bad = measurements.bad(dataset)
    if bad and not most_left_out:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow; the error is raised
            for row in bad:
                dataset.read(row)  # raises the full error of the file
        first = next(iter(bad.values()))
        raise BadFileError(
            first.problem,
            f"every image must decode; {first.file} of {dataset.name} did not ({first.problem}); run again",
        )
    kept = dataset.without(bad)
    _refuse_too_many(kept, most_left_out)
    measurements = measurements.take([row for row in range(len(dataset)) if row not in bad])
    searched = _searchable(measurements, settings.shortest_side)
    try:
        near = _near_duplicates(measurements, searched, settings, cache_dir, progress)
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return Inspection(kept, measurements, searched, near)


def _refuse_too_many(dataset: Dataset, most_left_out: float) -> None:
    n_all = len(dataset) + len(dataset.left_out)
    if len(dataset.left_out) > most_left_out * n_all:
        first: BadFile = dataset.left_out[0]
        raise DataError(
            f"at most {most_left_out:.0%} of the files may be left out; of {n_all} of {dataset.name} "
            f"{len(dataset.left_out)} cannot be used, such as {first.file} ({first.problem}); "
            "repair or remove them"
        )


def _searchable(measurements: Measurements, shortest_side: int) -> NDArray[np.int64]:
    seen: set[str] = set()
    rows = []
    for row, picture in enumerate(measurements.pictures):
        is_large = min(picture.width, picture.height) >= shortest_side and picture.darkest < picture.brightest
        if is_large and picture.pixel_hash not in seen:
            rows.append(row)
        seen.add(picture.pixel_hash)
    return np.array(rows, dtype=np.int64)


def _near_duplicates(
    measurements: Measurements,
    rows: NDArray[np.int64],
    settings: SearchSettings,
    cache_dir: Path,
    progress: Progress,
) -> tuple[NearDuplicate, ...]:
    """The near duplicates among these rows, from the cache if it has them."""
    if len(rows) < 2:
        return ()
    pixels = [measurements.pictures[row].pixel_hash for row in rows.tolist()]
    key = json.dumps([SEARCH_VERSION, settings.canonical_json, measurements_key(), pixels])
    name = f"near-duplicates-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    path, parts = cache_dir / f"{name}.json", cache_dir / f"{name}.parts"
    found = _cached_pairs(path, progress)
    if found is None:
        found = near_duplicates(
            lambda at: measurements.read_thumbnails(rows[at]),
            len(rows),
            settings,
            generator(0, 0, "audit_search"),
            parts_in(parts, progress.say),
            progress,
        )
        write_with_checksum(path, [json.dumps([asdict(pair) for pair in found]).encode()])
        shutil.rmtree(parts, ignore_errors=True)  # leftovers are harmless
    return tuple(replace(pair, first=int(rows[pair.first]), second=int(rows[pair.second])) for pair in found)


def _cached_pairs(path: Path, progress: Progress) -> list[NearDuplicate] | None:
    try:
        return [NearDuplicate(**values) for values in json.loads(read_with_checksum(path))]
    except FileNotFoundError:
        return None
    except DamagedFileError:
        progress.say(damaged(path))
        return None
