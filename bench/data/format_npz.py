"""The format of an ``.npz`` file of images and labels, in the layout of Keras or of MedMNIST."""

import zipfile
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from bench.data.data_format import DataFormat
from bench.data.dataset import ArraySource, Dataset, printable
from bench.errors import DataError

_PARTS = (
    ("x_train", "y_train"),
    ("x_val", "y_val"),
    ("x_test", "y_test"),
    ("train_images", "train_labels"),
    ("val_images", "val_labels"),
    ("test_images", "test_labels"),
)
"""(images, labels) of each part: Keras's names, then MedMNIST's."""


def open_npz(path: Path) -> Dataset:
    """Open an ``.npz`` file. All its parts are joined, since the bench makes its own folds.

    Images are (n, h, w) or (n, h, w, c) with c = 1 or 3: unsigned integers, divided by their type's full scale, or
    floats in [0, 1]. Labels are integers or strings, (n,) or (n, 1). Pickled content is never loaded.

    Raises:
        DataError: the file is damaged or breaks one of these rules.
    """
    _require_memory(path)
    try:
        arrays = np.load(path, allow_pickle=False)
        if not isinstance(arrays, np.lib.npyio.NpzFile):
            raise ValueError("it holds one array without a name")
        with arrays:
            parts = [
                (_array(arrays, images), _array(arrays, labels)) for images, labels in _part_names(path, arrays.files)
            ]
    except DataError:
        raise
    except Exception as error:  # zipfile, its decompressors and NumPy's parser raise nearly every built-in exception
        raise DataError(
            f"an .npz file must load without pickle; {path} does not ({str(error) or type(error).__name__}); "
            "write it with numpy.savez"
        ) from error
    for images, labels in parts:
        _require_part(path, images, labels, parts[0][0])
    labels = np.concatenate([labels.reshape(-1) for _, labels in parts])
    values, codes = np.unique(labels, return_inverse=True)
    name = printable(path.stem)
    digits = max(4, len(str(len(labels))))
    return Dataset(
        name=name,
        class_names=tuple(str(value) for value in values),
        labels=codes.astype(np.int64),
        files=tuple(f"{name}/{row:0{digits}d}" for row in range(len(labels))),
        source=ArraySource(np.concatenate([images for images, _ in parts])),
    )


def _array(arrays: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic]:
    array = arrays[name]
    if not isinstance(array, np.ndarray):  # NumPy returns the bytes of a member that is not an .npy
        raise ValueError(f"{name} is no array")
    return array


def _require_memory(path: Path) -> None:
    """Refuse an archive that does not fit into memory twice, before decompressing it. Joining its parts needs this."""
    try:
        with zipfile.ZipFile(path) as archive:
            n_bytes = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # numpy.load reports what it is
    available = psutil.virtual_memory().available
    if 2 * n_bytes > available:
        raise DataError(
            f"an .npz file must fit into memory twice, while its parts are joined; {path} holds {n_bytes} bytes of "
            f"{available} available; "
            "save its images as files in a folder"
        )


def _part_names(path: Path, names: list[str]) -> list[tuple[str, str]]:
    for images, labels in _PARTS:
        if (images in names) != (labels in names):
            present, missing = (images, labels) if images in names else (labels, images)
            raise DataError(f"images and labels come in pairs; {path} has {present} and no {missing}; add it")
    found = [part for part in _PARTS if part[0] in names]
    if not found:
        raise DataError(
            "an .npz file needs x_train, y_train, x_test, y_test or train_images, "
            f"train_labels, ...; {path} has "
            f"{', '.join(names) or 'nothing'}; rename its arrays"
        )
    return found


def _require_part(
    path: Path, images: NDArray[np.generic], labels: NDArray[np.generic], first: NDArray[np.generic]
) -> None:
    channels_fit = images.ndim == 3 or (images.ndim == 4 and images.shape[3] in (1, 3))
    if not channels_fit or 0 in images.shape[1:]:
        raise DataError(f"images are (n, h, w), (n, h, w, 1) or (n, h, w, 3); {path} has {images.shape}; reshape them")
    if images.shape[1:] != first.shape[1:] or images.dtype != first.dtype:
        raise DataError(
            f"all parts have images of one size and type; {path} has {first.dtype} {first.shape[1:]} and "
            f"{images.dtype} {images.shape[1:]}; make them alike"
        )
    is_float = np.issubdtype(images.dtype, np.floating)
    if not (is_float or np.issubdtype(images.dtype, np.unsignedinteger)):
        raise DataError(
            f"images are unsigned integers or floats; {path} has {images.dtype}; convert them, such as to uint8"
        )
    if is_float and images.size and not (images.min() >= 0 and images.max() <= 1):  # false for NaN
        raise DataError(
            f"floating-point images lie in [0, 1]; {path} has {images.min()} to {images.max()}; "
            "divide them by their full scale"
        )
    if labels.shape not in ((len(images),), (len(images), 1)):
        raise DataError(
            f"there is one label per image, (n,) or (n, 1); {path} has {labels.shape} for "
            f"{len(images)} images; give class numbers"
        )
    if labels.dtype.kind not in "iuU":
        raise DataError(f"labels are integers or strings; {path} has {labels.dtype}; convert them")


def _is_npz(path: Path) -> bool:
    return path.is_file() and path.suffix == ".npz"


NPZ = DataFormat("an .npz file", _is_npz, lambda path, skip_bad: open_npz(path))
