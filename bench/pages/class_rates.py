"""Sensitivity and specificity of each class, as a section."""

from collections.abc import Sequence

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.document import Note, Section, Table
from bench.pages.number_text import counted, interval_text

_MOST_ROWS = 120


def class_rates_section(analysis: Analysis) -> Section:
    """A table with one row per network and class."""
    entries = analysis.sizes["entry"].tolist()
    shown = _shown(analysis, entries)
    rows = [
        {
            "network": analysis.labels[entry],
            "class": rates.name,
            "images": f"{rates.n_images:,}",
            "sensitivity": interval_text(rates.sensitivity),
            "specificity": interval_text(rates.specificity),
        }
        for entry in shown
        for rates in analysis.class_rates[entry]
    ]
    left_out = len(entries) - len(shown)
    note = (
        "Held-out predictions. In brackets: Wilson's 95 % interval over images, which leaves out the spread between "
        "trainings."
    )
    rest = [Note(f"The table leaves out {counted(left_out, 'network')}.")] if left_out else []
    table = Table.of(pd.DataFrame(rows), ("network", "class"))
    return Section("Sensitivity and specificity", (Note(note), *rest, table))


def _shown(analysis: Analysis, entries: Sequence[int]) -> list[int]:
    """The networks of the table: as many as fit, among them the taken and the most accurate one."""
    most = max(2, _MOST_ROWS // len(analysis.study.class_names))
    if len(entries) <= most:
        return list(entries)
    best = int(analysis.sizes["entry"].iloc[int(analysis.sizes["accuracy"].to_numpy(float).argmax())])
    first = [best] if analysis.answer.take is None else [analysis.answer.take.entry, best]
    kept = list(dict.fromkeys([*first, *entries]))[:most]
    return [entry for entry in entries if entry in kept]
