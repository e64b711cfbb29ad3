"""Which changed copies of training images ``predict`` recognises, and how similar different pictures are.

python -m benchmarks.training_print_recall DATA
"""

import argparse
import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench.audit.near_duplicates.prints import described
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS
from bench.audit.pictures import THUMB_SIDE
from bench.data import open_dataset
from bench.data.fingerprint import gray_picture, thumbnail
from bench.seeds import generator

N_COPIES = 60


def saved_as_jpeg(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=60)
    return Image.open(file)


def cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    def crop(picture: Image.Image) -> Image.Image:
        width, height = picture.size
        left, top = round(share * width), round(share * height)
        return picture.crop((left, top, width - left, height - top))

    return crop


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG of quality 60": saved_as_jpeg,
    "half the size": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "gamma 1.4": lambda picture: picture.point([round(255 * (level / 255) ** 1.4) for level in range(256)]),
    "mirrored": ImageOps.mirror,
    "turned by 2 degrees": lambda picture: picture.rotate(2),
    "cropped by 5 %": cropped(0.05),
    "cropped by 10 %": cropped(0.1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    dataset = open_dataset(parser.parse_args().data)
    small = np.stack([thumbnail(gray_picture(dataset.read(row)), THUMB_SIDE) for row in range(len(dataset))])
    draw = generator(0, 0, "audit_search")
    filters, trained = described(lambda rows: small[rows], len(small), SEARCH_SETTINGS, draw)

    def cosines(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = (filters.descriptors(picture) @ trained.T).max(axis=0)
        return found

    nearest = np.array([np.delete(cosines(each), row).max() for row, each in enumerate(small)])
    print(f"{len(small)} pictures; nearest other: median cosine {np.median(nearest):.3f}, largest {nearest.max():.3f}")
    rows = np.random.default_rng(0).choice(len(small), min(N_COPIES, len(small)), replace=False).tolist()
    originals = [Image.fromarray(np.rint(gray_picture(dataset.read(row)) * 255).astype(np.uint8)) for row in rows]
    for name, change in CHANGES.items():
        copies = [np.asarray(change(original), np.float32) / np.float32(255) for original in originals]
        found = [cosines(thumbnail(copy, THUMB_SIDE))[row] for row, copy in zip(rows, copies, strict=True)]
        share = np.mean(np.array(found) >= SEARCH_SETTINGS.least_peculiar_agreement)
        print(f"{name}: median cosine {np.median(found):.3f}, {share:.0%} found")


if __name__ == "__main__":
    main()
