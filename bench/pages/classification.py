"""Confusion matrices and a classification report of each network's held-out predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.predictions.confusion_counts import class_scores, confusion_counts
from bench.pages.charts.confusion_chart import PER_IMAGE
from bench.pages.number_text import number
from bench.study.families import network_labels
from bench.study.study_data import StudyData


@dataclass(frozen=True)
class Classified:
    """``matrices`` are by entry, (n_classes, n_classes) with true classes in rows; ``text`` has all reports."""

    matrices: Mapping[int, NDArray[np.float64]]
    text: str


def classify(data: StudyData) -> Classified:
    """Count each network's held-out images by true and predicted class, on average over seeds."""
    class_names, labels = data.study.class_names, network_labels(data.summary)
    matrices: dict[int, NDArray[np.float64]] = {}
    texts = [data.title(), PER_IMAGE]
    for entry in sorted(data.done["entry"].unique().tolist()):
        trials = data.done[data.done["entry"] == entry]
        matrices[entry] = confusion_counts(data.read_predictions(trials["trial_key"].tolist()), class_names)
        head = f"{labels[entry]}, {data.summary['n_params'][entry]:,} parameters, {len(trials)} trials"
        texts.append(f"{head}\n{'=' * len(head)}\n{classification_text(matrices[entry], class_names)}")
    if not matrices:
        texts.append("no trial is done")
    return Classified(matrices, "\n\n".join(texts))


def classification_text(counts: NDArray[np.float64], class_names: Sequence[str]) -> str:
    """Precision, recall, F1 and support of each class, laid out as scikit-learn's classification report.

    Args:
        counts: as ``confusion_counts`` gives them.
        class_names: of its rows.
    """
    scores = class_scores(counts)
    n_images, width = float(counts.sum()), max(len("weighted avg"), *map(len, class_names))
    weighted = scores.mul(scores["support"], axis="index").sum() / max(n_images, 1)

    def line(name: str, ratios: Sequence[str], support: str) -> str:
        precision, recall, f1 = ratios
        return f"{name:>{width}} {precision:>10} {recall:>9} {f1:>9} {support:>9}"

    of_all = number(n_images, "{:.0f}")
    rows = [
        line(name, list(map(number, ratios)), number(support, "{:.0f}"))
        for name, (*ratios, support) in zip(class_names, scores.to_numpy(float).tolist(), strict=True)
    ]
    summaries = [
        line("accuracy", ("", "", number(float(np.trace(counts)) / max(n_images, 1))), of_all),
        line("macro avg", list(map(number, scores.mean().tolist()[:3])), of_all),
        line("weighted avg", list(map(number, weighted.tolist()[:3])), of_all),
    ]
    head = line("", ("precision", "recall", "f1-score"), "support")
    return "\n".join([head, "", *rows, "", *summaries]) + "\n"
