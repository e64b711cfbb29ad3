"""Whether a metric rises along ordered sizes: Page's test, Kendall's tau, and the slope against log parameters."""

from dataclasses import dataclass
from itertools import islice, permutations
from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.comparisons import Paired, corrected_t_test
from bench.analyse.insufficient import require, there_are

EXACT_UP_TO_SIZES = 7
MAX_EXACT_BLOCKS = 20
N_PERMUTATIONS = 1999
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Page:
    """Page's L, its one-sided p of «rises with size» and of «falls with size», and how they were computed."""

    statistic: float
    p_rises: float
    p_falls: float
    method: str


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's tau-b between size and metric, averaged over blocks, with two-sided permutation p values.

    ``p_within``: sizes are relabelled in each block by itself, which takes blocks for independent. ``p_alike``: they
    are relabelled alike in all blocks, which holds whatever the blocks share.
    """

    tau: float
    p_within: float
    p_alike: float
    smallest_p_alike: float


def page_test(blocks: NDArray[np.float64]) -> Page:
    """Page's test of ordered alternatives, by scipy (Page 1963, JASA 58).

    It assumes independent blocks. Folds of one seed share training images, so p is somewhat too small; see
    ``Kendall.p_alike`` for one that is not.

    Args:
        blocks: (n_blocks, n_sizes), sizes ascending.

    Raises:
        InsufficientError: fewer than two blocks or three sizes.
    """
    n_blocks, n_sizes = blocks.shape
    require(n_sizes >= 3, f"Page's test needs 3 sizes or more; there are {n_sizes}")
    require(n_blocks >= 2, f"Page's test needs 2 blocks (seed, fold) or more; {there_are(n_blocks)}")
    is_small = n_sizes <= EXACT_UP_TO_SIZES and n_blocks <= MAX_EXACT_BLOCKS
    method: Literal["exact", "asymptotic"] = "exact" if is_small else "asymptotic"
    rises = stats.page_trend_test(blocks, method=method)
    falls = stats.page_trend_test(-blocks, method=method)
    return Page(float(rises.statistic), float(rises.pvalue), float(falls.pvalue), method)


def kendall_test(blocks: NDArray[np.float64], generator: np.random.Generator) -> Kendall:
    """Kendall's tau-b (1945) of size and metric, averaged over blocks, against permutations of the sizes.

    p is (1 + as extreme) / (1 + permutations) (Phipson and Smyth 2010), or exact where all relabellings are tried.

    Args:
        blocks: (n_blocks, n_sizes), sizes ascending.
        generator: draws permutations.

    Raises:
        InsufficientError: no block, fewer than two sizes, or no two sizes that differ in any block.
    """
    n_blocks, n_sizes = blocks.shape
    require(n_sizes >= 2, f"a trend needs 2 sizes or more; {there_are(n_sizes)}")
    require(n_blocks >= 1, "a trend needs a block (seed, fold) in which all sizes are done; there are 0")
    rows, columns = np.triu_indices(n_sizes, 1)
    order = np.sign(blocks[:, columns] - blocks[:, rows])
    untied = np.abs(order).sum(axis=1)
    require(bool(untied.any()), "all sizes gave the same value in every block")
    weight = np.zeros(n_blocks)
    weight[untied > 0] = 1 / np.sqrt(untied[untied > 0] * len(rows))
    tau = float(weight @ order.sum(axis=1) / n_blocks)
    shared = np.zeros((n_sizes, n_sizes))
    shared[rows, columns] = weight @ order / n_blocks
    shared -= shared.T
    if n_sizes <= EXACT_UP_TO_SIZES:
        alike = np.array(list(islice(permutations(range(n_sizes)), factorial(n_sizes))))
        p_alike = float(np.mean(_as_extreme(_tau_alike(shared, alike), tau)))
        smallest = 2 / factorial(n_sizes)
    else:
        alike = generator.permuted(np.tile(np.arange(n_sizes), (N_PERMUTATIONS, 1)), axis=1)
        p_alike = _phipson(_as_extreme(_tau_alike(shared, alike), tau))
        smallest = 1 / (1 + N_PERMUTATIONS)
    within = np.zeros(N_PERMUTATIONS)
    for each in np.flatnonzero(untied):
        mixed = generator.permuted(np.tile(blocks[each], (N_PERMUTATIONS, 1)), axis=1)
        within += weight[each] * np.sign(mixed[:, columns] - mixed[:, rows]).sum(axis=1) / n_blocks
    return Kendall(tau, _phipson(_as_extreme(within, tau)), p_alike, smallest)


def slope_test(blocks: NDArray[np.float64], n_params: NDArray[np.float64], ratio: float) -> Paired:
    """The change of a metric for ten times as many parameters: least squares in each block, then a corrected t test.

    A block's slope is a contrast of paired results, so what holds of paired differences holds of it: see
    ``comparisons.corrected_t_test``.

    Args:
        blocks: (n_blocks, n_sizes).
        n_params: (n_sizes,).
        ratio: n_test / n_train.

    Raises:
        InsufficientError: one size only, fewer than two blocks, or all slopes are equal.
    """
    decades = np.log10(n_params)
    require(bool(np.ptp(decades) > 0), "a trend needs 2 sizes or more; there is 1")
    centred = decades - decades.mean()
    return corrected_t_test(blocks @ centred / (centred @ centred), ratio, rope=0.0)


def _tau_alike(shared: NDArray[np.float64], orders: NDArray[np.int64]) -> NDArray[np.float64]:
    n_sizes = shared.shape[0]
    total = np.zeros(len(orders))
    for first in range(n_sizes):
        for second in range(first + 1, n_sizes):
            total += shared[orders[:, first], orders[:, second]]
    return total


def _as_extreme(drawn: NDArray[np.float64], tau: float) -> NDArray[np.bool_]:
    return np.abs(drawn) >= abs(tau) - 1e-12


def _phipson(as_extreme: NDArray[np.bool_]) -> float:
    return float((1 + as_extreme.sum()) / (1 + len(as_extreme)))
