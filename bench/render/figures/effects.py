"""What each factor of a factorial study is worth: a table, a plot, and the difference between its two ends in words."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analyse.estimates.intervals import Interval
from bench.analyse.factorial_effects import effects_on_metric, effects_on_step_ms, low_to_high
from bench.pages.tables import as_markdown
from bench.pages.wording import interval_text
from bench.render.figures.drawing import PAGE_INCHES
from bench.study.study_data import StudyData
from bench.sweeps.factorial import resolution
from bench.sweeps.sweep_file import Factorial

_QUANTITIES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss (nats)",
    "step_ms": "ms a step (ratio)",
}
_CLEAR, _UNCLEAR = "#0072B2", "#888888"


def effects_table(data: StudyData, factorial: Factorial) -> pd.DataFrame:
    """A row a term: term, and for each quantity its effect, low and high, such as val_accuracy_low."""
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


def effects_markdown(data: StudyData, factorial: Factorial, table: pd.DataFrame) -> str:
    """The difference between all-low and all-high, what each factor contributes to it, and the whole table."""
    n_factors = len(factorial.factors)
    main = table.head(n_factors)
    lines = [_design(factorial), _sizes(data)]
    for metric, name in (("val_accuracy", "accuracy"), ("val_loss", "loss")):
        whole = low_to_high(data.done, factorial, metric)
        if whole is None:
            continue
        parts = ", ".join(f"{row['term']} {_interval(row, metric)}" for _, row in main.iterrows())
        lines.append(
            f"From all factors low to all high, {name} changes by {interval_text(whole, '{:+.3f}')}. Main effects, "
            f"whose sum {main[metric].sum():+.3f} is that change but for interactions of three factors or more: "
            f"{parts}."
        )
    cells = pd.DataFrame(
        {
            "term": table["term"],
            "val accuracy": [_interval(row, "val_accuracy") for _, row in table.iterrows()],
            "val loss": [_interval(row, "val_loss") for _, row in table.iterrows()],
            "ms a step, times": [_ratio(row) for _, row in table.iterrows()],
        }
    )
    notes = (
        "Effects are high less low, with 95 % intervals: of accuracy and loss corrected resampled t intervals over "
        "folds and seeds (Nadeau and Bengio 2003), of the step time Student's on the residuals of the model of main "
        "effects and two-way interactions."
    )
    return "\n\n".join([*(f"- {line}" for line in lines), as_markdown(cells), notes]) + "\n"


def effects_figure(data: StudyData, table: pd.DataFrame) -> Figure:
    """Every effect with its interval, those that exclude none darker; one panel a quantity."""
    figure = Figure(figsize=(PAGE_INCHES, 1.1 + 0.17 * len(table)), layout="constrained")
    figure.suptitle(data.title(), x=0.01, ha="left")
    panels: list[Axes] = list(figure.subplots(1, len(_QUANTITIES), sharey=True))
    places = -np.arange(len(table))
    for axes, (quantity, name) in zip(panels, _QUANTITIES.items(), strict=True):
        none = 1.0 if quantity == "step_ms" else 0.0
        low, high = table[f"{quantity}_low"], table[f"{quantity}_high"]
        clear = (low > none) | (high < none)
        axes.axvline(none, color="#444444", linewidth=0.8)
        for is_clear, colour, marker in ((True, _CLEAR, "o"), (False, _UNCLEAR, "D")):
            shown = (clear == is_clear).to_numpy()
            axes.hlines(places[shown], low[shown], high[shown], color=colour, linewidth=1.2)
            axes.plot(table[quantity][shown], places[shown], marker, color=colour, markersize=3.5)
        if quantity == "step_ms":
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(f"effect on\n{name}")
    panels[0].set_yticks(places, table["term"], fontsize=7.5)
    return figure


def _design(factorial: Factorial) -> str:
    names = [factor.name for factor in factorial.factors]
    if not factorial.generators:
        return f"A whole factorial of {len(names)} two-level factors."
    return (
        f"A fractional factorial of {len(names)} two-level factors, {2 ** (len(names) - len(factorial.generators))} of "
        f"{2 ** len(names)} cells, resolution {resolution(names, factorial.generators)}: "
        f"{'; '.join(factorial.generators)}."
    )


def _sizes(data: StudyData) -> str:
    """The number of parameters is no factor: what it follows from."""
    counts = data.summary.drop_duplicates(["architecture", "input_shape", "n_params"])
    cells = ", ".join(f"{row.architecture} at {row.input_shape} {row.n_params:,}" for row in counts.itertuples())
    return f"The number of parameters is no factor of its own; it follows from architecture and input: {cells}."


def _interval(row: "pd.Series", metric: str) -> str:
    return interval_text(Interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"]), "{:+.3f}")


def _ratio(row: "pd.Series") -> str:
    if np.isnan(row["step_ms"]):
        return "\N{EN DASH}"
    return f"{row['step_ms']:.2f} [{row['step_ms_low']:.2f}, {row['step_ms_high']:.2f}]"
