"""Main effects and two-way interactions of a two-level factorial study, with intervals.

Coding and names follow Box, Hunter and Hunter, Statistics for Experimenters, chapter 5. A main effect is the mean at
the high level minus the mean at the low level. An interaction is half the difference between the effects of one factor
at the high and at the low level of the other.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.blocks import test_train_ratio
from bench.analyse.estimates.intervals import LEVEL, Interval, mean_with_interval
from bench.study.factorial_cells import levels
from bench.study.families import TIMES
from bench.sweeps.sweep_file import Factorial


def effects_on_metric(done: pd.DataFrame, factorial: Factorial, metric: str) -> pd.DataFrame:
    """Effects on a held-out metric, estimated in each fold and seed and averaged over them.

    Within a fold and seed, the effects are fitted to the cells by least squares. A fold and seed in which failed cells
    make the effects inseparable is left out.

    Args:
        done: trials of networks that are done, as ``Store.trials`` gives them.
        factorial: the design.
        metric: a column, such as ``val_accuracy``.

    Returns:
        One row per term, in the order of ``terms``. Columns: term, effect (a corrected ``Interval``), n_blocks.
    """
    signs = levels(done, factorial)
    estimates = []
    for _, block in done.groupby(["seed", "fold"], sort=True):
        matrix = model_matrix(signs.loc[block.index])
        if np.linalg.matrix_rank(matrix) == matrix.shape[1]:
            coefficients = np.linalg.lstsq(matrix, block[metric].to_numpy(float), rcond=None)[0]
            estimates.append(2 * coefficients[1:])
    names = terms(list(signs.columns))
    if not estimates:
        return pd.DataFrame({"term": names, "effect": _unknown(len(names)), "n_blocks": 0})
    ratio = test_train_ratio(int(done["n_folds"].iloc[0]))
    by_term = np.array(estimates).T
    effects = [mean_with_interval(values, ratio) for values in by_term]
    return pd.DataFrame({"term": names, "effect": effects, "n_blocks": len(estimates)})


def effects_on_step_ms(summary: pd.DataFrame, factorial: Factorial) -> pd.DataFrame:
    """Effects on the time of a training step, as ratios: 2 means that the high level takes twice as long.

    Fitted by least squares to the logarithms of the cells' median times. The intervals are Student's on the residuals:
    interactions of three or more factors, and the noise between measurements.

    Args:
        summary: one row per cell, as ``summarise`` gives it; cells without a step time are left out.
        factorial: the design.

    Returns:
        One row per term. Columns: term, effect (an ``Interval`` of ratios), n_blocks (cells). NaN where too few cells
        are timed.
    """
    from scipy.stats import t

    timed = summary[summary["step_ms_median"].notna()]
    signs = levels(timed, factorial)
    names = terms(list(signs.columns))
    matrix = model_matrix(signs)
    freedom = len(timed) - matrix.shape[1]
    if len(timed) == 0 or np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        return pd.DataFrame({"term": names, "effect": _unknown(len(names)), "n_blocks": len(timed)})
    log_ms = np.log(timed["step_ms_median"].to_numpy(float))
    coefficients, *_ = np.linalg.lstsq(matrix, log_ms, rcond=None)
    half = np.full(len(names), np.nan)
    if freedom:
        variance = np.sum((log_ms - matrix @ coefficients) ** 2) / freedom
        errors = 2 * np.sqrt(variance * np.diag(np.linalg.inv(matrix.T @ matrix))[1:])
        half = t.ppf(0.5 + LEVEL / 2, freedom) * errors
    effects = [
        Interval(*np.exp([effect, effect - width, effect + width]).tolist())
        for effect, width in zip(2 * coefficients[1:], half, strict=True)
    ]
    return pd.DataFrame({"term": names, "effect": effects, "n_blocks": len(timed)})


def low_to_high(done: pd.DataFrame, factorial: Factorial, metric: str) -> Interval | None:
    """The cell of all high levels minus that of all low levels, by fold and seed; None if one of them is not done."""
    signs = levels(done, factorial).sum(axis=1)
    n_factors = len(factorial.factors)
    low, high = (done[signs == end * n_factors].set_index(["seed", "fold"])[metric] for end in (-1, 1))
    differences = (high - low).dropna().to_numpy(float)
    if not len(differences):
        return None
    return mean_with_interval(differences, test_train_ratio(int(done["n_folds"].iloc[0])))


def terms(factors: Sequence[str]) -> list[str]:
    """Main effects in the order of the factors, then two-way interactions, joined by ``TIMES``."""
    return [*factors, *(f" {TIMES} ".join(pair) for pair in combinations(factors, 2))]


def model_matrix(signs: pd.DataFrame) -> NDArray[np.float64]:
    """(n_rows, 1 + n_terms): the constant, the factors' signs, their products in pairs."""
    columns = [signs[name].to_numpy(float) for name in signs.columns]
    products = [first * second for first, second in combinations(columns, 2)]
    return np.column_stack([np.ones(len(signs)), *columns, *products])


def _unknown(n: int) -> list[Interval]:
    return [Interval(float("nan"))] * n
