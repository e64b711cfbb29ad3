"""scikit-learn's handwritten digits."""

import numpy as np

from bench.data.dataset import ArraySource, Dataset


def open_digits() -> Dataset:
    """1,797 real images of 8x8, 10 classes (Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return Dataset(
        name="digits",
        class_names=tuple(str(name) for name in digits.target_names),
        labels=digits.target.astype(np.int64),
        files=tuple(f"digits/{row:04d}" for row in range(len(digits.target))),
        source=ArraySource((digits.images / 16).astype(np.float32)),
    )
