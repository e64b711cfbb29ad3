"""The table of a paper: every network, then every control, in six columns with intervals."""

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.document import Table
from bench.pages.number_text import NOTHING, estimates, interval, three_digits
from bench.pages.summary_page import GRADE_MARKS
from bench.study.families import part_families
from bench.study.study_data import StudyData

TAKEN = "\N{DAGGER}"
"""The mark after the name of the network that the answer takes."""
_LEFT = ("network",)


def network_rows(data: StudyData, analysis: Analysis) -> Table:
    """One row per network with a done trial, family by family, by ascending parameter count."""
    order = [entry for family in part_families(data.summary) for entry in family.entries if entry in analysis.labels]
    rows = analysis.summary.set_index("entry").loc[order]
    names = [
        f"{analysis.labels[entry]}{TAKEN if taken else ''}" for entry, taken in zip(order, rows["taken"], strict=True)
    ]
    return _table(names, rows, _times(rows))


def control_rows(data: StudyData, analysis: Analysis) -> Table:
    """One row per control with a done trial. Controls are not timed."""
    measured = analysis.controls.set_index("name")
    costs = data.controls.set_index("architecture")[["n_params", "flops_per_example"]]
    rows = measured.join(costs)
    return _table(list(map(str, rows.index)), rows, [NOTHING] * len(rows))


def _table(names: list[str], rows: pd.DataFrame, times: list[str]) -> Table:
    frame = pd.DataFrame(
        {
            "network": names,
            "parameters": [f"{n:,}" if n else NOTHING for n in rows["n_params"].astype(int)],
            "MFLOPs per image": [three_digits(n / 1e6) if n else NOTHING for n in rows["flops_per_example"]],
            "accuracy": estimates(rows, "accuracy"),
            "loss": estimates(rows, "loss"),
            "ms per step": times,
        }
    )
    return Table.of(frame, _LEFT)


def _times(rows: pd.DataFrame) -> list[str]:
    columns = ["step_ms_median", "step_ms_low", "step_ms_high", "step_ms_verdict"]
    return [
        NOTHING
        if pd.isna(median)
        else f"{interval(median, low, high, _digits(median))}{GRADE_MARKS.get(str(grade), '')}"
        for median, low, high, grade in rows.reindex(columns=columns).itertuples(index=False)
    ]


def _digits(median: float) -> str:
    """Three digits of the median; its bounds have as many decimals."""
    return "{:.2f}" if median < 10 else "{:.1f}" if median < 100 else "{:,.0f}"
