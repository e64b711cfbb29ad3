"""Every effect of a factorial study with its interval."""

import pandas as pd

from bench.pages.charts.chart import Chart, ChartAxis, Panel, Points, Rule, Style, values
from bench.study.study_data import StudyData

_NOTHING = 1e-6
"""Effects below it are drawn at none: their axis would be a multiple of a rounding error."""
_QUANTITIES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss (nats)",
    "step_ms": "ms per step (ratio)",
}


def effects_chart(data: StudyData, table: pd.DataFrame) -> Chart:
    """One panel per quantity. Effects whose interval excludes 0 (a ratio of 1) are in a separate layer.

    Args:
        data: the study.
        table: of ``FactorialEffects``.
    """
    panels = []
    for quantity, name in _QUANTITIES.items():
        none = 1.0 if quantity == "step_ms" else 0.0
        is_clear = (table[f"{quantity}_low"] > none) | (table[f"{quantity}_high"] < none)
        layers = [Rule("", Style("zero"), "x", none)]
        points = [
            _points(table, quantity, role, is_clear == side) for role, side in (("clear", True), ("unclear", False))
        ]
        reach = table[[quantity, f"{quantity}_low", f"{quantity}_high"]] - none
        is_nothing = bool(reach.abs().max().max() < _NOTHING)
        limits = (none - 0.01, none + 0.01) if is_nothing else None
        x = ChartAxis(f"effect on\n{name}", "log2" if quantity == "step_ms" else "linear", limits)
        panels.append(Panel(x, ChartAxis("", names=tuple(table["term"])), (*layers, *points)))
    return Chart(data.title(), tuple(panels))


def _points(table: pd.DataFrame, quantity: str, role: str, is_shown: "pd.Series[bool]") -> Points:
    rows = table.reset_index(drop=True)[is_shown.to_numpy()]
    low, high = values(rows[f"{quantity}_low"]), values(rows[f"{quantity}_high"])
    return Points("", Style(role), values(rows[quantity]), values(rows.index), x_low=low, x_high=high)
