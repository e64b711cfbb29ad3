"""What networks are worth beside controls: paired differences on the same folds and seeds, and the verdict in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import controls
from bench.analyse.estimates.blocks import test_train_ratio
from bench.analyse.estimates.intervals import LEVEL, corrected_se
from bench.controls import Sight
from bench.store.columns import CONTROL, NETWORK
from bench.study.summary import group_columns

MAJORITY = "majority_class"


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its confidence interval; ``low`` and ``high`` are NaN where one value has no spread to judge by."""

    mean: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.low > 0

    def __str__(self) -> str:
        if np.isnan(self.low):
            return f"{self.mean:+.3f} (one value, no interval)"
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def corrected_resampled_interval(differences: NDArray[np.float64], test_over_train: float) -> Interval:
    """The mean of paired differences over folds and seeds, with its interval by ``intervals.corrected_se``.

    Unlike ``intervals.corrected_interval``, equal differences give an interval of no width: a control that is right
    wherever the network is does as well, and that has to be said.

    Args:
        differences: (n,) one a fold and seed.
        test_over_train: the size of a held-out fold over that of its training part; 1 / (k - 1) for k folds.

    Returns:
        Bounds are NaN for one difference.
    """
    from scipy.stats import t

    mean = float(np.mean(differences))
    if len(differences) < 2:
        return Interval(mean, float("nan"), float("nan"))
    half = float(t.ppf(0.5 + LEVEL / 2, len(differences) - 1)) * corrected_se(differences, test_over_train)
    return Interval(mean, mean - half, mean + half)


def compare(trials: pd.DataFrame) -> pd.DataFrame:
    """Each network under each protocol beside each control, on the folds and seeds where both are done.

    Args:
        trials: as ``Store.trials`` gives them.

    Returns:
        A row a pair, networks in the order of registration. Columns: ``group_columns`` of the network, n_params,
        network_mean (its mean accuracy over all of its done trials), control, n_pairs; accuracy and loss, each an
        ``Interval`` of the network's value less the control's.
    """
    done = trials[trials["state"] == "DONE"]
    keys = group_columns(trials)
    rows: list[dict[str, object]] = []
    of_control = _by_control(done)
    for _, table in done[done["kind"] == NETWORK].groupby(keys, sort=False):
        for name, beside in of_control.items():
            pairs = table.merge(beside, on=["seed", "fold"], suffixes=("", "_control"))
            if not len(pairs):
                continue
            ratio = test_train_ratio(int(table["n_folds"].iloc[0]))
            rows.append(
                {
                    **{column: table[column].iloc[0] for column in (*keys, "n_params")},
                    "network_mean": table["val_accuracy"].mean(),
                    "control": name,
                    "n_pairs": len(pairs),
                    **{
                        metric: corrected_resampled_interval(
                            (pairs[f"val_{metric}"] - pairs[f"val_{metric}_control"]).to_numpy(float), ratio
                        )
                        for metric in ("accuracy", "loss")
                    },
                }
            )
    return pd.DataFrame(rows, columns=[*keys, "n_params", "network_mean", "control", "n_pairs", "accuracy", "loss"])


def verdict(trials: pd.DataFrame) -> list[str]:
    """In words: which controls the networks beat and by how much, and whether the set can answer at all.

    A control counts as beaten where the interval of the best network's lead in accuracy lies above zero. The best
    network is the one of the highest mean held-out accuracy, so its lead is somewhat flattered, and a control that even
    it does not beat is as good.

    Args:
        trials: as ``Store.trials`` gives them.

    Returns:
        Sentences, the conclusion first; none where no control is done, or no network.
    """
    pairs = compare(trials)
    if not len(pairs):
        return []
    best = pairs[pairs["network_mean"] == pairs["network_mean"].max()].drop_duplicates("control")
    n_networks = len(pairs.drop_duplicates(group_columns(pairs)))
    lead = dict(zip(best["control"], best["accuracy"], strict=True))
    above_zero = pairs["accuracy"].map(lambda interval: interval.above_zero)
    beaten_by = above_zero.groupby(pairs["control"]).sum()
    name = f"{best['architecture'].iloc[0]} with {best['n_params'].iloc[0]:,} parameters"
    leads = (
        f"{control} ({sight}): {beaten_by[control]} of {n_networks} networks beat it; "
        f"{name}, the best on average, by {lead[control]} in accuracy."
        for sight in (Sight.NO_PIXEL, Sight.NO_OBJECT, Sight.OBJECT)
        for control in lead
        if _sight(control) is sight
    )
    return [*_conclusion(lead, name), *leads, *_leak(trials)]


def _conclusion(lead: dict[str, Interval], best: str) -> Iterator[str]:
    def as_good(sight: Sight) -> list[str]:
        return [name for name, interval in lead.items() if _sight(name) is sight and not interval.above_zero]

    if any(np.isnan(interval.low) for interval in lead.values()):
        yield "Whether the networks beat the controls cannot be said from one fold and seed."
    elif MAJORITY in as_good(Sight.NO_PIXEL):
        yield (
            f"This study cannot answer the question: the best network ({best}) is not shown to beat {MAJORITY}, "
            "which always names the most frequent class, so nothing is shown to be learnt; more images, epochs or "
            "seeds may show it."
        )
    elif blind := as_good(Sight.NO_PIXEL):
        yield (
            f"This data set cannot answer the question: {_and(blind)}, without a look at a pixel, "
            f"{'is' if len(blind) == 1 else 'are'} not shown to be worse than the best network ({best})."
        )
    elif aside := as_good(Sight.NO_OBJECT):
        yield (
            f"What the networks learn need not be the object: {_and(aside)}, going by brightness or by the border, "
            f"{'is' if len(aside) == 1 else 'are'} not shown to be worse than the best network ({best})."
        )
    elif simple := as_good(Sight.OBJECT):
        yield (
            f"The networks see something that the files' metadata and the border do not tell, but are not shown to "
            f"do better than {_and(simple)}."
        )
    elif any(_sight(name) is not Sight.NO_LABEL for name in lead):
        yield f"The best network ({best}) beats every control here."


def _leak(trials: pd.DataFrame) -> Iterator[str]:
    """Whether training on permuted labels stays at chance, which is the majority class' accuracy at most."""
    done = trials[trials["state"] == "DONE"]
    table = _by_control(done)
    for name, of in table.items():
        if _sight(name) is not Sight.NO_LABEL:
            continue
        accuracy = of["val_accuracy"].mean()
        if MAJORITY not in table:
            yield f"{name}: accuracy {accuracy:.3f}."
            continue
        pairs = of.merge(table[MAJORITY], on=["seed", "fold"], suffixes=("", "_majority"))
        above = corrected_resampled_interval(
            (pairs["val_accuracy"] - pairs["val_accuracy_majority"]).to_numpy(float),
            test_train_ratio(int(of["n_folds"].iloc[0])),
        )
        said = (
            "above chance, so something leaks from the held-out fold into training"
            if above.above_zero
            else "not above chance, so no leak shows"
        )
        yield f"{name} (no true label): accuracy {accuracy:.3f}, {above} over the majority class: {said}."


def _by_control(done: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(name): table for name, table in done[done["kind"] == CONTROL].groupby("architecture", sort=False)}


def _sight(name: str) -> Sight:
    return controls.get(name).sight


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
