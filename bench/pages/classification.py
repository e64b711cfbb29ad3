"""Confusion matrices and scikit-learn's classification report of each network's held-out predictions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.pages.charts.confusion_chart import POOLED
from bench.study.families import network_labels
from bench.study.study_data import StudyData


@dataclass(frozen=True)
class Classified:
    """``matrices`` are by entry, (n_classes, n_classes) with true classes in rows; ``text`` has all reports."""

    matrices: Mapping[int, NDArray[np.int64]]
    text: str


def classify(data: StudyData) -> Classified:
    """Pool each network's predictions over folds and seeds."""
    from bench.analyse.predictions.confusion_counts import (  # scikit-learn: two seconds that few studies need
        classification_text,
        confusion_counts,
    )

    class_names, labels = data.study.class_names, network_labels(data.summary)
    matrices: dict[int, NDArray[np.int64]] = {}
    texts = [data.title(), POOLED]
    for entry in sorted(data.done["entry"].unique().tolist()):
        trials = data.done[data.done["entry"] == entry]
        predictions = data.read_predictions(trials["trial_key"].tolist())
        matrices[entry] = confusion_counts(predictions, class_names)
        head = f"{labels[entry]}, {data.summary['n_params'][entry]:,} parameters, {len(trials)} trials"
        texts.append(f"{head}\n{'=' * len(head)}\n{classification_text(predictions, class_names)}")
    if not matrices:
        texts.append("no trial is done")
    return Classified(matrices, "\n\n".join(texts))
