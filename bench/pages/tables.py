"""Tables as text. Numbers are rounded here and nowhere before; the CSV files keep every digit."""

from collections.abc import Collection

import pandas as pd
from tabulate import tabulate

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.intervals import Interval
from bench.pages.inner_choice import counts
from bench.study.families import TIMES, column_title, value_text, varying_columns
from bench.study.study_data import StudyData

_SPREAD_NOTE = (
    "Accuracy and loss are on held-out folds: mean ± sample standard deviation over folds and seeds. Folds share "
    "training images, so the deviation says how much single trials scatter; it is no error of the mean. "
    "Step times are median [quartiles]; an asterisk marks a noisy one, two an unusable one (timing.md says why)."
)
GRADE_MARKS = {"steady": "", "noisy": " *", "unusable": " **"}
"""What stands behind a time, by the grade of its noise."""
NOTHING = "\N{EN DASH}"


def as_csv(frame: pd.DataFrame) -> str:
    """Every digit; empty where there is no value."""
    return frame.to_csv(index=False, lineterminator="\n")


def printed_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary for reading: text cells, a row a network, columns only for what varies in the study.

    Args:
        summary: as ``analyse.summarise`` gives it.
    """
    table = pd.DataFrame({"architecture": summary["architecture"]})
    if summary["width"].notna().any():
        table["width"] = [_number(width, "{:.4g}") for width in summary["width"]]
    for column in varying_columns(summary):
        table[column_title(column)] = [
            NOTHING if pd.isna(value) else value_text(column, value) for value in summary[column]
        ]
    table["input"] = summary["input_shape"]
    table["parameters"] = [f"{n:,}" for n in summary["n_params"]]
    table["MFLOPs an image"] = [three_digits(n / 1e6) for n in summary["flops_per_example"]]
    table["trials"] = [
        f"{done}" + (f" of {n} ({failed} failed)" if failed else f" of {n}" if done < n else "")
        for done, n, failed in zip(summary["n_done"], summary["n_trials"], summary["n_failed"], strict=True)
    ]
    table["val accuracy"] = mean_and_sd(summary, "val_accuracy")
    table["train accuracy"] = [_number(value, "{:.3f}") for value in summary["train_accuracy_mean"]]
    table["val loss"] = mean_and_sd(summary, "val_loss")
    table["ms a step"] = _median_and_quartiles(summary)
    return table


def summary_markdown(data: StudyData, analysis: Analysis) -> str:
    """The summary as a Markdown page."""
    table = printed_summary(analysis.summary)
    return f"{_heading(data)}\n\n{as_markdown(table)}\n\n{_SPREAD_NOTE}\n"


def summary_latex(data: StudyData, analysis: Analysis) -> str:
    """The summary as a LaTeX table, for the package booktabs."""
    table = printed_summary(analysis.summary)
    text = tabulate(
        table.to_numpy().tolist(),
        list(table.columns),
        tablefmt="latex_booktabs",
        disable_numparse=True,
        colalign=_alignment(table),
    )
    comments = "\n".join(f"% {line}" for line in (*data.title().splitlines(), _SPREAD_NOTE))
    typeset = text.replace("±", r"$\pm$").replace(TIMES, r"$\times$").replace(NOTHING, "--")
    return f"{comments}\n{typeset}\n"


def choices_csv(choices: pd.DataFrame) -> str:
    """A row a network: what was chosen on the inner part, what it reaches, the optimism of choosing on the test.

    Args:
        choices: as ``analyse.nested.nested_choices`` gives them.
    """
    table = choices.drop(columns="entry").assign(chosen=choices["chosen"].map(counts))
    columns = {}
    for name in table:
        intervals = [cell for cell in table[name] if isinstance(cell, Interval)]
        if not intervals:
            columns[str(name)] = table[name].tolist()
            continue
        columns[str(name)] = [interval.value for interval in intervals]
        columns[f"{name}_low"] = [interval.low for interval in intervals]
        columns[f"{name}_high"] = [interval.high for interval in intervals]
    return as_csv(pd.DataFrame(columns))


def published_markdown(data: StudyData, analysis: Analysis) -> str:
    """The published points, each beside the measured network of the same architecture and parameter count."""
    rows = []
    for point in data.published:
        summary = analysis.summary
        same = summary[(summary["architecture"] == point["architecture"]) & (summary["n_params"] == point["n_params"])]
        accuracy, step_ms, n_done = NOTHING, NOTHING, "0"
        if len(same):
            accuracy, step_ms = mean_and_sd(same, "val_accuracy")[0], _median_and_quartiles(same)[0]
            n_done = str(same["n_done"].iloc[0])
        rows.append(
            {
                "published as": point["label"],
                "architecture": point["architecture"],
                "parameters": f"{point['n_params']:,}",
                "published accuracy": f"{point['val_accuracy']:.3f}",
                "of images": str(point["n_images"]),
                "measured accuracy": accuracy,
                "of trials": n_done,
                "published ms a step": _number(point.get("step_ms"), "{:.4g}"),
                "measured ms a step": step_ms,
            }
        )
    return f"{_heading(data)}\n\n{as_markdown(pd.DataFrame(rows))}\n\n{_SPREAD_NOTE}\n"


def _heading(data: StudyData) -> str:
    return data.title().replace("\n", "; ")


def as_markdown(table: pd.DataFrame, text_columns: Collection[str] = ("architecture", "published as")) -> str:
    """A Markdown table of text cells; those of ``text_columns`` stand left, all others right."""
    return tabulate(
        table.to_numpy().tolist(),
        list(table.columns),
        tablefmt="pipe",
        disable_numparse=True,
        colalign=_alignment(table, text_columns),
    )


def _alignment(
    table: pd.DataFrame, text_columns: Collection[str] = ("architecture", "published as")
) -> list[str] | None:
    return ["left" if column in text_columns else "right" for column in table.columns] if len(table) else None


def mean_and_sd(summary: pd.DataFrame, metric: str) -> list[str]:
    """Cells such as ``0.833 ± 0.012``, of a metric such as ``val_accuracy``."""
    return [
        _number(mean, "{:.3f}") + ("" if pd.isna(sd) else f" ± {sd:.3f}")
        for mean, sd in zip(summary[f"{metric}_mean"], summary[f"{metric}_sd"], strict=True)
    ]


def _median_and_quartiles(summary: pd.DataFrame) -> list[str]:
    columns = ["step_ms_median", "step_ms_q1", "step_ms_q3", "step_ms_verdict"]
    return [
        NOTHING
        if pd.isna(median)
        else f"{three_digits(median)} [{three_digits(q1)}, {three_digits(q3)}]{GRADE_MARKS.get(grade, '')}"
        for median, q1, q3, grade in summary.reindex(columns=columns).itertuples(index=False)
    ]


def three_digits(value: float) -> str:
    """A positive number to three digits, whole from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def _number(value: float | None, pattern: str) -> str:
    return NOTHING if value is None or pd.isna(value) else pattern.format(value)
