"""Kinds of damage to a cache file."""

import io
import json
from collections.abc import Callable

import numpy as np

Damage = Callable[[bytes], bytes]


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


DAMAGE: dict[str, Damage] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "a byte short": lambda content: content[:-1],
    "a byte more": lambda content: content + b"x",
    "header garbled": lambda content: b"x" + content[1:],
    "a byte changed": lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
    "all zero": lambda content: bytes(len(content)),
    "deep": lambda content: b"[" * 100_000,
    "of another type": lambda content: b"7",
    "an empty list": lambda content: b"[]",
    "rows out of range": lambda content: json.dumps(
        [{"first": 0, "second": 10**9, "agreement": 1.0, "mirrored": False}]
    ).encode(),
    "an array of another shape": lambda content: _npy(np.zeros((2, 2))),
}
