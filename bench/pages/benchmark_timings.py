"""Results of pytest-benchmark, with the accuracies of a study."""

import pandas as pd

from bench.pages.document import Note, Page, Section, Table
from bench.pages.number_text import number, three_digits
from bench.pages.summary_page import title_line
from bench.study.families import network_labels
from bench.study.study_data import StudyData

IDENTITY = ("architecture", "n_params", "input_shape")
"""The columns that identify the network of a benchmark."""


def timings_page(data: StudyData, timings: pd.DataFrame, file_name: str) -> Page:
    """The benchmarks with the study's networks of the same architecture, parameters and input.

    Args:
        data: the study.
        timings: as ``read_timings`` gives them.
        file_name: the file of the timings.
    """
    labels = network_labels(data.summary)
    joined = data.summary.merge(timings, on=list(IDENTITY))
    rows = pd.DataFrame(
        {
            "network": [labels[entry] for entry in joined["entry"]],
            "parameters": [f"{n:,}" for n in joined["n_params"]],
            "input": joined["input_shape"],
            "val accuracy": [number(mean) for mean in joined["val_accuracy_mean"]],
            "benchmark": joined["benchmark"],
            "batch": joined["batch_size"].astype(str),
            "threads": joined["threads"].astype(str),
            "ms": [
                f"{three_digits(row['median_ms'])} [{three_digits(row['q1_ms'])}, {three_digits(row['q3_ms'])}]"
                for _, row in joined.iterrows()
            ],
            "rounds": joined["rounds"].astype(str),
        }
    )
    matched = set(joined["benchmark"])
    others = [name for name in timings["benchmark"] if name not in matched]
    blocks = (
        Table.of(rows, ("network", "benchmark")) if len(rows) else Note("No benchmark is for a network of this study."),
        Note(
            "Median [quartiles] of pytest-benchmark's rounds. A benchmark belongs to the network with the same "
            "architecture, parameter count and input shape."
        ),
        *([Note(f"Without a network in this study: {', '.join(others)}.")] if others else []),
    )
    return Page(f"{file_name} and {title_line(data)}", (Section("", blocks),))
