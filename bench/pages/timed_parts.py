"""The times of a study's networks by part, for the page and the chart of times."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.analyse.times.step_times import figures, latest
from bench.pages.number_text import counted
from bench.records import TimedPart
from bench.seeds import generator
from bench.store.columns import PROTOCOL_PREFIX
from bench.study.families import network_labels
from bench.study.study_data import StudyData
from bench.study.summary import group_columns

BAR = "progress bar"
_TIMELESS = ("learning_rate", "learning_rate_decay", "momentum", "epochs", "label_noise")
"""Fields of a protocol that do not affect the time of a step."""
TITLES = {
    TimedPart.FORWARD: "forward",
    TimedPart.FORWARD_BACKWARD: "forward + backward",
    TimedPart.STEP: "step",
    TimedPart.VALIDATION: "validation",
    TimedPart.KERAS: "fit, arrays",
    TimedPart.DISK: "fit, files",
    TimedPart.INFERENCE_1: "inference, 1 image",
    TimedPart.INFERENCE_32: "inference, 32 images",
}


class TimedParts:
    """One row per figure of a study's latest passes, with the summary's ``entry``, ``n_params`` and FLOPs.

    Args:
        data: the study.
        measurements: as ``Store.measurements`` gives them.
    """

    def __init__(self, data: StudyData, measurements: pd.DataFrame) -> None:
        self.data = data
        columns = [
            *("entry", "n_params", "flops_per_example", "activation_bytes_per_example"),
            *group_columns(data.summary),
        ]
        networks = data.summary.merge(
            data.trials[["network_key", "activation_bytes_per_example"]].drop_duplicates(), on="network_key"
        )[columns]
        self.figures = figures(measurements, generator(0, 0, "bootstrap")).merge(networks)
        self.samples = latest(measurements).merge(networks)
        self.labels = _labels(data.summary)

    def label(self, row: pd.Series) -> str:
        """A network's name, with the number of threads if the study has several thread counts."""
        several = self.figures["threads"].nunique() > 1
        return self.labels[row["entry"]] + (f", {counted(row['threads'], 'thread')}" if several else "")

    def of(self, part: TimedPart) -> pd.DataFrame:
        """The figures of one part, in the order of the summary."""
        return self.figures[self.figures["part"] == part].sort_values(["entry", "threads"], kind="stable")


def _labels(summary: pd.DataFrame) -> dict[int, str]:
    """Names without the fields that do not affect times, if the other fields distinguish all networks."""
    timeless = [f"{PROTOCOL_PREFIX}{name}" for name in _TIMELESS]
    short = network_labels(summary.drop(columns=timeless, errors="ignore"))
    return short if len(set(short.values())) == len(short) else network_labels(summary)


def of_point(timed: pd.DataFrame, point: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the network that a published point is about."""
    same: pd.Series[bool] = (timed["architecture"] == point["architecture"]) & (timed["n_params"] == point["n_params"])
    return timed.loc[same]
