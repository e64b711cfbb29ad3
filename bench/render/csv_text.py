"""Frames as CSV: numbers with every digit, missing values empty."""

import re

import pandas as pd

from bench.analyse.estimates.intervals import Interval

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")


def csv_text(frame: pd.DataFrame) -> str:
    """The file's text. A column of intervals becomes three: its name, ``_low`` and ``_high``.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe, as OWASP's page on CSV injection
    advises. Signed numbers, such as the class ``-1``, are no formulas.
    """
    columns: dict[str, list[object] | pd.Series] = {}
    for name in frame.columns:
        cells = frame[name]
        if not (len(cells) and isinstance(cells.iloc[0], Interval)):
            columns[str(name)] = cells
            continue
        columns[str(name)] = [interval.value for interval in cells]
        columns[f"{name}_low"] = [interval.low for interval in cells]
        columns[f"{name}_high"] = [interval.high for interval in cells]
    table = pd.DataFrame(columns)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = table[name].map(_harmless)
    return table.to_csv(index=False, lineterminator="\n")


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
