"""Predictions as lines of text and as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from bench.predict.predictor import Prediction, Unusable
from bench.printable import printable


def text_line(predicted: Prediction | Unusable) -> str:
    """One prediction as a line: file, class, probability, conformal set, flags."""
    if isinstance(predicted, Unusable):
        return printable(f"{predicted.file}: cannot be used: {predicted.reason}")
    said = f"{predicted.label} {predicted.probability:.3f}, set {{{', '.join(predicted.conformal_set)}}}"
    return printable("; ".join([f"{predicted.file}: {said}", *predicted.flags]))


def write_csv(
    predictions: Iterable[Prediction | Unusable], classes: Sequence[str], file: TextIO
) -> Iterator[Prediction | Unusable]:
    """Write each prediction as a row of a CSV file, and yield it.

    Columns: file, class, probability, set (classes separated by ``|``), flags (separated by ``; ``), error (empty if
    the file was used), and ``p_<class>`` per class.
    """
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["file", "class", "probability", "set", "flags", "error", *(f"p_{name}" for name in classes)])
    for predicted in predictions:
        if isinstance(predicted, Unusable):
            rows.writerow([predicted.file, "", "", "", "", predicted.reason, *("" for _ in classes)])
        else:
            shares = [f"{value:.6f}" for value in predicted.probabilities.tolist()]
            best, named = f"{predicted.probability:.6f}", "|".join(predicted.conformal_set)
            rows.writerow([predicted.file, predicted.label, best, named, "; ".join(predicted.flags), "", *shares])
        yield predicted
