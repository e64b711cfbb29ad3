"""The cells of a two-level factorial study: the level of each factor per row, and the names of the cells."""

import numpy as np
import pandas as pd

from bench.store.columns import NETWORK, axis_column, protocol_column
from bench.study.families import CELL
from bench.sweeps.sweep_file import Factorial, FactorLevel


def levels(rows: pd.DataFrame, factorial: Factorial) -> pd.DataFrame:
    """The sign (-1 low, 1 high) of each factor in each row of trials or of a summary, by the row's index.

    Raises:
        ValueError: a row is at neither level of a factor.
    """
    signs = {}
    for factor in factorial.factors:
        high, low = (_matches(rows, level) for level in (factor.high, factor.low))
        if not (high ^ low).all():
            raise ValueError(f"every trial of a factorial study is at one level of {factor.name}; some are at neither")
        signs[factor.name] = np.where(high, 1, -1)
    return pd.DataFrame(signs, index=rows.index)


def name_cells(summary: pd.DataFrame, factorial: Factorial | None) -> pd.DataFrame:
    """A summary with the column ``cell``, which names the factors at their high level.

    A factor that only sets the architecture is left out, since every label names the architecture.

    Args:
        summary: as ``summarise`` gives it; controls have no cell.
        factorial: the study's design; None leaves the summary unchanged.
    """
    if factorial is None:
        return summary
    is_high = levels(summary[summary["kind"] == NETWORK], factorial) > 0
    said = [factor.name for factor in factorial.factors if factor.high.settings().keys() != {("architecture",)}]

    def name(high: "pd.Series[bool]") -> str:
        if high.all() or not high.any():
            return "all high" if high.all() else "all low"
        names = [name for name in said if high[name]]
        return f"high: {', '.join(names)}" if names else "the rest low"

    cells = pd.Series({entry: name(row) for entry, row in is_high.iterrows()}, dtype=object)
    return summary.assign(**{CELL: cells})


def _matches(rows: pd.DataFrame, level: FactorLevel) -> "pd.Series[bool]":
    matches = pd.Series(True, index=rows.index)
    for (table, *name), value in level.settings().items():
        if table == "input_shape":
            matches &= rows["input_shape"] == "x".join(map(str, value))
        elif table == "protocol":
            matches &= rows[protocol_column(name[0])] == value[0]
        else:
            matches &= rows[axis_column(name[0]) if table == "axes" else table] == value
    return matches
