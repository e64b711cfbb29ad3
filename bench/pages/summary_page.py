"""The summary of a study and its published points: pages, and the table of the LaTeX file."""

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.answer import answer_section
from bench.pages.audit_page import findings_section
from bench.pages.document import Note, Page, Section, Table
from bench.pages.number_text import NOTHING, estimates, number, three_digits
from bench.study.families import column_title, value_text, varying_columns
from bench.study.study_data import StudyData

SUMMARY_NOTE = (
    "Accuracy and loss are means over held-out images and seeds, with 95 % intervals for other images of this kind and "
    "another training. Step times are median [quartiles]. One asterisk marks a noisy time, two an unusable one "
    "(reasons: timing.md). The network that the answer takes is marked."
)
GRADE_MARKS = {"steady": "", "noisy": " *", "unusable": " **"}
"""The mark after a time, by the grade of its noise."""
_TEXT_COLUMNS = ("architecture", "published as")


def summary_page(data: StudyData, analysis: Analysis) -> Page:
    """The summary, and the findings on the images if they were audited."""
    table = Table.of(summary_table(analysis.summary), _TEXT_COLUMNS)
    audit = () if data.audit is None else (findings_section(data.audit),)
    answer = answer_section(analysis.answer, data.study)
    return Page(title_line(data), (answer, Section("", (table, Note(SUMMARY_NOTE))), *audit))


def latex_summary(analysis: Analysis) -> Table:
    """The table of ``summary.tex``."""
    return Table.of(summary_table(analysis.summary), _TEXT_COLUMNS)


def summary_table(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary as text cells: one row per network, and only the columns that vary in the study.

    Args:
        summary: as ``Analysis`` has it.
    """
    table = pd.DataFrame({"architecture": summary["architecture"]})
    if summary["width"].notna().any():
        table["width"] = [number(width, "{:.4g}") for width in summary["width"]]
    for column in varying_columns(summary):
        table[column_title(column)] = [
            NOTHING if pd.isna(value) else value_text(column, value) for value in summary[column]
        ]
    if (summary["input_shape"] != "").any():
        table["input"] = summary["input_shape"]
    table["parameters"] = [f"{n:,}" for n in summary["n_params"]]
    if summary["flops_per_example"].any():
        table["MFLOPs per image"] = [three_digits(n / 1e6) for n in summary["flops_per_example"]]
    table["trials"] = [
        f"{done}" + (f" of {n} ({failed} failed)" if failed else f" of {n}" if done < n else "")
        for done, n, failed in zip(summary["n_done"], summary["n_trials"], summary["n_failed"], strict=True)
    ]
    table["val accuracy"] = estimates(summary, "accuracy")
    table["train accuracy"] = [number(value) for value in summary["train_accuracy_mean"]]
    table["val loss"] = estimates(summary, "loss")
    table["ms per step"] = _median_and_quartiles(summary)
    if summary["taken"].any():
        table["taken"] = ["yes" if taken else "" for taken in summary["taken"]]
    return table


def published_page(data: StudyData, analysis: Analysis) -> Page:
    """The published points, each with the measured network of the same architecture and parameter count."""
    rows = []
    for point in data.published:
        summary = analysis.summary
        same = summary[(summary["architecture"] == point["architecture"]) & (summary["n_params"] == point["n_params"])]
        accuracy, step_ms, n_done = NOTHING, NOTHING, "0"
        if len(same):
            accuracy, step_ms = estimates(same, "accuracy")[0], _median_and_quartiles(same)[0]
            n_done = str(same["n_done"].iloc[0])
        rows.append(
            {
                "published as": point["label"],
                "architecture": point["architecture"],
                "parameters": f"{point['n_params']:,}",
                "published accuracy": number(point["val_accuracy"]),
                "of images": str(point["n_images"]),
                "measured accuracy": accuracy,
                "of trials": n_done,
                "published ms per step": number(point.get("step_ms"), "{:.4g}"),
                "measured ms per step": step_ms,
            }
        )
    return Page(title_line(data), (Section("", (Table.of(pd.DataFrame(rows), _TEXT_COLUMNS), Note(SUMMARY_NOTE))),))


def title_line(data: StudyData) -> str:
    """The study's title in one line."""
    return data.title().replace("\n", "; ")


def _median_and_quartiles(summary: pd.DataFrame) -> list[str]:
    columns = ["step_ms_median", "step_ms_q1", "step_ms_q3", "step_ms_verdict"]
    return [
        NOTHING
        if pd.isna(median)
        else f"{three_digits(median)} [{three_digits(q1)}, {three_digits(q3)}]{GRADE_MARKS.get(grade, '')}"
        for median, q1, q3, grade in summary.reindex(columns=columns).itertuples(index=False)
    ]
