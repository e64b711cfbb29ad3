"""What a data set's files say of its images without a look at a pixel: what a class should not be told by."""

import pandas as pd

from bench.data.dataset import Dataset, FileSource
from bench.errors import DataError


def file_metadata(dataset: Dataset) -> pd.DataFrame:
    """A row an image, in the data set's order: width, height (pixels), aspect (width / height), is_gray, format.

    Of files only the headers are read. Images that are no files have the format ``array``.

    Raises:
        DataError: a file is no image; the message names it.
    """
    from PIL import Image

    rows = []
    for row in range(len(dataset)):
        if isinstance(dataset.source, FileSource):
            path = dataset.source.root / dataset.source.files[row]
            try:
                with Image.open(path) as image:
                    gray = image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")
                    rows.append((image.width, image.height, gray, str(image.format)))
            except (OSError, Image.DecompressionBombError) as error:
                raise DataError(f"every image must be readable; {path} is not; replace or remove it") from error
        else:
            height, width, channels = dataset.read(row).shape
            rows.append((width, height, channels == 1, "array"))
    table = pd.DataFrame(rows, columns=["width", "height", "is_gray", "format"])
    table.insert(2, "aspect", table["width"] / table["height"])
    return table
