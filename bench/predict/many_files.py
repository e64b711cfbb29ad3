"""Predicts many files in parallel, in order and in bounded memory."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.predict.predictor import Prediction, Predictor, Unusable

_FILES_AT_ONCE = 64


def named_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that paths name: a folder stands for all files in it, at any depth, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def predict_files(
    predictor: Predictor, files: Sequence[Path], advance: Callable[[], None]
) -> Iterator[Prediction | Unusable]:
    """Predict files, in order. Memory holds one picture per core, and the results of a few files.

    Args:
        predictor: of the model.
        files: any number.
        advance: called once per file.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), _FILES_AT_ONCE):
            for predicted in pool.map(predictor.predict, files[start : start + _FILES_AT_ONCE]):
                advance()
                yield predicted
