"""``DataFormat``: the interface of a format of data sets on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.data.dataset import Dataset


@dataclass(frozen=True)
class DataFormat:
    """A format that ``--data`` accepts.

    Attributes:
        description: for the message that lists what is accepted, such as ``an .npz file``.
        recognises: whether a path is in this format, without reading all of it.
        open: (path, skip_bad) -> the data set. With ``skip_bad``, files that cannot be used are left out and listed in
            ``Dataset.left_out``. Raises ``DataError`` in one line that names the file.
    """

    description: str
    recognises: Callable[[Path], bool]
    open: Callable[[Path, bool], Dataset]
