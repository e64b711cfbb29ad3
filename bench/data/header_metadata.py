"""The headers of a data set's pictures as a table, without decoding a pixel."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench.data.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

HEADER_FEATURES = ("width", "height", "aspect", "is_gray", "format")
"""The columns that do not depend on the content of a picture. The size of a compressed file depends on it."""


def file_metadata(dataset: Dataset) -> "pd.DataFrame":
    """One row per picture, in the data set's order: width, height, aspect, is_gray, format, mode, n_frames, n_bytes.

    ``aspect`` is width over height. For pictures in memory the format is ``array``.

    Raises:
        BadFileError: a file is not an image.
    """
    import pandas as pd

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        known = list(pool.map(dataset.source.metadata, range(len(dataset))))
    return pd.DataFrame(
        {
            "width": [each.width for each in known],
            "height": [each.height for each in known],
            "aspect": [each.width / each.height for each in known],
            "is_gray": [each.is_gray for each in known],
            "format": [each.format for each in known],
            "mode": [each.mode for each in known],
            "n_frames": [each.n_frames for each in known],
            "n_bytes": [each.n_bytes for each in known],
        }
    )
