"""``TrainingData``: the data that the trials of a run share, written once and read once by each worker.

A task then contains a path and its trials, so its size does not depend on the number of images.
"""

import functools
import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bench.data import Split
from bench.files import read_with_checksum, write_with_checksum


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The data that trials need beside their images.

    Attributes:
        splits: the split of each seed.
        metadata: one row per image, the columns of ``HEADER_FEATURES``, for controls that train no network; empty if a
            run has none of them.
    """

    splits: Mapping[int, Split]
    metadata: pd.DataFrame


def save_training_data(data: TrainingData, folder: Path) -> Path:
    """Write the data into a folder, under a name that is a hash of the content; return the path."""
    content = pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.pickle"
    write_with_checksum(path, [content])
    return path


@functools.lru_cache(maxsize=1)
def load_training_data(path: Path) -> TrainingData:
    """The data that ``save_training_data`` wrote. They are kept, so a worker reads them once."""
    data: TrainingData = pickle.loads(read_with_checksum(path))
    return data
