"""The source of every random number.

Each purpose has its own stream, derived from (seed, fold, purpose) only. It does not depend on the architecture, the
order of trials or the number of workers. Two architectures at the same seed and fold therefore see the same batches in
the same order, and their results can be compared in pairs.
"""

import hashlib

import numpy as np


def derive_seed(seed: int, fold: int, purpose: str) -> int:
    """The seed of one stream: the first 4 bytes (big-endian, top bit dropped) of SHA-256 over ``"seed/fold/purpose"``.

    Args:
        seed: the repetition's seed, as in the sweep.
        fold: the held-out fold, 0-based.
        purpose: ``weights`` (initial weights), ``batch_order``, ``dropout/0`` (of the first random layer, and so on),
            or any other purpose: ``folds``, ``subset``, ``phantom``.

    Returns:
        An integer in [0, 2**31), which every library accepts as a seed.
    """
    digest = hashlib.sha256(f"{seed}/{fold}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFF_FFFF


def generator(seed: int, fold: int, purpose: str) -> np.random.Generator:
    """A NumPy generator (PCG64) on the stream of (seed, fold, purpose)."""
    return np.random.Generator(np.random.PCG64(derive_seed(seed, fold, purpose)))
