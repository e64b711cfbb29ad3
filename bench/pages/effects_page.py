"""The effects of a factorial study: a table, and sentences on the difference between all-low and all-high."""

import pandas as pd

from bench.analyse.factorial_effects import FactorialEffects
from bench.pages.document import Block, Note, Page, Section, Statement, Table
from bench.pages.number_text import interval, number
from bench.pages.summary_page import title_line
from bench.pages.verdicts import signed
from bench.study.study_data import StudyData
from bench.sweeps.factorial import resolution
from bench.sweeps.sweep_file import Factorial


def effects_page(data: StudyData, factorial: Factorial, effects: FactorialEffects) -> Page:
    """The difference between all-low and all-high, the contribution of each factor, and the whole table."""
    table = effects.table
    main = table.head(len(factorial.factors))
    lines = [_design(factorial), _sizes(data)]
    for metric, name in (("val_accuracy", "accuracy"), ("val_loss", "loss")):
        if metric not in effects.low_to_high:
            continue
        whole = effects.low_to_high[metric]
        parts = ", ".join(f"{row['term']} {_interval(row, metric)}" for _, row in main.iterrows())
        lines.append(
            f"From all factors low to all high, {name} changes by {signed(whole)}. The main effects "
            f"are {parts}. Their sum, {number(main[metric].sum(), '{:+.3f}')}, equals this change except for "
            "interactions of three or more factors."
        )
    cells = pd.DataFrame(
        {
            "term": table["term"],
            "val accuracy": [_interval(row, "val_accuracy") for _, row in table.iterrows()],
            "val loss": [_interval(row, "val_loss") for _, row in table.iterrows()],
            "ms per step, times": [_ratio(row) for _, row in table.iterrows()],
        }
    )
    notes = (
        "Effects are high minus low, with 95 % intervals. Those of accuracy and loss are contrasts between the "
        "networks, by the two-level estimator (appendix.md). The loss is the log loss of the predicted probabilities, "
        "which for sigmoid outputs is not the loss that was trained on. The intervals of the step time are Student's, "
        "on the residuals of the model of main effects and two-way interactions."
    )
    blocks: tuple[Block, ...] = (*map(Statement, lines), Table.of(cells, ("term",)), Note(notes))
    return Page(f"Effects of {title_line(data)}", (Section("", blocks),))


def _design(factorial: Factorial) -> str:
    names = [factor.name for factor in factorial.factors]
    if not factorial.generators:
        return f"A full factorial of {len(names)} two-level factors."
    return (
        f"A fractional factorial of {len(names)} two-level factors, {2 ** (len(names) - len(factorial.generators))} of "
        f"{2 ** len(names)} cells, resolution {resolution(names, factorial.generators)}: "
        f"{'; '.join(factorial.generators)}."
    )


def _sizes(data: StudyData) -> str:
    """How the number of parameters depends on the factors, since it is not a factor itself."""
    counts = data.summary.drop_duplicates(["architecture", "input_shape", "n_params"])
    cells = ", ".join(f"{row.architecture} at {row.input_shape} {row.n_params:,}" for row in counts.itertuples())
    return f"The number of parameters is not a factor of its own; it follows from architecture and input: {cells}."


def _interval(row: "pd.Series", metric: str) -> str:
    return interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"], "{:+.3f}")


def _ratio(row: "pd.Series") -> str:
    return interval(row["step_ms"], row["step_ms_low"], row["step_ms_high"], "{:.2f}")
