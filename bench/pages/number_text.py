"""Numbers as text: the rounding rule, cells, p values."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analyse.estimates.intervals import Interval
from bench.rounding import half_up

NOTHING = "\N{EN DASH}"


def and_list(names: Sequence[str]) -> str:
    """Names in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: float | None, pattern: str = "{:.3f}") -> str:
    """A number in the pattern, or a dash if there is none. Every rounded number of a page comes from this function."""
    return NOTHING if value is None or pd.isna(value) else pattern.format(half_up(value))


def interval(value: float, low: float | None, high: float | None, pattern: str = "{:.3f}") -> str:
    """A value with its interval, or alone if there is none."""
    bounds = "" if pd.isna(low) else f" [{number(low, pattern)}, {number(high, pattern)}]"
    return number(value, pattern) + bounds


def interval_text(estimate: Interval, pattern: str = "{:.3f}") -> str:
    """``interval`` of one estimate."""
    return interval(estimate.value, estimate.low, estimate.high, pattern)


def with_interval(row: Mapping[Hashable, Any], name: str) -> str:
    """``interval`` of a row with the columns ``name``, ``_low`` and ``_high``."""
    return interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def estimates(table: pd.DataFrame, name: str) -> list[str]:
    """Cells such as ``0.833 [0.801, 0.860]``, of the columns ``name``, ``_low`` and ``_high``."""
    return [with_interval(row, name) for row in table.to_dict("records")]


def three_digits(value: float) -> str:
    """A positive number to three digits, whole from 100 on."""
    return number(value, "{:,.0f}" if half_up(value) >= 99.95 else "{:#.3g}")


def short_count(n: int) -> str:
    """A number of parameters to three digits, as the ticks of plots have it: ``427 k``, ``1.06 M``."""
    if n < 1000:
        return str(n)
    unit, letter = (1000, "k") if n < 999_500 else (1_000_000, "M")
    return f"{n // unit:,} {letter}" if n % unit == 0 else f"{three_digits(n / unit)} {letter}"


def counted(n: int, noun: str) -> str:
    """A number with its noun: ``1 thread``, ``2 threads``."""
    return f"{n} {noun}{'s' if n != 1 else ''}"


def p_value(value: float) -> str:
    """Two significant digits, without a sign of equality: ``p 0.02``, ``p < 0.001``."""
    if pd.isna(value):
        return NOTHING
    return "< 0.001" if value < 1e-3 else number(value, "{:.2g}" if half_up(value) < 0.0995 else "{:.2f}")
