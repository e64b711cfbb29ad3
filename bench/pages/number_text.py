"""Numbers and comparisons as text: the rounding rule, cells, p values, tables of pairs."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analyse.estimates.intervals import Interval
from bench.rounding import half_up

_MOST_NAMED = 8
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


def mean_and_sd(summary: pd.DataFrame, metric: str) -> list[str]:
    """Cells such as ``0.833 ± 0.012``, of a metric such as ``val_accuracy``."""
    return [
        number(mean) + ("" if pd.isna(sd) else f" ± {number(sd)}")
        for mean, sd in zip(summary[f"{metric}_mean"], summary[f"{metric}_sd"], strict=True)
    ]


def three_digits(value: float) -> str:
    """A positive number to three digits, whole from 100 on."""
    return number(value, "{:,.0f}" if half_up(value) >= 99.95 else "{:#.3g}")


def counted(n: int, noun: str) -> str:
    """A number with its noun: ``1 thread``, ``2 threads``."""
    return f"{n} {noun}{'s' if n != 1 else ''}"


def p_value(value: float) -> str:
    """Two significant digits, without a sign of equality: ``p 0.02``, ``p < 0.001``."""
    if pd.isna(value):
        return NOTHING
    return "< 0.001" if value < 1e-3 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def reasons(table: pd.DataFrame, labels: Mapping[int, str]) -> Iterator[str]:
    """One sentence per test that could not be computed, with its pairs if they are few enough to read.

    Args:
        table: as ``compare_pairs`` gives it.
        labels: of networks, by entry.
    """
    for column, test in (("why_no_t_test", "t test"), ("why_no_mcnemar", "McNemar's test")):
        for reason, rows in table.dropna(subset=[column]).groupby(column, sort=False):
            pairs = [f"{labels[first]} and {labels[second]}" for first, second in _sides(rows)]
            which = "; ".join(pairs) if len(pairs) <= _MOST_NAMED else f"{len(pairs)} pairs, {NOTHING} in the table"
            yield f"No {test} for {which}: {reason}."


def pair_table(table: pd.DataFrame, labels: Mapping[int, str], prefix: str = "") -> pd.DataFrame:
    """One row of text cells per pair. Arguments are those of ``reasons``; ``prefix`` is removed from the names."""
    rows = []
    for row in table.to_dict("records"):
        has_t, has_mcnemar = pd.notna(row["p"]), pd.notna(row["mcnemar_p"])
        posterior = f"{row['p_worse']:.2f}/{row['p_equivalent']:.2f}/{row['p_better']:.2f}"
        images = f"{row['mcnemar_only_first']:.0f}:{row['mcnemar_only_second']:.0f}"
        rows.append(
            {
                "first": labels[row["first"]].removeprefix(prefix),
                "second": labels[row["second"]].removeprefix(prefix),
                "difference": interval(row["mean"], row["low"] if has_t else None, row["high"], "{:+.3f}"),
                "p": p_value(row["p"]),
                "Holm": p_value(row["p_holm"]),
                "McNemar": images if has_mcnemar else NOTHING,
                "its Holm": p_value(row["mcnemar_p_holm"]),
                "worse/equal/better": posterior if has_t else NOTHING,
            }
        )
    return pd.DataFrame(rows)


def _sides(rows: pd.DataFrame) -> Iterator[tuple[int, int]]:
    return zip(rows["first"].tolist(), rows["second"].tolist(), strict=True)
