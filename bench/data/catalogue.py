"""The data sets that ``--data`` accepts: built-in ones by name, all others by path.

To add a built-in set, add a line to ``_BUILT_IN``. To add a format, write a module ``format_<name>.py`` that defines a
``DataFormat``, and name it in ``FORMATS``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from bench.data.data_format import DataFormat
from bench.data.dataset import Dataset
from bench.data.digits import open_digits
from bench.data.format_folder import FOLDER
from bench.data.format_npz import NPZ
from bench.data.phantom import open_phantom
from bench.data.stratified_order import stratified_order
from bench.errors import DataError
from bench.seeds import generator

_BUILT_IN: dict[str, tuple[str, Callable[[], Dataset]]] = {
    "digits": ("scikit-learn's handwritten digits: 1797 real images of 8x8, 10 classes", open_digits),
    "phantom": ("generated chest films, best possible accuracy 0.90: 98 of 96x96, 2 classes, patients", open_phantom),
}

BUILT_IN: Mapping[str, str] = MappingProxyType({name: summary for name, (summary, _) in _BUILT_IN.items()})
"""The name of each data set that needs no file -> its description."""

FORMATS: tuple[DataFormat, ...] = (FOLDER, NPZ)
"""The formats of paths. The first format that recognises a path opens it."""


def open_dataset(source: str, *, images: int | None = None, skip_bad: bool = False) -> Dataset:
    """Open a data set by name or by path.

    Args:
        source: a name in ``BUILT_IN``, or a path in one of ``FORMATS``. ``./digits`` is a folder of that name.
        images: open only this number of images, always the same ones. The classes' shares are kept to within one image
            per class. The stream (0, 0, "subset") of ``bench.seeds`` draws them. Larger subsets contain smaller ones.
        skip_bad: leave out files that cannot be used, see ``format_folder.open_folder``.

    Raises:
        DataError: the source does not exist or cannot be used; one line that names the file or folder.
    """
    dataset = _open(source, skip_bad)
    if images is None:
        return dataset
    if not 1 <= images <= len(dataset):
        raise DataError(
            f"a subset of {dataset.name} has 1 to {len(dataset)} images; received {images}; choose a number between"
        )
    rows = stratified_order(dataset.labels, np.arange(len(dataset)), generator(0, 0, "subset"))[:images]
    left_out = set(range(len(dataset.class_names))) - set(dataset.labels[rows].tolist())
    if left_out:
        raise DataError(
            f"a subset keeps every class; {images} images of {dataset.name} leave out class "
            f"{dataset.class_names[min(left_out)]}; ask for more images"
        )
    return dataset.subset(sorted(rows.tolist()))


def _open(source: str, skip_bad: bool) -> Dataset:
    if source in _BUILT_IN:
        _, open_built_in = _BUILT_IN[source]
        return open_built_in()
    path = Path(source)
    try:
        for data_format in FORMATS:
            if data_format.recognises(path):
                return data_format.open(path, skip_bad)
        found = "is a file of another kind" if path.exists() else "does not exist"
    except OSError as error:
        raise DataError(
            f"a data set must be readable; {error.filename or source}: {error.strerror}; grant access to it"
        ) from error
    *accepted, last = *BUILT_IN, *(data_format.description for data_format in FORMATS)
    raise DataError(f"a data set is one of {', '.join(accepted)} or {last}; {source} {found}; correct the name or path")
