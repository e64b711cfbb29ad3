"""Decode an image file of any mode to float32 in [0, 1], and fit a picture to a network's input shape."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from bench.errors import BadFileError

DECODING_VERSION = 2
"""Raised by one whenever a change of this module changes a pixel. Part of every cache key (``decoder``) and, from 3 on,
of data hashes and so of trial keys (``Dataset.data_hash``)."""

MAX_PIXELS = 89_478_485
"""Larger images are refused as decompression bombs; Pillow's own limit (256 MiB at 3 bytes per pixel)."""

MAX_SIDE = 65_535
"""In pixels: JPEG's own limit. Pillow cannot shrink a much longer side to a network's input."""

FORMATS = (
    *("AVIF", "BMP", "DDS", "DIB", "FITS", "GIF", "ICNS", "ICO", "IM", "JPEG", "JPEG2000", "MSP", "PCX"),
    *("PNG", "PPM", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "TIFF", "WEBP", "XBM", "XPM"),
)
"""The formats that are read, by Pillow's names. Formats that run another program, and those of videos and drawings, are
not among them (EPS, PDF, WMF, FLI, MPEG)."""

_GRAY_MODES = ("1", "L", "LA", "La", "F")

_WHITE_IS_ZERO = 0
"""A photometric interpretation: TIFF 6.0, section 8."""

_LUMA = np.array([299, 587, 114], dtype=np.float32) / np.float32(1000)
"""ITU-R 601-2, as Pillow converts RGB to L."""


def decoder() -> str:
    """The version of the code that decodes files, such as ``v2-pillow-11.0.0``: part of every cache key.

    It contains Pillow's version, since two versions of a JPEG decoder may differ by one level. Trial keys do not
    contain it. The environment that is stored with each result contains Pillow's version.
    """
    return f"v{DECODING_VERSION}-pillow-{PIL.__version__}"


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """The metadata in the header of an image file, read without decoding a pixel.

    ``width`` and ``height`` are as stored, before EXIF orientation; ``format`` and ``mode`` are Pillow's names
    (``array`` if the picture is not a file); ``n_bytes`` is the size of the file.
    """

    width: int
    height: int
    format: str
    mode: str
    n_frames: int
    n_bytes: int

    @property
    def is_gray(self) -> bool:
        """Whether the image is stored without colour."""
        return self.mode in _GRAY_MODES or self.mode.startswith("I")


def read_metadata(path: Path) -> FileMetadata:
    """Read the header of an image file. No pixel is decoded.

    Raises:
        BadFileError: see ``decode``.
    """
    with _opened(path) as image:
        n_frames = getattr(image, "n_frames", 1)
        return FileMetadata(*image.size, image.format or "unknown", image.mode, n_frames, path.stat().st_size)


def decode(path: Path) -> NDArray[np.float32]:
    """Decode the picture in a file, with EXIF orientation applied. Of several frames, the first is decoded.

    Gray of 1, 8, 12 and 16 bits is divided by its full scale: black is 0, white is 1. ``I`` is read as 16-bit gray,
    ``F`` as gray in [0, 1]. Palette, CMYK, YCbCr and the like become RGB as Pillow converts them. Transparent pixels
    are composited over black. Colour of 16 bits per channel is read with 8, since Pillow has no such mode.

    Returns:
        float32 (h, w, c) in [0, 1], with c = 1 for gray and c = 3 for colour.

    Raises:
        BadFileError: the file is not an image, is truncated or damaged, has more than ``MAX_PIXELS`` pixels or
            ``MAX_SIDE`` per side, or has values outside its mode's scale; the message names the file.
    """
    with _opened(path) as image:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return _scaled(image)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An identified image. Every error in the block becomes one line that names the file."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if max(image.size) > MAX_SIDE:
                raise BadFileError(
                    "too many pixels",
                    f"an image may have at most {MAX_SIDE} pixels per side; {path} has {max(image.size)}; "
                    "shrink or remove it",
                )
            yield image
    except BadFileError:
        raise
    except Image.DecompressionBombError as error:
        raise BadFileError(
            "too many pixels",
            f"an image may have at most {MAX_PIXELS} pixels (decompression bombs are refused); "
            f"{path} has more; "
            "shrink or remove it",
        ) from error
    except UnidentifiedImageError as error:
        raise BadFileError(
            "no image",
            f"every image must decode completely; {path} does not (its content is no image of a known format); "
            "replace or remove it",
        ) from error
    except MemoryError as error:
        raise BadFileError(
            "too many pixels",
            f"an image must fit into memory; {path} does not; shrink or remove it",
        ) from error
    except Exception as error:  # Pillow's decoders raise nearly every built-in exception on damaged files
        raise BadFileError(
            "does not decode",
            f"every image must decode completely; {path} does not ({_one_line(error)}); replace or remove it",
            _one_line(error),
        ) from error


def fit(image: NDArray[np.float32], input_shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Convert a picture to a network's input shape: first its channels, then its size, by stretching.

    The resize filter is Pillow's BILINEAR in float32 per channel, so no bit depth is lost. When it shrinks, it averages
    over the whole footprint of an output pixel (antialiasing). The aspect ratio is not kept. RGB becomes gray by ITU-R
    601-2 luma; gray becomes RGB by repetition.

    Args:
        image: float32 (h, w, c) in [0, 1], with c = 1 or 3.
        input_shape: (height, width, channels), with 1 or 3 channels.

    Returns:
        float32 of ``input_shape``, in [0, 1].
    """
    height, width, channels = input_shape
    if channels == 1 and image.shape[2] == 3:
        image = (image @ _LUMA)[..., np.newaxis]
    planes = [
        np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
        for plane in np.ascontiguousarray(np.moveaxis(image, 2, 0))
    ]
    resized = np.clip(np.stack(planes, axis=2), 0.0, 1.0)
    return np.repeat(resized, channels, axis=2) if resized.shape[2] < channels else resized


def _scaled(image: Image.Image) -> NDArray[np.float32]:
    if image.mode.startswith("I"):
        return _gray16(image)
    if image.mode == "F":
        return _gray_float(image)
    gray = image.mode in _GRAY_MODES
    if image.has_transparency_data:
        pixels = _in_unit_range(image.convert("LA" if gray else "RGBA"))
        return pixels[..., :-1] * pixels[..., -1:]
    pixels = _in_unit_range(image.convert("L" if gray else "RGB"))
    return pixels[..., np.newaxis] if gray else pixels


def _in_unit_range(image: Image.Image) -> NDArray[np.float32]:
    pixels = np.array(image, dtype=np.float32)
    pixels /= np.float32(255)  # in place: the largest admitted picture takes 1.4 GB
    return pixels


def _gray16(image: Image.Image) -> NDArray[np.float32]:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError(f"32-bit gray must lie in 0 to 65535, received {pixels.min()} to {pixels.max()}")
    transparent = image.info.get("transparency")
    visible = pixels if transparent is None else np.where(pixels == transparent, 0, pixels)
    full_scale, is_inverted = 65535, False
    if isinstance(image, TiffImageFile) and image.mode.startswith("I;16"):  # Pillow ignores both tags beyond 8 bits
        full_scale = (1 << int(image.tag_v2[BITSPERSAMPLE][0])) - 1
        is_inverted = image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    scaled = visible.astype(np.float32)[..., np.newaxis] / np.float32(full_scale)
    return 1 - scaled if is_inverted else scaled


def _gray_float(image: Image.Image) -> NDArray[np.float32]:
    pixels = np.asarray(image, dtype=np.float32)
    if not (pixels.min() >= 0.0 and pixels.max() <= 1.0):  # false for NaN
        raise ValueError(f"floating-point gray must lie in 0 to 1, received {pixels.min()} to {pixels.max()}")
    return pixels[..., np.newaxis]


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the path, which the message contains
    return " ".join(str(error).split()) or type(error).__name__
