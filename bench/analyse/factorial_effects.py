"""Main effects and two-way interactions of a two-level factorial study, with intervals.

Coding and names follow Box, Hunter and Hunter, Statistics for Experimenters, chapter 5. A main effect is the mean at
the high level minus the mean at the low level. An interaction is half the difference between the effects of one factor
at the high and at the low level of the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.image_scores import Score
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.study.factorial_cells import levels as signs_of
from bench.study.families import TIMES
from bench.sweeps.sweep_file import Factorial

_SCORES = {"val_accuracy": Score.ACCURACY, "val_loss": Score.LOSS}


@dataclass(frozen=True, eq=False)
class FactorialEffects:
    """The effects of a factorial study.

    Attributes:
        table: one row per term, in the order of ``terms``. Columns: term, and for each of val_accuracy, val_loss and
            step_ms the effect and its bounds, such as val_accuracy, val_accuracy_low and val_accuracy_high; NaN where
            there is none. Effects on step_ms are ratios.
        low_to_high: the cell of all high levels minus that of all low levels, by val_accuracy and val_loss; empty where
            one of the two is not in the study.
    """

    table: pd.DataFrame
    low_to_high: Mapping[str, ContrastEstimate]


def factorial_effects(
    networks: pd.DataFrame, factorial: Factorial, levels: Mapping[Score, StudyLevels]
) -> FactorialEffects:
    """Estimate every effect of a factorial study.

    Args:
        networks: the summary's rows of networks with a done trial.
        factorial: the design.
        levels: the variances of the networks.
    """
    found = {
        **{column: effects_on_score(networks, factorial, levels[score]) for column, score in _SCORES.items()},
        "step_ms": effects_on_step_ms(networks, factorial),
    }
    table = pd.DataFrame({"term": terms([factor.name for factor in factorial.factors])})
    for quantity, effects in found.items():
        table[quantity] = [effect.value for effect in effects]
        table[f"{quantity}_low"] = [effect.low for effect in effects]
        table[f"{quantity}_high"] = [effect.high for effect in effects]
    whole = {column: _low_to_high(networks, factorial, levels[score]) for column, score in _SCORES.items()}
    return FactorialEffects(table, {column: change for column, change in whole.items() if change is not None})


def effects_on_score(networks: pd.DataFrame, factorial: Factorial, levels: StudyLevels) -> Sequence[Interval]:
    """Effects on a score, one per term: contrasts between the cells, by the two-level estimator.

    The weights of a contrast are those of least squares on the cells' means. Every effect is NaN where failed cells
    make the effects inseparable, or a cell has too few trials for the estimator.

    Args:
        networks: the summary's rows of networks with a done trial.
        factorial: the design.
        levels: the variances of the networks.
    """
    matrix = model_matrix(signs_of(networks, factorial))
    n_terms = matrix.shape[1] - 1
    of_cells = attempt(partial(levels.of, networks["entry"].tolist()))
    if isinstance(of_cells, NotComputed) or np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        return _unknown(n_terms)
    found = [of_cells.contrast(weights) for weights in 2 * np.linalg.pinv(matrix)[1:]]
    return [Interval(each.value, each.low, each.high) for each in found]


def effects_on_step_ms(summary: pd.DataFrame, factorial: Factorial) -> Sequence[Interval]:
    """Effects on the time of a training step, as ratios: 2 means that the high level takes twice as long.

    Fitted by least squares to the logarithms of the cells' median times. The intervals are Student's on the residuals:
    interactions of three or more factors, and the noise between measurements.

    Args:
        summary: one row per cell, as ``summarise`` gives it; cells without a step time are left out.
        factorial: the design.

    Returns:
        One ratio per term; NaN where too few cells are timed.
    """
    from scipy.stats import t

    timed = summary[summary["step_ms_median"].notna()]
    matrix = model_matrix(signs_of(timed, factorial))
    n_terms = matrix.shape[1] - 1
    freedom = len(timed) - matrix.shape[1]
    if len(timed) == 0 or np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        return _unknown(n_terms)
    log_ms = np.log(timed["step_ms_median"].to_numpy(float))
    coefficients, *_ = np.linalg.lstsq(matrix, log_ms, rcond=None)
    half = np.full(n_terms, np.nan)
    if freedom:
        variance = np.sum((log_ms - matrix @ coefficients) ** 2) / freedom
        errors = 2 * np.sqrt(variance * np.diag(np.linalg.inv(matrix.T @ matrix))[1:])
        half = t.ppf(0.5 + LEVEL / 2, freedom) * errors
    return [
        Interval(*np.exp([effect, effect - width, effect + width]).tolist())
        for effect, width in zip(2 * coefficients[1:], half, strict=True)
    ]


def _low_to_high(networks: pd.DataFrame, factorial: Factorial, levels: StudyLevels) -> ContrastEstimate | None:
    sums = signs_of(networks, factorial).sum(axis=1)
    ends = [networks["entry"][sums == end * len(factorial.factors)].tolist() for end in (1, -1)]
    if not all(ends):
        return None
    change = attempt(partial(levels.difference, ends[0][0], ends[1][0]))
    return None if isinstance(change, NotComputed) else change


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
