"""Tests, intervals and posterior probabilities of the difference between two networks on the same folds and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import InsufficientError, require, there_are, vary
from bench.analyse.estimates.intervals import LEVEL, Interval, corrected_interval, corrected_se

SIGNIFICANT = 0.05
"""The level of every test, after adjustment for multiple tests."""
ROPE = 0.01
"""Half the width of the region of practical equivalence: accuracies that differ by at most this count as equal."""


@dataclass(frozen=True, slots=True)
class Paired:
    """The corrected resampled t test of paired differences, and the corresponding posterior.

    ``p_worse``, ``p_equivalent`` and ``p_better`` are the posterior probabilities that the difference lies below,
    inside and above the region of practical equivalence.
    """

    n_pairs: int
    mean: float
    sd: float
    low: float
    high: float
    p: float
    p_worse: float
    p_equivalent: float
    p_better: float

    @property
    def interval(self) -> Interval:
        """The mean difference with its interval."""
        return Interval(self.mean, self.low, self.high)


def corrected_t_test(differences: NDArray[np.float64], ratio: float, rope: float = ROPE) -> Paired:
    """Test whether paired differences are zero on average, over folds and seeds that share training images.

    t = mean / ``corrected_se`` with J - 1 degrees of freedom (Nadeau and Bengio 2003; Bouckaert and Frank
    2004). With a flat prior the posterior of the mean difference is the same Student distribution: the Bayesian
    correlated t test (Corani and Benavoli 2015, Machine Learning 100), with the correlation n_test /
    (n_test + n_train) of Nadeau and Bengio. It assumes normal differences with equal correlations.

    Args:
        differences: (J,) one per fold and seed.
        ratio: n_test / n_train.
        rope: half the width of the region of practical equivalence.

    Raises:
        InsufficientError: fewer than two differences, or all are equal.
    """
    require(len(differences) > 1, f"paired differences need 2 common trials or more; {there_are(len(differences))}")
    error = corrected_se(differences, ratio)
    require(
        vary(differences),
        f"all {len(differences)} paired differences are {differences[0]:.4g}, so their spread is unknown",
    )
    interval = corrected_interval(differences, ratio, LEVEL)
    posterior = (len(differences) - 1, interval.value, error)
    worse, better = float(stats.t.cdf(-rope, *posterior)), float(stats.t.sf(rope, *posterior))
    return Paired(
        n_pairs=len(differences),
        mean=interval.value,
        sd=float(np.std(differences, ddof=1)),
        low=interval.low,
        high=interval.high,
        p=float(2 * stats.t.sf(abs(interval.value) / error, len(differences) - 1)),
        p_worse=worse,
        p_equivalent=1 - worse - better,
        p_better=better,
    )


@dataclass(frozen=True, slots=True)
class McNemar:
    """Numbers of images that only one of two networks classifies correctly, over all seeds, and the exact test."""

    n_only_first: int
    n_only_second: int
    n_seeds: int
    p: float


def mcnemar(only_first: NDArray[np.int64], only_second: NDArray[np.int64]) -> McNemar:
    """McNemar's exact test of pooled held-out predictions: one test per seed, and one p value for all seeds.

    Within a seed, each image is held out once. Under the null hypothesis, each network is equally likely to be correct
    on an image on which the two disagree: the two-sided binomial test (McNemar 1947; Dietterich 1998). All seeds
    predict the same images, so their counts must not be added. Instead, p is twice the median over seeds, at most 1,
    which is valid under any dependence (Meinshausen, Meier and Bühlmann 2009, JASA 104, with gamma = 1/2). The test
    generalises to other images of this kind, not to another training.

    Args:
        only_first: (n_seeds,) images that only the first network classifies correctly.
        only_second: (n_seeds,) those that only the second does.

    Raises:
        InsufficientError: no seed, or the networks never disagree.
    """
    require(len(only_first) > 0, "McNemar's test needs predictions of both networks on the same images; there are none")
    require(bool(np.any(only_first + only_second)), "the networks are right and wrong on the same images")
    fewer = np.minimum(only_first, only_second)
    each = np.minimum(1.0, 2 * stats.binom.cdf(fewer, only_first + only_second, 0.5))
    p = each[0] if len(each) == 1 else min(1.0, 2 * float(np.median(each)))
    return McNemar(int(only_first.sum()), int(only_second.sum()), len(each), float(p))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's step-down adjustment over a family of tests (Holm 1979, Scandinavian Journal of Statistics 6).

    Args:
        p: (m,); NaN where there is no test.

    Returns:
        (m,) adjusted, NaN where it was.
    """
    adjusted = np.full(len(p), np.nan)
    order = [place for place in np.argsort(p) if not np.isnan(p[place])]
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * float(p[place])))
        adjusted[place] = worst
    return adjusted


def size_pairs(entries: Sequence[int]) -> list[tuple[int, int]]:
    """Each size with the next, then each with the largest: smaller first, every pair once."""
    with_largest = ((entry, entries[-1]) for entry in entries[:-1])
    return list(dict.fromkeys([*pairwise(entries), *with_largest]))


def compare_pairs(
    pairs: Sequence[tuple[int, int]],
    accuracy: pd.DataFrame,
    right: Mapping[int, pd.DataFrame],
    ratio: float,
    rope: float = ROPE,
) -> pd.DataFrame:
    """Compare pairs of networks: second minus first.

    Args:
        pairs: of columns of ``accuracy``; Holm's adjustment is over all of them.
        accuracy: as ``blocks.block_matrix`` gives it.
        right: by entry, (n_seeds, n_images) whether the held-out prediction is correct; NaN where there is none.
        ratio: n_test / n_train.
        rope: half the width of the region of practical equivalence.

    Returns:
        One row per pair. Columns: first, second; those of ``Paired``, p_holm; mcnemar_only_first, mcnemar_only_second,
        mcnemar_p, mcnemar_p_holm; why_no_t_test, why_no_mcnemar (None where there is one).
    """
    rows = []
    for first, second in pairs:
        row: dict[str, object] = {"first": first, "second": second, "why_no_t_test": None, "why_no_mcnemar": None}
        both = accuracy.reindex(columns=[first, second]).dropna().to_numpy(float)
        try:
            paired = corrected_t_test(both[:, 1] - both[:, 0], ratio, rope)
            row |= {name: getattr(paired, name) for name in Paired.__dataclass_fields__}
        except InsufficientError as reason:
            row |= {"why_no_t_test": str(reason), "n_pairs": len(both)}
            row |= {"mean": float(np.mean(both[:, 1] - both[:, 0]))} if len(both) else {}
        try:
            test = _mcnemar_of(right.get(first), right.get(second))
            row |= {
                "mcnemar_only_first": test.n_only_first,
                "mcnemar_only_second": test.n_only_second,
                "mcnemar_p": test.p,
            }
        except InsufficientError as reason:
            row["why_no_mcnemar"] = str(reason)
        rows.append(row)
    table = pd.DataFrame(rows, columns=_PAIR_COLUMNS)
    numbers = [column for column in _PAIR_COLUMNS if column not in _PAIR_TEXTS]
    table[numbers] = table[numbers].astype(float)
    return table.assign(p_holm=holm(table["p"].to_numpy()), mcnemar_p_holm=holm(table["mcnemar_p"].to_numpy()))


_PAIR_TEXTS = ["first", "second", "why_no_t_test", "why_no_mcnemar"]
_PAIR_COLUMNS = [
    *("first", "second", *Paired.__dataclass_fields__, "p_holm"),
    *("mcnemar_only_first", "mcnemar_only_second", "mcnemar_p", "mcnemar_p_holm", "why_no_t_test", "why_no_mcnemar"),
]


def _mcnemar_of(first: pd.DataFrame | None, second: pd.DataFrame | None) -> McNemar:
    if first is None or second is None:
        return mcnemar(np.empty(0, int), np.empty(0, int))
    seeds = first.index.intersection(second.index)
    mine, other = first.loc[seeds].to_numpy(float), second.loc[seeds].to_numpy(float)
    both = ~np.isnan(mine) & ~np.isnan(other)
    seen = both.any(axis=1)
    only_first = np.sum(both & (mine > other), axis=1)[seen]
    only_second = np.sum(both & (other > mine), axis=1)[seen]
    return mcnemar(only_first, only_second)
