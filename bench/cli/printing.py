"""Prints the output of the commands: tables and sections of text, rendered by ``render/terminal.py``."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.progress import duration
from bench.render.terminal import print_block, print_indented, print_sections, print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from architectures import Architecture
    from bench.audit import Audit
    from bench.exporting import Exported
    from bench.forecasting import Forecast
    from bench.pipeline import RunOutcome
    from bench.records import Study
    from bench.store import Counts, Store

_MOST_CLASSES = 12


__all__ = [
    "print_architectures",
    "print_audit",
    "print_exported",
    "print_listing",
    "print_outcome",
    "print_plan",
    "print_sections",
    "print_status",
    "print_summary",
]


def print_outcome(outcome: "RunOutcome", console: Console) -> None:
    """Print the summary of a finished run, its failures, and the folder of its tables and plots."""
    for sentence in outcome.verdict:
        say(sentence, console)
    print_summary(outcome.summary, console)
    for line in outcome.untimed:
        say(f"no step time: {line}", console)
    for line in outcome.halved:
        say(f"step time: {line}", console)
    counts = outcome.counts
    if counts.failed:
        say(f"{counts.failed:,} of {counts.total:,} trials failed: see {outcome.folder}/trials.csv", console)
    say(f"tables and plots: {outcome.folder}", console)


def print_summary(summary: "pd.DataFrame", console: Console) -> None:
    """Print one row per network: name, size, trials, accuracy and step time (median), in 80 columns where names allow.

    Loss, the quartiles of step time, and values that differ between architectures but not within one (such as dropout
    rates) are left out. The files have them.

    Args:
        summary: as ``Analysis`` has it.
        console: the terminal.
    """
    from bench.pages.document import Table
    from bench.pages.summary_page import summary_table
    from bench.study.families import network_labels, parting_columns

    cells = summary_table(summary)
    cells["network"] = list(network_labels(summary.assign(entry=range(len(summary)))).values())
    cells["trials"] = summary["n_done"].map("{:,}".format)
    cells["failed"] = summary["n_failed"].map("{:,}".format)
    cells["ms per step"] = cells["ms per step"].str.partition(" ")[0]
    parting = parting_columns(summary)
    columns = [
        "network",
        *(["input"] if "input_shape" not in parting and summary["input_shape"].nunique() > 1 else []),
        *("parameters", "trials"),
        *(["failed"] if summary["n_failed"].any() else []),
        *("val accuracy", "ms per step", "taken"),
    ]
    print_table(Table.of(cells[[name for name in columns if name in cells]], ("network",)), console)


def print_plan(study: "Study", forecast: "Forecast", n_workers: int, console: Console) -> None:
    """Print the plan of a run: its trials, their parameters and steps, and an estimate of the time."""
    from bench.pages.document import Column, Table
    from bench.pages.power import findable_lines

    columns = (
        Column("network", "left"),
        *(Column(name, "right") for name in ("parameters", "trials", "steps per trial")),
    )
    rows = tuple(
        (row.label, f"{row.n_params:,}", f"{row.n_trials:,}", f"{row.steps_per_trial:,}") for row in forecast.rows
    )
    print_table(Table(columns, rows), console)
    n_trials = sum(row.n_trials for row in forecast.rows)
    say(_heading(study), console)
    say(f"{n_trials:,} trials with {n_workers} at a time; nothing was written", console)
    for line in (_time_line(forecast), *findable_lines(forecast.findable)):
        say(line, console)


def print_audit(audit: "Audit", folder: Path, console: Console) -> None:
    """Print each finding with its severity, its meaning and what to do, and the folder with the lists of files."""
    from bench.pages.audit_page import finding_remark

    shares = ", ".join(f"{each.n_images:,} {each.name}" for each in audit.classes[:_MOST_CLASSES])
    more = f" and {len(audit.classes) - _MOST_CLASSES} more classes" if len(audit.classes) > _MOST_CLASSES else ""
    say(f"{audit.dataset}: {audit.n_images:,} images ({shares}{more}), {audit.n_groups:,} groups", console)
    for finding in audit.findings:
        print_block(finding_remark(finding), console)
    say(f"files, tables and plots: {folder}", console)


def print_exported(exported: "Exported", console: Console) -> None:
    """Print what was exported, the accuracy of its sets, and its folder."""
    measured = exported.calibration.measured
    seeds = ", ".join(map(str, exported.seeds))
    say(f"{exported.label}, trained on all images with seed{'s' * (len(exported.seeds) > 1)} {seeds}", console)
    say(
        f"sets at {exported.calibration.level:.0%}: on held-out folds, {measured.coverage:.1%} have the true class, "
        f"with {measured.mean_size:.2f} classes on average",
        console,
    )
    say(f"model and card: {exported.folder}", console)


def print_status(store: "Store", console: Console) -> None:
    """Print a study's sweep and data set, its trials by state, and the reasons of failures.

    Raises:
        StudyError: the store holds no study yet.
    """
    from bench.study.families import TIMES

    say(_heading(store.study()), console)
    say(_tally(store.counts()), console)
    for reason, n in store.failures().items():
        say(f"  {n} {TIMES} {reason}", console)


def print_architectures(architectures: "Iterable[Architecture]", console: Console) -> None:
    """Print one paragraph per architecture: the smallest input it accepts, its axes and defaults, its source."""
    for architecture in architectures:
        height, width = architecture.min_input
        say(f"{architecture.name} (input {height}x{width} or larger)", console)
        axes = ", ".join(f"{axis}={value}" for axis, value in architecture.axes.items())
        for line in (f"axes: {axes or 'none'}", f"from: {architecture.source}"):
            print_indented(line, console, 4)


def print_listing(descriptions: Mapping[str, str], console: Console) -> None:
    """Print names with their descriptions."""
    from bench.pages.document import Column, Table

    print_table(Table((Column("name", "left"), Column("what it is", "left")), tuple(descriptions.items())), console)


def _time_line(forecast: "Forecast") -> str:
    parts = f"{duration(forecast.timing_s)} of timing and {duration(forecast.other_s)} of start-up, tracing and report"
    if forecast.most_training_s == forecast.training_s:
        return f"about {duration(forecast.total_s)}: {duration(forecast.training_s)} of training, {parts}"
    totals = f"{duration(forecast.total_s)} if decided after the first stage, {duration(forecast.most_total_s)} if all"
    training = f"{duration(forecast.training_s)} to {duration(forecast.most_training_s)} of training"
    return f"about {totals} stages run: {training}, {parts}"


def _tally(counts: "Counts") -> str:
    return f"{counts.done:,} done, {counts.failed:,} failed, {counts.pending:,} pending, of {counts.total:,} trials"


def _heading(study: "Study") -> str:
    n_images = sum(study.class_counts)
    return f"{study.name}: sweep {study.sweep_name} on {study.dataset}, {n_images:,} images"
