"""How numbers and comparisons read: cells, p values, tables of pairs."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analyse.estimates.intervals import Interval

_MOST_NAMED = 8
NOTHING = "\N{EN DASH}"


def with_interval(row: Mapping[Hashable, Any], name: str) -> str:
    """A value with its interval, or alone where there is none, of a row with ``name``, ``_low`` and ``_high``."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return number(row[name]) + ("" if pd.isna(low) else f" [{low:.3f}, {high:.3f}]")


def interval_text(interval: Interval, pattern: str = "{:.3f}") -> str:
    """A value with its interval, such as ``0.888 [0.801, 0.940]``, or alone where it has none."""
    if not interval.is_known:
        return number(interval.value, pattern)
    return f"{number(interval.value, pattern)} [{pattern.format(interval.low)}, {pattern.format(interval.high)}]"


def and_list(names: Sequence[str]) -> str:
    """Names in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: float | None, pattern: str = "{:.3f}") -> str:
    """A number as the pattern has it, or a dash where there is none."""
    return NOTHING if value is None or pd.isna(value) else pattern.format(value)


def p_value(value: float) -> str:
    """Two digits that count."""
    if pd.isna(value):
        return NOTHING
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def reasons(table: pd.DataFrame, labels: Mapping[int, str]) -> Iterator[str]:
    """A line on each test that could not be done, with the pairs that lack it, where they are few enough to read.

    Args:
        table: as ``compare_pairs`` gives it.
        labels: of networks, by entry.
    """
    for column, test in (("why_no_t_test", "t test"), ("why_no_mcnemar", "McNemar's test")):
        for reason, rows in table.dropna(subset=[column]).groupby(column, sort=False):
            pairs = [f"{labels[first]} and {labels[second]}" for first, second in _sides(rows)]
            which = "; ".join(pairs) if len(pairs) <= _MOST_NAMED else f"{len(pairs)} pairs, «{NOTHING}» in the table"
            yield f"No {test} for {which}: {reason}."


def pair_table(table: pd.DataFrame, labels: Mapping[int, str], prefix: str = "") -> pd.DataFrame:
    """A row of text cells a pair. Arguments as ``reasons`` has them; ``prefix`` is left out of the names."""
    rows = []
    for row in table.to_dict("records"):
        has_t, has_mcnemar = pd.notna(row["p"]), pd.notna(row["mcnemar_p"])
        interval = f" [{row['low']:+.3f}, {row['high']:+.3f}]" if has_t else ""
        posterior = f"{row['p_worse']:.2f}/{row['p_equivalent']:.2f}/{row['p_better']:.2f}"
        images = f"{row['mcnemar_only_first']:.0f}:{row['mcnemar_only_second']:.0f}"
        rows.append(
            {
                "first": labels[row["first"]].removeprefix(prefix),
                "second": labels[row["second"]].removeprefix(prefix),
                "difference": number(row["mean"], "{:+.3f}") + interval,
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
