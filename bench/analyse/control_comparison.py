"""The most accurate network against each control: differences of per-image scores, by the two-level estimator.

The question is whether the network beats every control. It does only if each of its leads is above zero, so each is
tested at 5 % without adjustment (an intersection-union test: Berger 1982, Technometrics 24).
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench import controls
from bench.analyse.estimates.image_scores import Name, Score
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.controls import Sight

MAJORITY = "majority_class"


class Outcome(enum.StrEnum):
    """The outcome of the chosen network against one control."""

    BEATEN = "beaten"
    NOT_SHOWN = "not shown to be beaten"
    UNDECIDED = "not decided"


Lead = ContrastEstimate | NotComputed


@dataclass(frozen=True, slots=True)
class AgainstControl:
    """The chosen network against one control; leads are the network's mean score minus the control's.

    Attributes:
        name: of the control.
        sight: the information that the control uses.
        n_trials: done trials of the control.
        accuracy: the control's mean held-out accuracy.
        loss: its mean held-out loss in nats per example.
        lead: in accuracy, or why it cannot be estimated.
        loss_lead: the same for the loss; below zero if the network is better.
    """

    name: str
    sight: Sight
    n_trials: int
    accuracy: float
    loss: float
    lead: Lead
    loss_lead: Lead

    @property
    def outcome(self) -> Outcome:
        """Whether the network is shown to be better: its lead's interval is above zero."""
        if isinstance(self.lead, NotComputed):
            return Outcome.UNDECIDED
        return Outcome.BEATEN if self.lead.low > 0 else Outcome.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """A control trained on labels without information: accuracy above chance shows a leak.

    Attributes:
        name: of the control.
        accuracy: its mean held-out accuracy.
        above_majority: its accuracy minus the majority class's; None where that control is not done.
    """

    name: str
    accuracy: float
    above_majority: Lead | None

    @property
    def is_shown(self) -> bool:
        """Whether the control is above chance."""
        return isinstance(self.above_majority, ContrastEstimate) and self.above_majority.low > 0


@dataclass(frozen=True)
class ControlComparison:
    """The chosen network against every control.

    The network is chosen by the same held-out results that are compared. This favours the network, so a barely
    significant lead is weak evidence.

    Attributes:
        entry: of the chosen network: the highest mean held-out accuracy and, among equals, the fewest parameters.
        label: its name.
        n_params: its parameters.
        accuracy: its mean held-out accuracy.
        rows: one per control that can be beaten, in the registry's order: later controls see more.
        leaks: one per control that is trained on labels without information.
    """

    entry: int
    label: str
    n_params: int
    accuracy: float
    rows: Sequence[AgainstControl]
    leaks: Sequence[LeakCheck]

    @property
    def strongest_blind(self) -> AgainstControl | None:
        """The most accurate control that does not see the object; None where none is done."""
        return max(self._blind, key=lambda row: row.accuracy, default=None)

    @property
    def beats_blind(self) -> bool:
        """Whether there are controls that do not see the object, and all of them are beaten."""
        return bool(self._blind) and all(row.outcome is Outcome.BEATEN for row in self._blind)

    @property
    def _blind(self) -> list[AgainstControl]:
        return [row for row in self.rows if row.sight in (Sight.NO_PIXEL, Sight.NO_OBJECT)]

    def named(self, outcome: Outcome) -> tuple[str, ...]:
        """The names of the controls with one outcome."""
        return tuple(row.name for row in self.rows if row.outcome is outcome)


def compare_with_controls(
    sizes: pd.DataFrame, labels: Mapping[int, str], controlled: pd.DataFrame, levels: Mapping[Score, StudyLevels]
) -> ControlComparison | None:
    """Compare the chosen network with every control.

    Args:
        sizes: one row per network with a done trial, columns entry, n_params and accuracy.
        labels: the networks' names, by entry.
        controlled: one row per control with a done trial, columns name, n_trials, accuracy and loss.
        levels: the variances of networks and controls.

    Returns:
        None where no network or no control is done.
    """
    if sizes.empty or controlled.empty:
        return None
    chosen = sizes.sort_values(["accuracy", "n_params"], ascending=[False, True], kind="stable").iloc[0]
    entry = int(chosen["entry"])
    by_name = {str(row["name"]): row for row in controlled.to_dict("records")}
    accuracy, loss = levels[Score.ACCURACY], levels[Score.LOSS]
    rows, leaks = [], []
    for name in (each for each in controls.names() if each in by_name):
        of_control = by_name[name]
        if controls.get(name).sight is Sight.NO_LABEL:
            above = lead(accuracy, name, MAJORITY) if MAJORITY in by_name else None
            leaks.append(LeakCheck(name, float(of_control["accuracy"]), above))
            continue
        rows.append(
            AgainstControl(
                name=name,
                sight=controls.get(name).sight,
                n_trials=int(of_control["n_trials"]),
                accuracy=float(of_control["accuracy"]),
                loss=float(of_control["loss"]),
                lead=lead(accuracy, entry, name),
                loss_lead=lead(loss, entry, name),
            )
        )
    return ControlComparison(entry, labels[entry], int(chosen["n_params"]), float(chosen["accuracy"]), rows, leaks)


def lead(levels: StudyLevels, first: Name, second: Name) -> Lead:
    """The mean score of one network or control minus that of another, or why it cannot be estimated."""
    return attempt(partial(levels.difference, first, second))


def majority_share(class_counts: Sequence[int]) -> float:
    """The accuracy of always predicting the largest class."""
    return max(class_counts) / sum(class_counts)


def class_counts_loss(class_counts: Sequence[int]) -> float:
    """The cross-entropy, in nats per example, of always predicting the classes' shares: their entropy."""
    shares = np.array(class_counts) / sum(class_counts)
    return float(-np.sum(shares * np.log(shares)))
