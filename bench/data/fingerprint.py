"""What identifies a picture: the hash of its pixels, its gray version, its thumbnail. Needs NumPy and Pillow only."""

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.decode import fit


def pixel_hash(image: NDArray[np.float32]) -> str:
    """SHA-256, 32 hexadecimal digits, of a decoded picture (h, w, c)."""
    digest = hashlib.sha256(f"{image.shape} ".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()[:32]


def gray_picture(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """A decoded picture (h, w, c) as gray (h, w), by ITU-R 601-2 luma."""
    return fit(image, (*image.shape[:2], 1))[..., 0] if image.shape[2] == 3 else image[..., 0]


def thumbnail(gray: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """A gray picture (h, w) in [0, 1] as (side, side) of 8 bits, stretched to the full scale."""
    small = Image.fromarray(gray).resize((side, side), Image.Resampling.BILINEAR)
    pixels = np.asarray(small)
    low, high = float(pixels.min()), float(pixels.max())
    scaled = (pixels - low) * (255 / max(high - low, 1e-6))
    return np.rint(scaled).astype(np.uint8)
