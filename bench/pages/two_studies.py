"""The comparison of two studies in a table of text cells and in sentences."""

import pandas as pd

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.two_studies import Comparison, Exceeded
from bench.pages.number_text import NOTHING, interval_text, number, p_value


def comparison_table(comparison: Comparison) -> pd.DataFrame:
    """One row of text cells per network."""
    rows = []
    for each in comparison.matched:
        difference = Interval(each.change)
        if isinstance(each.difference, Interval):
            difference = each.difference
        rows.append(
            {
                "network": each.label,
                "A": number(each.accuracy_a),
                "B": number(each.accuracy_b),
                "B - A": interval_text(difference, "{:+.3f}"),
                "p": NOTHING if each.paired is None else p_value(each.paired.p),
                "paired": f"{each.n_pairs}",
                "same bits": f"{each.n_identical}",
                "step B / A": NOTHING if each.step_ratio is None else number(each.step_ratio, "{:.2f}"),
            }
        )
    return pd.DataFrame(rows)


def comparison_sentences(comparison: Comparison) -> list[str]:
    """The sentences above the table."""
    lines = [
        f"A: {comparison.name_a}; B: {comparison.name_b}. Accuracy is the mean over trials; intervals at {LEVEL:.0%}."
    ]
    if not comparison.same_data:
        lines.append("The data sets differ, so nothing is paired, and a difference may come from the data.")
    elif any(each.n_pairs == 0 for each in comparison.matched):
        lines.append("Where no trial is paired, splits or seeds differ, and intervals are Welch's.")
    lines += [
        f"No interval for {each.label}: {each.difference.reason}."
        for each in comparison.matched
        if isinstance(each.difference, NotComputed)
    ]
    for name, labels in (("A", comparison.only_a), ("B", comparison.only_b)):
        if labels:
            lines.append(f"Only in {name}: {', '.join(labels)}.")
    return lines


def exceeded_sentence(exceeded: Exceeded) -> str:
    """One sentence on a network that exceeds a limit in B."""
    if exceeded.quantity == "accuracy":
        return f"{exceeded.label}: accuracy fell by {number(exceeded.found, '{:.4f}')}, more than {exceeded.limit:g}"
    return (
        f"{exceeded.label}: a step takes {number(exceeded.found, '{:.2f}')} times as long, more than {exceeded.limit:g}"
    )
