"""The effects of a factorial study: a table, and sentences on the difference between all-low and all-high."""

import pandas as pd

from bench.analyse.factorial_effects import effects_on_metric, effects_on_step_ms, low_to_high
from bench.pages.document import Block, Note, Page, Section, Statement, Table
from bench.pages.number_text import interval, interval_text, number
from bench.pages.summary_page import title_line
from bench.study.study_data import StudyData
from bench.sweeps.factorial import resolution
from bench.sweeps.sweep_file import Factorial


def effects_table(data: StudyData, factorial: Factorial) -> pd.DataFrame:
    """One row per term: term, and for each quantity its effect, low and high, such as val_accuracy_low."""
    found = {
        "val_accuracy": effects_on_metric(data.done, factorial, "val_accuracy"),
        "val_loss": effects_on_metric(data.done, factorial, "val_loss"),
        "step_ms": effects_on_step_ms(data.summary, factorial),
    }
    table = pd.DataFrame({"term": found["val_accuracy"]["term"]})
    for quantity, effects in found.items():
        table[quantity] = [interval.value for interval in effects["effect"]]
        table[f"{quantity}_low"] = [interval.low for interval in effects["effect"]]
        table[f"{quantity}_high"] = [interval.high for interval in effects["effect"]]
    return table


def effects_page(data: StudyData, factorial: Factorial, table: pd.DataFrame) -> Page:
    """The difference between all-low and all-high, the contribution of each factor, and the whole table."""
    n_factors = len(factorial.factors)
    main = table.head(n_factors)
    lines = [_design(factorial), _sizes(data)]
    for metric, name in (("val_accuracy", "accuracy"), ("val_loss", "loss")):
        whole = low_to_high(data.done, factorial, metric)
        if whole is None:
            continue
        parts = ", ".join(f"{row['term']} {_interval(row, metric)}" for _, row in main.iterrows())
        lines.append(
            f"From all factors low to all high, {name} changes by {interval_text(whole, '{:+.3f}')}. The main effects "
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
        "Effects are high minus low, with 95 % intervals. Those of accuracy and loss are corrected resampled t "
        "intervals over folds and seeds (Nadeau and Bengio 2003). Those of the step time are Student's, on the "
        "residuals of the model of main effects and two-way interactions."
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
