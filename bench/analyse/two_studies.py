"""Comparison of two studies: the same networks on another machine, in another version, or under another protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.blocks import test_train_ratio
from bench.analyse.estimates.insufficient import NotComputed, attempt, require, there_are
from bench.analyse.estimates.intervals import LEVEL, Interval, corrected_se
from bench.analyse.sizes.pair_tests import ROPE, Paired, corrected_t_test
from bench.errors import StudyError
from bench.store.columns import axis_columns, protocol_columns
from bench.study.families import network_labels
from bench.study.study_data import StudyData

_SAME_TRIAL = ("seed", "fold")


@dataclass(frozen=True)
class Side:
    """The compared part of a study: name, data_hash, done trials and summary (both with entry), number of folds."""

    name: str
    data_hash: str
    done: pd.DataFrame
    summary: pd.DataFrame
    n_folds: int

    @classmethod
    def of(cls, data: StudyData) -> Self:
        """A study as one side of a comparison."""
        return cls(data.study.name, data.study.data_hash, data.done, data.summary, int(data.trials["n_folds"].max()))


@dataclass(frozen=True)
class Matched:
    """A network in both studies. ``difference`` is B minus A, paired if seeds and folds hold out the same images.

    ``change``: mean accuracy of B minus that of A, over the paired trials if there are any, otherwise over all.
    ``n_identical``: the number of the ``n_pairs`` paired trials whose val_accuracy and val_loss agree in every bit.
    ``step_ratio``: B's median step time over A's; None if a study has no step time.
    """

    label: str
    n_params: int
    accuracy_a: float
    accuracy_b: float
    change: float
    n_pairs: int
    n_identical: int
    difference: Interval | NotComputed
    paired: Paired | None
    step_ratio: float | None


@dataclass(frozen=True)
class Comparison:
    """The networks that two studies share, and the labels of those in one study only."""

    name_a: str
    name_b: str
    same_data: bool
    matched: Sequence[Matched]
    only_a: Sequence[str]
    only_b: Sequence[str]


def compare_studies(a: Side, b: Side, rope: float = ROPE) -> Comparison:
    """Compare the networks that two studies share.

    Networks match by architecture, width, axes and input shape. They also match by protocol if a study has several
    protocols for one network, so two studies with one protocol each may differ in it. If data, seed, fold and split
    agree, trials are paired and compared by the corrected t test. Otherwise the difference of means has Welch's
    interval with each side's corrected standard error (Welch 1947, Biometrika 34, with the variance of Nadeau and
    Bengio 2003). Welch's interval assumes independent studies. Two studies of the same images are not fully
    independent.

    Raises:
        StudyError: no network is in both.
    """
    entries_a, entries_b = _entries(a, b)
    common = [identity for identity in entries_a if identity in entries_b]
    if not common:
        raise StudyError(
            f"compared studies need a network in common; {a.name} and {b.name} share none; compare studies of one sweep"
        )
    labels_a, labels_b = network_labels(a.summary), network_labels(b.summary)
    same_data = a.data_hash == b.data_hash
    matched = [
        _match(a, b, entries_a[identity], entries_b[identity], labels_a[entries_a[identity]], same_data, rope)
        for identity in common
    ]
    return Comparison(
        a.name,
        b.name,
        same_data,
        [each for each in matched if each is not None],
        [labels_a[entry] for identity, entry in entries_a.items() if identity not in entries_b],
        [labels_b[entry] for identity, entry in entries_b.items() if identity not in entries_a],
    )


def share_networks(a: Side, b: Side) -> bool:
    """Whether ``compare_studies`` finds a network in both."""
    entries_a, entries_b = _entries(a, b)
    return not entries_a.keys().isdisjoint(entries_b)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A network that exceeds a limit in B: on the drop in accuracy, or on the ratio of step times."""

    label: str
    quantity: Literal["accuracy", "step_ms"]
    found: float
    limit: float


def exceeded(comparison: Comparison, max_drop: float | None, max_slowdown: float | None) -> list[Exceeded]:
    """The networks whose drop in accuracy from A to B, or whose ratio of step times, exceeds a limit.

    Limits apply to the means, not to their intervals: on one machine the same trials give the same bits, so any change
    is real.
    """
    found = []
    for each in comparison.matched:
        drop = -each.change
        if max_drop is not None and drop > max_drop:
            found.append(Exceeded(each.label, "accuracy", drop, max_drop))
        if max_slowdown is not None and each.step_ratio is not None and each.step_ratio > max_slowdown:
            found.append(Exceeded(each.label, "step_ms", each.step_ratio, max_slowdown))
    return found


def _entries(a: Side, b: Side) -> tuple[dict[tuple[object, ...], int], dict[tuple[object, ...], int]]:
    keys = _identities(a.summary, b.summary)
    return _by_identity(a.summary, keys), _by_identity(b.summary, keys)


def _identities(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    axes = {*axis_columns(first), *axis_columns(second)}
    keys = ["architecture", "width", "input_shape", *sorted(axes)]
    several = any(table.reindex(columns=keys).duplicated().any() for table in (first, second))
    return [*keys, *protocol_columns(first)] if several else keys


def _by_identity(summary: pd.DataFrame, keys: list[str]) -> dict[tuple[object, ...], int]:
    table = summary.reindex(columns=keys).astype(object)
    table = table.where(table.notna(), None)
    return dict(zip(table.itertuples(index=False, name=None), summary["entry"].tolist(), strict=True))


def _match(a: Side, b: Side, entry_a: int, entry_b: int, label: str, same_data: bool, rope: float) -> Matched | None:
    mine, other = a.done[a.done["entry"] == entry_a], b.done[b.done["entry"] == entry_b]
    if mine.empty or other.empty:
        return None
    pairs = mine.merge(other, on=[*_SAME_TRIAL, "split_hash", "n_folds"], suffixes=("_a", "_b"))
    pairs = pairs if same_data else pairs.head(0)
    changes = (pairs["val_accuracy_b"] - pairs["val_accuracy_a"]).to_numpy(float)
    identical = (pairs["val_accuracy_a"] == pairs["val_accuracy_b"]) & (pairs["val_loss_a"] == pairs["val_loss_b"])
    paired = attempt(partial(corrected_t_test, changes, test_train_ratio(a.n_folds), rope))
    first, second = (table["val_accuracy"].to_numpy(float) for table in (mine, other))
    if isinstance(paired, Paired):
        difference: Interval | NotComputed = paired.interval
    elif len(pairs):
        difference = paired
    else:
        difference = attempt(
            partial(welch_interval, first, second, test_train_ratio(a.n_folds), test_train_ratio(b.n_folds))
        )
    of_a = a.summary.set_index("entry").loc[entry_a]
    of_b = b.summary.set_index("entry").loc[entry_b]
    ratio = of_b["step_ms_median"] / of_a["step_ms_median"]
    return Matched(
        label=label,
        n_params=int(a.summary["n_params"][a.summary["entry"] == entry_a].iloc[0]),
        accuracy_a=float(first.mean()),
        accuracy_b=float(second.mean()),
        change=float(changes.mean()) if len(pairs) else float(second.mean() - first.mean()),
        n_pairs=len(pairs),
        n_identical=int(identical.sum()),
        difference=difference,
        paired=paired if isinstance(paired, Paired) else None,
        step_ratio=None if pd.isna(ratio) else float(ratio),
    )


def welch_interval(first: NDArray[np.float64], second: NDArray[np.float64], ratio_a: float, ratio_b: float) -> Interval:
    """The interval of second minus first for trials that are not paired; see ``compare_studies``.

    Raises:
        InsufficientError: a side has fewer than two trials, or neither side varies.
    """
    for values in (first, second):
        require(len(values) > 1, f"an unpaired interval needs 2 trials or more of each study; {there_are(len(values))}")
    a, b = corrected_se(first, ratio_a) ** 2, corrected_se(second, ratio_b) ** 2
    require(a + b > 0, "neither study's trials vary, so their spread is unknown")
    degrees = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, degrees)) * float(np.sqrt(a + b))
    value = float(second.mean() - first.mean())
    return Interval(value, value - half, value + half)
