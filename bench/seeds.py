"""Where every random number of a trial comes from.

Each purpose draws from a stream of its own, derived from (seed, fold, purpose) and from nothing else: neither the
architecture, nor the order of trials, nor the number of workers. So two architectures at the same seed and fold see
the same batches in the same order, and their results can be compared in pairs.
"""

import hashlib
from typing import Literal

import numpy as np

Purpose = Literal["weights", "batch_order", "dropout"]


def derive_seed(seed: int, fold: int, purpose: Purpose | str) -> int:
    """The seed of one stream: 31 bits of SHA-256 over ``"seed/fold/purpose"`` (4 bytes, big-endian, without the top bit).

    Args:
        seed: the repetition's seed, as the sweep names it.
        fold: the held-out fold, 0-based.
        purpose: what the stream is for; see ``Purpose``. A suffix (``"dropout/1"``) names a further stream.

    Returns:
        An integer in [0, 2**31), which every library accepts as a seed.
    """
    digest = hashlib.sha256(f"{seed}/{fold}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFF_FFFF


def generator(seed: int, fold: int, purpose: Purpose | str) -> np.random.Generator:
    """A NumPy generator (PCG64) on the stream of (seed, fold, purpose)."""
    return np.random.Generator(np.random.PCG64(derive_seed(seed, fold, purpose)))
