"""Frames as CSV: numbers with every digit, missing values empty."""

import pandas as pd

from bench.analyse.estimates.intervals import Interval


def csv_text(frame: pd.DataFrame) -> str:
    """The file's text. A column of intervals becomes three: its name, ``_low`` and ``_high``."""
    columns: dict[str, list[object] | pd.Series] = {}
    for name in frame.columns:
        cells = frame[name]
        if not (len(cells) and isinstance(cells.iloc[0], Interval)):
            columns[str(name)] = cells
            continue
        columns[str(name)] = [interval.value for interval in cells]
        columns[f"{name}_low"] = [interval.low for interval in cells]
        columns[f"{name}_high"] = [interval.high for interval in cells]
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")
