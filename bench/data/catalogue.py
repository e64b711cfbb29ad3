"""What ``--data`` accepts: the built-in data sets by name, and everything else by path."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import ArraySource, Dataset
from bench.data.format_folder import MANIFEST, open_folder
from bench.data.format_npz import open_npz
from bench.data.phantom import open_phantom
from bench.errors import DataError
from bench.seeds import generator

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "digits": "scikit-learn's handwritten digits: 1797 real images of 8x8, 10 classes",
        "phantom": "generated chest films, best possible accuracy 0.90: 98 of 96x96, 2 classes, patients",
    }
)
"""Name of each data set that needs no file, and what it is."""


def open_dataset(source: str, *, images: int | None = None, skip_bad: bool = False) -> Dataset:
    """Open a data set by name or by path.

    Args:
        source: a name in ``BUILT_IN`` (a folder of that name is ``./NAME``); or a folder, see
            ``folders.open_folder``; or an ``.npz`` file, see ``npz.open_npz``.
        images: only so many images, drawn with the classes' shares kept (to within one image a class) and
            always the same ones: the stream (0, 0, "subset") of ``bench.seeds`` draws them. A larger subset
            contains a smaller one.
        skip_bad: see ``folders.open_folder``.

    Raises:
        DataError: nothing of that name, or a data set that cannot be used; one line naming file or folder.
    """
    dataset = _open(source, skip_bad)
    if images is None:
        return dataset
    if not 1 <= images <= len(dataset):
        raise DataError(
            f"a subset of {dataset.name} has 1 to {len(dataset)} images; received {images}; choose a number between"
        )
    rows = _stratified_order(dataset.labels, generator(0, 0, "subset"))[:images]
    left_out = set(range(len(dataset.class_names))) - set(dataset.labels[rows].tolist())
    if left_out:
        raise DataError(
            f"a subset keeps every class; {images} images of {dataset.name} leave out class "
            f"{dataset.class_names[min(left_out)]}; ask for more images"
        )
    return dataset.subset(sorted(rows.tolist()))


def _open(source: str, skip_bad: bool) -> Dataset:
    if source == "digits":
        return _open_digits()
    if source == "phantom":
        return open_phantom()
    path = Path(source)
    try:
        if path.is_dir():
            return open_folder(path, skip_bad=skip_bad)
        if path.is_file() and path.suffix == ".npz":
            return open_npz(path)
    except OSError as error:
        raise DataError(
            f"a data set must be readable; {error.filename or source}: {error.strerror}; grant access to it"
        ) from error
    found = "is a file of another kind" if path.exists() else "does not exist"
    raise DataError(
        f"a data set is one of {', '.join(BUILT_IN)}, a folder CLASS/FILE, a folder with "
        f"{MANIFEST}, or an .npz file; "
        f"{source} {found}; correct the name or path"
    )


def _open_digits() -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return Dataset(
        name="digits",
        class_names=tuple(str(name) for name in digits.target_names),
        labels=digits.target.astype(np.int64),
        files=tuple(f"digits/{row:04d}" for row in range(len(digits.target))),
        source=ArraySource((digits.images / 16).astype(np.float32)),
    )


def _stratified_order(labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    """All rows in an order whose every beginning keeps the classes' shares: each class is spread evenly."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        place[generator.permutation(rows)] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.argsort(place, kind="stable")
