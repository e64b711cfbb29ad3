"""Gray pictures with detail of every size, for tests and benchmarks of the near-duplicate search."""

import numpy as np
from PIL import Image

OCTAVES = ((4, 1.0), (8, 0.5), (16, 0.35), (32, 0.25), (64, 0.15))
"""(cells per side, standard deviation) of the noise that is summed."""


def random_field(number: int, side: int, stream: int) -> Image.Image:
    """The gray picture (side, side) of this number, unlike that of any other number or stream."""
    draw = np.random.default_rng([stream, number])
    field = np.zeros((side, side), dtype=np.float32)
    for cells, strength in OCTAVES:
        octave = Image.fromarray(draw.normal(0, strength, (cells, cells)).astype(np.float32))
        field += np.asarray(octave.resize((side, side), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(127 + 50 * field, 0, 255).astype(np.uint8))
