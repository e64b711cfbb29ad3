"""Tests of a metric along ordered sizes: Page's test, Kendall's tau, slope against log parameters."""

from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import require, there_are
from bench.analyse.sizes.pair_tests import Paired, corrected_t_test

EXACT_UP_TO_SIZES = 7
MAX_EXACT_BLOCKS = 20
N_PERMUTATIONS = 1999
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """Page's L, its one-sided p values of a rise and of a fall with size, and how they were computed."""

    statistic: float
    p_rises: float
    p_falls: float
    method: str


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's tau-b between size and metric, averaged over blocks, with two-sided permutation p values.

    ``p_within``: sizes are permuted separately in each block, which assumes that blocks are independent. ``p_alike``:
    sizes are permuted in the same way in all blocks, which is valid under any dependence between blocks.
    """

    tau: float
    p_within: float
    p_alike: float
    smallest_p_alike: float


def page_test(blocks: NDArray[np.float64]) -> Page:
    """Page's test of ordered alternatives, by scipy (Page 1963, JASA 58).

    It assumes independent blocks. Folds of one seed share training images, so p is somewhat too small;
    ``Kendall.p_alike`` is not.

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

    p is (1 + as extreme) / (1 + permutations) (Phipson and Smyth 2010), or exact if all permutations are tried.

    Args:
        blocks: (n_blocks, n_sizes), sizes ascending.
        generator: draws permutations.

    Raises:
        InsufficientError: no block, fewer than two sizes, or no two sizes that differ in any block.
    """
    n_blocks, n_sizes = blocks.shape
    require(n_sizes >= 2, f"a trend needs 2 sizes or more; {there_are(n_sizes)}")
    require(n_blocks >= 1, "a trend needs a block (seed, fold) in which all sizes are done; there are 0")
    order = np.sign(blocks[:, np.newaxis, :] - blocks[:, :, np.newaxis])  # 1 where the second of two sizes is better
    untied = np.abs(order).sum(axis=(1, 2)) / 2
    require(bool(untied.any()), "all sizes gave the same value in every block")
    n_pairs = n_sizes * (n_sizes - 1) / 2
    weight = np.where(untied > 0, 1 / np.sqrt(np.maximum(untied, 1) * n_pairs), 0.0) / n_blocks
    weighted = order.reshape(n_blocks, -1) * weight[:, np.newaxis]
    tau = float(_taus(weighted, np.arange(n_sizes)[np.newaxis]).sum())
    drawn = generator.permuted(np.tile(np.arange(n_sizes), (N_PERMUTATIONS, 1)), axis=1)
    by_block = _taus(weighted, drawn)
    within = generator.permuted(by_block, axis=1).sum(axis=0)  # each block has its own order of permutations
    if n_sizes <= EXACT_UP_TO_SIZES:
        every = np.array(list(permutations(range(n_sizes))))
        p_alike = float(np.mean(_as_extreme(_taus(weighted, every).sum(axis=0), tau)))
        smallest = 2 / factorial(n_sizes)
    else:
        p_alike = _phipson(_as_extreme(by_block.sum(axis=0), tau))
        smallest = 1 / (1 + N_PERMUTATIONS)
    return Kendall(tau, _phipson(_as_extreme(within, tau)), p_alike, smallest)


def slope_test(blocks: NDArray[np.float64], n_params: NDArray[np.float64], ratio: float) -> Paired:
    """The change of a metric per tenfold parameters: least squares in each block, then a corrected t test.

    A block's slope is a contrast of paired results, so the test of paired differences applies: see
    ``pair_tests.corrected_t_test``.

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


def _taus(weighted: NDArray[np.float64], orders: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each block's tau with its sizes permuted: (n_blocks, n_orders).

    A tau is a sum over the pairs that a permutation puts in order, so one matrix product gives all of them.
    """
    n_orders, n_sizes = orders.shape
    at_once = max(1, _CELLS_AT_ONCE // n_sizes**2)
    rows, columns = np.triu_indices(n_sizes, 1)
    parts = []
    for start in range(0, n_orders, at_once):
        some = orders[start : start + at_once]
        in_order = np.zeros((len(some), n_sizes**2))
        in_order[np.arange(len(some))[:, np.newaxis], some[:, rows] * n_sizes + some[:, columns]] = 1
        parts.append(weighted @ in_order.T)
    return np.concatenate(parts, axis=1)


def _as_extreme(drawn: NDArray[np.float64], tau: float) -> NDArray[np.bool_]:
    return np.abs(drawn) >= abs(tau) - 1e-12


def _phipson(as_extreme: NDArray[np.bool_]) -> float:
    return float((1 + as_extreme.sum()) / (1 + len(as_extreme)))
