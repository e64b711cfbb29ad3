"""What the command line prints: to a rich console, narrow enough for a terminal.

What is printed of a plan or an architecture is named by its attributes, since neither the sweeps nor the networks may
be imported here: stored results are read without TensorFlow.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rich import box
from rich.console import Console
from rich.table import Table

from bench.records import Study

if TYPE_CHECKING:
    import pandas as pd

    from bench.store import Counts, Store

_LEFT_OUT_OF_SUMMARY = ("MFLOPs an image", "train accuracy")


class PlanRow(Protocol):
    """The trials of one network under one protocol: see ``sweeps.plan``."""

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def n_params(self) -> int: ...  # noqa: D102
    @property
    def n_trials(self) -> int: ...  # noqa: D102
    @property
    def steps_per_trial(self) -> int: ...  # noqa: D102


class Forecast(Protocol):
    """What a plan will take: see ``pipeline``."""

    @property
    def rows(self) -> Sequence[PlanRow]: ...  # noqa: D102
    @property
    def training_s(self) -> float: ...  # noqa: D102


class Architecture(Protocol):
    """A registered architecture: see ``architectures.registry``."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def axes(self) -> Mapping[str, object]: ...  # noqa: D102
    @property
    def min_input(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


def print_summary(summary: "pd.DataFrame", console: Console) -> None:
    """Print a row a network: size, accuracy, loss, step time (median).

    Args:
        summary: as ``analyse.summarise`` gives it.
        console: where to.
    """
    from bench.report.tables import printed_summary

    cells = printed_summary(summary).drop(columns=list(_LEFT_OUT_OF_SUMMARY))
    if summary["input_shape"].nunique() == 1:
        cells = cells.drop(columns="input")
    cells["ms a step"] = cells["ms a step"].str.partition(" [")[0]  # the median; quartiles are in the files
    _print_table({str(name): cells[name].tolist() for name in cells.columns}, console)


def print_plan(study: Study, forecast: Forecast, n_workers: int, console: Console) -> None:
    """Print what a run would do: its trials, their parameters and steps, and an estimate of the time."""
    _print_table(
        {
            "network": [row.label for row in forecast.rows],
            "parameters": [f"{row.n_params:,}" for row in forecast.rows],
            "trials": [f"{row.n_trials:,}" for row in forecast.rows],
            "steps a trial": [f"{row.steps_per_trial:,}" for row in forecast.rows],
        },
        console,
    )
    n_trials = sum(row.n_trials for row in forecast.rows)
    about = timedelta(seconds=max(1, round(forecast.training_s)))
    _say(_heading(study), console)
    _say(f"{n_trials:,} trials, about {about} (h:mm:ss) with {n_workers} at a time; nothing was written", console)


def print_status(store: "Store", console: Console) -> None:
    """Print what a study is of, how many trials are in which state, and why those that failed did.

    Raises:
        StudyError: the store holds no study yet.
    """
    _say(_heading(store.study()), console)
    _say(status_line(store.counts()), console)
    from bench.report.series import TIMES

    trials = store.trials()
    reasons = trials.loc[trials["state"] == "FAILED", "failure"] + ": " + trials["error"]
    for reason, n in reasons.value_counts().items():
        _say(f"  {n} {TIMES} {reason}", console)


def status_line(counts: "Counts") -> str:
    """How many trials are in which state."""
    return f"{counts.done:,} done, {counts.failed:,} failed, {counts.pending:,} pending, of {counts.total:,} trials"


def print_architectures(architectures: Iterable[Architecture], console: Console) -> None:
    """Print a row an architecture: what can be varied, the smallest input it accepts, where it is from."""
    rows = list(architectures)
    _print_table(
        {
            "architecture": [row.name for row in rows],
            "axes": [", ".join(f"{axis}={value}" for axis, value in row.axes.items()) for row in rows],
            "smallest input": ["x".join(map(str, row.min_input)) for row in rows],
            "source": [row.source for row in rows],
        },
        console,
        n_text_columns=4,
    )


def print_listing(descriptions: Mapping[str, str], console: Console) -> None:
    """Print names with what they stand for."""
    _print_table({"name": list(descriptions), "what it is": list(descriptions.values())}, console, n_text_columns=2)


def _heading(study: Study) -> str:
    n_images = sum(study.class_counts)
    return f"{study.name}: sweep {study.sweep_name} on {study.dataset}, {n_images:,} images"


def _say(line: str, console: Console) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _print_table(columns: Mapping[str, Sequence[str]], console: Console, n_text_columns: int = 1) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        is_text = place < n_text_columns
        table.add_column(name, justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    console.print(table, highlight=False, markup=False)
