"""The chosen network against each control: paired differences on the same folds and seeds, tested as one family.

The question is whether the network with the highest mean held-out accuracy is better than each control. This takes one
comparison per control, and Holm's adjustment is over these comparisons.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import controls
from bench.analyse.estimates.blocks import TrialBlocks
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import Interval, mean_with_interval
from bench.analyse.sizes.pair_tests import ROPE, SIGNIFICANT, Paired, corrected_t_test, holm
from bench.controls import Sight

MAJORITY = "majority_class"
_BLOCK = ["seed", "fold"]


class Outcome(enum.StrEnum):
    """The outcome of the test of the chosen network against one control."""

    BEATEN = "beaten"
    NOT_SHOWN = "not shown to be beaten"
    UNDECIDED = "not decided"


class Conclusion(enum.StrEnum):
    """The conclusion from all controls together: the first in this order that applies."""

    NOTHING_LEARNT = "not shown to beat the majority class"
    NO_PIXEL_NEEDED = "not shown to beat a control that sees no pixel"
    NO_OBJECT_NEEDED = "not shown to beat a control that does not see the object"
    SIMPLER_SUFFICES = "not shown to beat a simpler classifier of the object"
    UNDECIDED = "a control could not be tested"
    BEATS_ALL = "beats every control"
    NOTHING_TO_BEAT = "there is no control to beat"


@dataclass(frozen=True, slots=True)
class AgainstControl:
    """The chosen network against one control; leads are the network's value minus the control's.

    Attributes:
        name: of the control.
        sight: the information that the control uses.
        n_trials: done trials of the control.
        accuracy: the control's mean held-out accuracy.
        loss: its mean held-out loss in nats per example.
        n_pairs: pairs of fold and seed in which both are done.
        lead: the mean difference in accuracy with its unadjusted interval; NaN without pairs.
        loss_lead: the same for the loss; below zero if the network is better. It is not tested.
        test: the corrected t test of the lead, or why there is none.
        p_holm: its two-sided p, adjusted over all controls that can be beaten; NaN where there is no test.
    """

    name: str
    sight: Sight
    n_trials: int
    accuracy: float
    loss: float
    n_pairs: int
    lead: Interval
    loss_lead: Interval
    test: Paired | NotComputed
    p_holm: float

    @property
    def p(self) -> float:
        """The unadjusted two-sided p; NaN where there is no test."""
        return self.test.p if isinstance(self.test, Paired) else np.nan

    @property
    def outcome(self) -> Outcome:
        """Whether the network is shown to be better, at 5 % after adjustment.

        A control whose mean accuracy is at least the network's is not shown to be beaten, whatever its spread. A
        positive lead without a test (one pair, or equal differences) is undecided.
        """
        if self.n_pairs > 1 and self.lead.value <= 0:
            return Outcome.NOT_SHOWN
        if np.isnan(self.p_holm):
            return Outcome.UNDECIDED
        return Outcome.BEATEN if self.p_holm <= SIGNIFICANT else Outcome.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """A control trained on labels without information: accuracy above chance shows a leak.

    Attributes:
        name: of the control.
        accuracy: its mean held-out accuracy.
        above_majority: its accuracy minus the majority class's, paired; None where that control is not done.
    """

    name: str
    accuracy: float
    above_majority: Interval | None

    @property
    def is_shown(self) -> bool:
        """Whether the control is above chance."""
        return self.above_majority is not None and self.above_majority.above_zero


@dataclass(frozen=True)
class ControlComparison:
    """The chosen network against every control.

    The network is chosen by the same held-out results that are compared. This favours the network, so a barely
    significant lead is weak evidence.

    Attributes:
        entry: of the chosen network: the highest mean held-out accuracy and, among equals, the fewest parameters.
        label: its name.
        n_params: its parameters.
        rows: one per control that can be beaten, in the registry's order: later controls see more.
        leaks: one per control that is trained on labels without information.
    """

    entry: int
    label: str
    n_params: int
    rows: Sequence[AgainstControl]
    leaks: Sequence[LeakCheck]

    @property
    def conclusion(self) -> Conclusion:
        """The conclusion from all rows together."""
        by_sight = {
            Sight.NO_PIXEL: Conclusion.NO_PIXEL_NEEDED,
            Sight.NO_OBJECT: Conclusion.NO_OBJECT_NEEDED,
            Sight.OBJECT: Conclusion.SIMPLER_SUFFICES,
        }
        if not self.rows:
            return Conclusion.NOTHING_TO_BEAT
        if any(row.name == MAJORITY and row.outcome is Outcome.NOT_SHOWN for row in self.rows):
            return Conclusion.NOTHING_LEARNT
        for sight, conclusion in by_sight.items():
            if any(row.sight is sight and row.outcome is Outcome.NOT_SHOWN for row in self.rows):
                return conclusion
        return Conclusion.UNDECIDED if self.named(Outcome.UNDECIDED) else Conclusion.BEATS_ALL

    @property
    def as_good(self) -> tuple[str, ...]:
        """The controls behind the conclusion: those that see least and are not shown to be beaten."""
        unbeaten = [row for row in self.rows if row.outcome is Outcome.NOT_SHOWN]
        if self.conclusion is Conclusion.NOTHING_LEARNT:
            return (MAJORITY,)
        least = next((sight for sight in Sight if any(row.sight is sight for row in unbeaten)), None)
        return tuple(row.name for row in unbeaten if row.sight is least)

    def named(self, outcome: Outcome) -> tuple[str, ...]:
        """The names of the controls with one outcome."""
        return tuple(row.name for row in self.rows if row.outcome is outcome)


def compare_with_controls(
    sizes: pd.DataFrame, labels: Mapping[int, str], blocks: TrialBlocks, trials: pd.DataFrame, rope: float = ROPE
) -> ControlComparison | None:
    """Compare the chosen network with every control on the folds and seeds in which both are done.

    Args:
        sizes: one row per network with a done trial, columns entry, n_params and accuracy.
        labels: the networks' names, by entry.
        blocks: of the networks.
        trials: of controls, as ``Store.trials`` gives them.
        rope: half the width of the region of practical equivalence.

    Returns:
        None where no network or no control is done.
    """
    done = trials[trials["state"] == "DONE"]
    if sizes.empty or done.empty:
        return None
    chosen = sizes.sort_values(["accuracy", "n_params"], ascending=[False, True], kind="stable").iloc[0]
    entry = int(chosen["entry"])
    by_metric = {
        metric: done.pivot_table(index=_BLOCK, columns="architecture", values=f"val_{metric}")
        for metric in ("accuracy", "loss")
    }
    present = [name for name in controls.names() if name in by_metric["accuracy"]]
    trained_on_labels = [name for name in present if controls.get(name).sight is not Sight.NO_LABEL]
    rows = []
    for name in trained_on_labels:
        of_control = done[done["architecture"] == name]
        leads = _differences(blocks.accuracy[entry], by_metric["accuracy"][name])
        loss_leads = _differences(blocks.loss[entry], by_metric["loss"][name])
        rows.append(
            AgainstControl(
                name=name,
                sight=controls.get(name).sight,
                n_trials=len(of_control),
                accuracy=float(of_control["val_accuracy"].mean()),
                loss=float(of_control["val_loss"].mean()),
                n_pairs=len(leads),
                lead=_mean(leads, blocks.ratio),
                loss_lead=_mean(loss_leads, blocks.ratio),
                test=attempt(partial(corrected_t_test, leads, blocks.ratio, rope)),
                p_holm=np.nan,
            )
        )
    leaks = [_leak(name, by_metric["accuracy"], blocks.ratio) for name in present if name not in trained_on_labels]
    return ControlComparison(entry, labels[entry], int(chosen["n_params"]), _adjusted(rows), leaks)


def majority_share(class_counts: Sequence[int]) -> float:
    """The accuracy of always predicting the largest class."""
    return max(class_counts) / sum(class_counts)


def class_counts_loss(class_counts: Sequence[int]) -> float:
    """The cross-entropy, in nats per example, of always predicting the classes' shares: their entropy."""
    shares = np.array(class_counts) / sum(class_counts)
    return float(-np.sum(shares * np.log(shares)))


def _adjusted(rows: Sequence[AgainstControl]) -> list[AgainstControl]:
    adjusted = holm(np.array([row.p for row in rows]))
    return [replace(row, p_holm=float(p)) for row, p in zip(rows, adjusted, strict=True)]


def _leak(name: str, accuracy: pd.DataFrame, ratio: float) -> LeakCheck:
    above = None
    if MAJORITY in accuracy:
        above = _mean(_differences(accuracy[name], accuracy[MAJORITY]), ratio)
    return LeakCheck(name, float(accuracy[name].mean()), above)


def _differences(first: "pd.Series[float]", second: "pd.Series[float]") -> NDArray[np.float64]:
    """First minus second in each (seed, fold) that both have."""
    return np.asarray((first - second).dropna(), np.float64)


def _mean(differences: NDArray[np.float64], ratio: float) -> Interval:
    return mean_with_interval(differences, ratio) if len(differences) else Interval(np.nan)
