"""The most accurate network against the controls, in sentences and in the page ``controls.md``.

The terminal, ``controls.md`` and ``statements.md`` all use ``control_sentences``.
"""

from collections.abc import Mapping

import pandas as pd

from bench import controls
from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import (
    MAJORITY,
    AgainstControl,
    ControlComparison,
    Lead,
    LeakCheck,
    Outcome,
)
from bench.analyse.estimates.insufficient import NotComputed
from bench.pages.document import Note, Page, Section, Statement, Table
from bench.pages.number_text import NOTHING, and_list, estimates, interval, number
from bench.study.study_data import StudyData

_NOTE = (
    "Controls use the same folds and seeds as the networks. Controls without parameters are trained on the whole "
    "training part with its true labels, even if the protocol leaves out or changes some of them. The compared network "
    "has the highest mean held-out accuracy and, among equals, the fewest parameters. It is chosen by the same results "
    "that are compared, which favours it. Leads are differences of means over images with 95 % intervals that allow "
    "for the sampling of images and for the variation between trainings. The network beats the controls if every lead "
    "is above zero; because all of them must be, no lead is adjusted for their number. A control that is not shown to "
    "be beaten is not shown to be as good either: more folds, seeds or images may separate the two."
)


def control_sentences(comparison: ControlComparison | None) -> list[str]:
    """Which controls are beaten, then one sentence per control; empty if no network or no control is done."""
    if comparison is None:
        return []
    return [
        *([_tally(comparison)] if comparison.rows else []),
        *map(_against, comparison.rows),
        *(_leak(leak) for leak in comparison.leaks),
    ]


def controls_page(data: StudyData, analysis: Analysis) -> Page:
    """The page: the sentences, a table with one row per control, and a description of each control."""
    table = controls_table(data, analysis)
    sentences = tuple(map(Statement, control_sentences(analysis.against_controls))) or (
        Note("No network or no control is done, so nothing is compared."),
    )
    meanings = (Statement(f"{name}: {controls.get(name).summary}") for name in table["control"])
    blocks = (*sentences, Table.of(table, ("control",)), Note(_NOTE), *meanings)
    return Page(f"Controls of {data.study.name}", (Section("", blocks),))


def controls_table(data: StudyData, analysis: Analysis) -> pd.DataFrame:
    """One row of text cells per control."""
    table, measured, comparison = data.controls, analysis.controls, analysis.against_controls
    rows = {row.name: row for row in comparison.rows} if comparison is not None else {}

    def cells(of_row: Mapping[str, str]) -> list[str]:
        return [of_row.get(name, NOTHING) for name in table["architecture"]]

    return pd.DataFrame(
        {
            "control": table["architecture"],
            "parameters": [f"{n:,}" for n in table["n_params"]],
            "trials": [f"{done} of {n}" for done, n in zip(table["n_done"], table["n_trials"], strict=True)],
            "val accuracy": cells(dict(zip(measured["name"], estimates(measured, "accuracy"), strict=True))),
            "val loss": cells(dict(zip(measured["name"], estimates(measured, "loss"), strict=True))),
            "lead in accuracy": cells({name: _signed(row.lead) for name, row in rows.items()}),
            "difference in loss": cells({name: _signed(row.loss_lead) for name, row in rows.items()}),
        }
    )


def _tally(comparison: ControlComparison) -> str:
    """Which controls are beaten, which are not shown to be, and which could not be tested."""
    parts = [
        f"{words} {and_list(names)}"
        for outcome, words in (
            (Outcome.BEATEN, "beats"),
            (Outcome.NOT_SHOWN, "is not shown to beat"),
            (Outcome.UNDECIDED, "could not be compared with"),
        )
        if (names := comparison.named(outcome))
    ]
    return f"{_first_upper(_network(comparison))} {and_list(parts)}."


def _against(row: AgainstControl) -> str:
    if isinstance(row.lead, NotComputed):
        return f"{row.name} ({row.sight}): {row.outcome}: {row.lead.reason}."
    return (
        f"{row.name} ({row.sight}): the most accurate network leads by {_signed(row.lead)} in accuracy; {row.outcome}."
    )


def _leak(leak: LeakCheck) -> str:
    accuracy = f"{leak.name} (no true label): accuracy {number(leak.accuracy)}"
    if leak.above_majority is None:
        return f"{accuracy}."
    above = f"{accuracy}, {_signed(leak.above_majority)} over {MAJORITY}"
    if leak.is_shown:
        return f"{above}: above chance, so information leaks from the held-out fold into training."
    return f"{above}: not shown to be above chance, which does not exclude a leak."


def _network(comparison: ControlComparison) -> str:
    return f"the most accurate network ({comparison.label} with {comparison.n_params:,} parameters)"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _signed(lead: Lead) -> str:
    return NOTHING if isinstance(lead, NotComputed) else interval(lead.value, lead.low, lead.high, "{:+.3f}")
