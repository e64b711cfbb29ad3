"""Obstacles: what keeps a study from answering which size to take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.analyse.control_comparison import ControlComparison, LeakCheck, Outcome, class_counts_loss
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.audit import Audit, Finding
from bench.audit.audit_records import Severity
from bench.controls import Sight
from bench.store.columns import protocol_column
from bench.study.families import Family

LINEAR = "pixel_logistic"
"""The control with which training accuracies are compared: logistic regression on the pixels."""
NEAR_CHANCE = 0.9
"""A training loss of at least this share of that of the class shares alone shows that next to nothing was learnt."""


@dataclass(frozen=True, slots=True)
class SevereFinding:
    """A severe finding of the audit."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Unbeaten:
    """A control that the most accurate network is not shown to beat.

    Attributes:
        name: of the control.
        sight: the information that it uses.
        accuracy: its mean held-out accuracy.
        network: the label of the most accurate network.
        network_accuracy: its mean held-out accuracy.
        lead: of the network over the control.
    """

    name: str
    sight: Sight
    accuracy: float
    network: str
    network_accuracy: float
    lead: ContrastEstimate


@dataclass(frozen=True, slots=True)
class Leak:
    """A control trained on labels without information that is better than the majority class."""

    check: LeakCheck


@dataclass(frozen=True, slots=True)
class Undertrained:
    """Networks of one architecture and protocol of which none fits its training set.

    Attributes:
        family: their label.
        train_accuracy: the highest mean training accuracy among them.
        train_loss: the mean training loss of that network.
        linear_accuracy: the held-out accuracy of logistic regression on the pixels; NaN where it is not done.
        epochs: for which that network was trained.
    """

    family: str
    train_accuracy: float
    train_loss: float
    linear_accuracy: float
    epochs: int


Obstacle = SevereFinding | Unbeaten | Leak | Undertrained


def find_obstacles(
    audit: Audit | None,
    comparison: ControlComparison | None,
    as_good: Sequence[Unbeaten],
    undertrained: Sequence[Undertrained],
) -> tuple[Obstacle, ...]:
    """The obstacles of a study, those of the images first.

    Args:
        audit: of the images, if they were audited.
        comparison: with the controls.
        as_good: controls that do not see the object and are as good as the networks.
        undertrained: see ``find_undertrained``.
    """
    findings = () if audit is None else audit.of(Severity.SEVERE)
    leaks = () if comparison is None else comparison.leaks
    return (
        *map(SevereFinding, findings),
        *as_good,
        *undertrained,
        *(Leak(check) for check in leaks if check.is_shown),
    )


def find_unbeaten(comparison: ControlComparison) -> Iterator[Unbeaten]:
    """The controls that the most accurate network is not shown to beat."""
    for row in comparison.rows:
        if row.outcome is Outcome.NOT_SHOWN and not isinstance(row.lead, NotComputed):
            yield Unbeaten(row.name, row.sight, row.accuracy, comparison.label, comparison.accuracy, row.lead)


def find_undertrained(
    families: Sequence[Family],
    summary: pd.DataFrame,
    class_counts: Sequence[int],
    linear_accuracy: float,
    margin: float,
) -> Iterator[Undertrained]:
    """The families of which no network fits its training set.

    A family is undertrained if logistic regression is more accurate on held-out images, by the margin or more, than
    any of its networks on the images that it was trained on, or if the training loss is close to that of the class
    shares alone. Networks that are trained on wrong labels are judged by their loss only.

    Args:
        families: networks of one architecture and protocol each.
        summary: as ``StudyData`` has it, of networks with a done trial.
        class_counts: images per class.
        linear_accuracy: the held-out accuracy of logistic regression; NaN where it is not done.
        margin: the smallest difference in accuracy that counts.
    """
    chance = class_counts_loss(class_counts)
    by_entry = summary.set_index("entry")
    for family in families:
        rows = by_entry.loc[list(family.entries)]
        best = rows.iloc[int(np.argmax(rows["train_accuracy_mean"].to_numpy(float)))]
        found = Undertrained(
            family.label,
            float(best["train_accuracy_mean"]),
            float(best["train_loss_mean"]),
            linear_accuracy,
            int(best[protocol_column("epochs")]),
        )
        has_true_labels = best.get(protocol_column("label_noise"), 0.0) == 0
        is_behind = has_true_labels and found.train_accuracy + margin <= linear_accuracy
        if is_behind or found.train_loss >= NEAR_CHANCE * chance:
            yield found
