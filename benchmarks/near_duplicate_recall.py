"""Recall and precision of the search for near duplicates: ``python -m benchmarks.near_duplicate_recall DATA``.

For each kind of change, changed copies of randomly drawn images are added to the data set. One search covers all of
them. Prints the share of copies found per kind, and lists all other pairs, to be judged by eye.
"""

import argparse
import io
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench.audit.near_duplicates.search import near_duplicates
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS
from bench.audit.pictures import THUMB_SIDE
from bench.data import open_dataset
from bench.data.decode import fit
from bench.data.fingerprint import thumbnail
from bench.progress import Progress

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def cropped(picture: Image.Image, draw: np.random.Generator, most: float) -> Image.Image:
    top, bottom, left, right = draw.uniform(0, most, 4)
    width, height = picture.size
    return picture.crop((int(left * width), int(top * height), int((1 - right) * width), int((1 - bottom) * height)))


def toned(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.float32) / 255
    pixels = pixels ** draw.uniform(0.7, 1.4) * draw.uniform(0.8, 1.2) + draw.uniform(-0.08, 0.08)
    return Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def recompressed(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(draw.integers(25, 80)))
    return Image.open(file)


def resized(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    scale = draw.uniform(0.4, 1.3)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)


def everything(picture: Image.Image, draw: np.random.Generator, most: float) -> Image.Image:
    return recompressed(toned(resized(cropped(picture, draw, most), draw), draw), draw)


CHANGES: dict[str, Change] = {
    "recompressed (JPEG 25 to 80)": recompressed,
    "resized (0.4 to 1.3)": resized,
    "gamma, contrast, brightness": toned,
    "mirrored": lambda picture, draw: ImageOps.mirror(picture),
    "cropped, each side 0 to 5 %": lambda picture, draw: cropped(picture, draw, 0.05),
    "cropped, each side 0 to 10 %": lambda picture, draw: cropped(picture, draw, 0.10),
    "cropped, each side 0 to 15 %": lambda picture, draw: cropped(picture, draw, 0.15),
    "all of these, each side 0 to 10 %": lambda picture, draw: everything(picture, draw, 0.10),
    "all of these, each side 0 to 15 %": lambda picture, draw: everything(picture, draw, 0.15),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--copies", type=int, default=100, help="copies per kind of change")
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    draw = np.random.default_rng(0)
    pictures = [fit(dataset.read(row), (*dataset.read(row).shape[:2], 1))[..., 0] for row in range(len(dataset))]
    thumbnails: list[NDArray[np.uint8]] = [thumbnail(picture, THUMB_SIDE) for picture in pictures]
    planted: dict[tuple[int, int], str] = {}
    for name, change in CHANGES.items():
        for row in draw.choice(len(dataset), arguments.copies).tolist():
            original = Image.fromarray(np.rint(pictures[row] * 255).astype(np.uint8))
            copy = np.asarray(change(original, draw), dtype=np.float32) / np.float32(255)
            planted[row, len(thumbnails)] = name
            thumbnails.append(thumbnail(copy, THUMB_SIDE))
    stacked = np.stack(thumbnails)
    pairs = near_duplicates(
        lambda rows: stacked[rows],
        len(stacked),
        SEARCH_SETTINGS,
        np.random.default_rng(0),
        lambda name, compute: compute(),
        Progress(sys.stderr),
    )
    found = {(pair.first, pair.second) for pair in pairs}
    for name in CHANGES:
        of_kind = [pair for pair, kind in planted.items() if kind == name]
        n_found = sum(pair in found for pair in of_kind)
        print(f"| {name} | {n_found} of {len(of_kind)} | {n_found / len(of_kind):.2f} |")
    source = {copy: row for row, copy in planted}
    others = sorted(
        (pair.agreement, source.get(pair.first, pair.first), source.get(pair.second, pair.second)) for pair in pairs
    )
    unplanted: dict[tuple[int, int], float] = {}
    for agreement, first, second in others:
        if first != second:
            unplanted[min(first, second), max(first, second)] = agreement
    print(f"{len(unplanted)} pairs of originals that were not planted, by best agreement:")
    for (first, second), agreement in sorted(unplanted.items(), key=lambda item: -item[1]):
        print(f"{agreement:.3f} {dataset.files[first]} {dataset.files[second]}")


if __name__ == "__main__":
    main()
