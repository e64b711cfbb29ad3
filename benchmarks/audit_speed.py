"""Time and memory of an audit of many images: ``python -m benchmarks.audit_speed --images 100000``.

Generates that number of JPEG files of 224x224 (random fields with detail of every size). One file in a hundred is a
cropped and recompressed copy of the one before it; all others are different. The files are audited in a fresh process
with an empty cache. Prints seconds, peak memory, and the number of planted pairs that were found.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from tests.audit.random_field import random_field

SIDE = 224
STREAM = 7
PLANTED_EVERY = 100
CHUNK = 1000


def picture(number: int) -> Image.Image:
    """A random field that no other number has."""
    return random_field(number, SIDE, STREAM)


def write_chunk(folder: Path, start: int, stop: int) -> None:
    """Write the images of these numbers; one in a hundred is a crop of the one before it."""
    for number in range(start, stop):
        draw = np.random.default_rng([8, number])
        target = folder / f"class-{number % 2}" / f"{number:07d}.jpg"
        if number % PLANTED_EVERY == 1:
            top, bottom, left, right = draw.uniform(0, 0.12, 4) * SIDE
            cropped = picture(number - 1).crop((int(left), int(top), int(SIDE - right), int(SIDE - bottom)))
            cropped.save(target, quality=50)
        else:
            picture(number).save(target, quality=85)


def planted(n_images: int) -> Iterator[tuple[str, str]]:
    for number in range(1, n_images, PLANTED_EVERY):
        yield f"class-0/{number - 1:07d}.jpg", f"class-1/{number:07d}.jpg"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--images", type=int, default=100_000)
    n_images = arguments.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        data, results, cache = (Path(folder) / name for name in ("images", "results", "cache"))
        for name in ("class-0", "class-1"):
            (data / name).mkdir(parents=True)
        with ProcessPoolExecutor() as pool:
            starts = range(0, n_images, CHUNK)
            stops = [min(start + CHUNK, n_images) for start in starts]
            list(pool.map(write_chunk, [data] * len(starts), starts, stops))
        print(f"{n_images} images written", flush=True)
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "bench", "audit", str(data), "--results", str(results)],
            env={**os.environ, "BENCH_CACHE_DIR": str(cache)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        found = json.loads((results / "audit-images" / "audit.json").read_text())["near_duplicates"]
    pairs = {(pair["first"], pair["second"]) for pair in found}
    truth = set(planted(n_images))
    print(f"audit: {time.monotonic() - started:.0f} s, {processor_s:.0f} s of processor time, {os.cpu_count()} cores")
    print(f"peak memory {used.ru_maxrss / 2**20:.2f} GiB")
    print(f"planted pairs found: {len(pairs & truth)} of {len(truth)}; other pairs: {len(pairs - truth)}")


if __name__ == "__main__":
    main()
