"""What the command line prints: to a rich console, and narrow enough for a terminal of 80 columns."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from tabulate import tabulate

if TYPE_CHECKING:
    import pandas as pd

    from architectures import Architecture
    from bench.audit import Audit
    from bench.pages.statements import Section
    from bench.pipeline import RunOutcome
    from bench.planning import Forecast
    from bench.records import Study
    from bench.store import Counts, Store

_MOST_CLASSES = 12


def print_outcome(outcome: "RunOutcome", console: Console) -> None:
    """Print the summary of a run that has ended, what failed in it, and where its tables and plots are."""
    print_summary(outcome.summary, console)
    for sentence in outcome.verdict:
        _say(sentence, console)
    for line in outcome.untimed:
        _say(f"no step time: {line}", console)
    for line in outcome.halved:
        _say(f"step time: {line}", console)
    counts = outcome.counts
    if counts.failed:
        _say(f"{counts.failed:,} of {counts.total:,} trials failed: see {outcome.folder}/trials.csv", console)
    _say(f"tables and plots: {outcome.folder}", console)


def print_summary(summary: "pd.DataFrame", console: Console) -> None:
    """Print a row a network: what it is, its size, its trials, accuracy, loss (mean) and step time (median).

    What sets architectures apart but not the networks of one (such as each one's own dropout rates) is left out, and
    so are the spread of loss and step time: the files have them.

    Args:
        summary: as ``analyse.summarise`` gives it.
        console: where to.
    """
    from bench.pages.tables import printed_summary
    from bench.study.families import network_labels, parting_columns

    cells = printed_summary(summary)
    cells["network"] = list(network_labels(summary.assign(entry=range(len(summary)))).values())
    cells["trials"] = summary["n_done"].map("{:,}".format)
    cells["failed"] = summary["n_failed"].map("{:,}".format)
    for name in ("val loss", "ms a step"):
        cells[name] = cells[name].str.partition(" ")[0]
    parting = parting_columns(summary)
    columns = [
        *(["network"] if parting else ["architecture", "width"]),
        *(["input"] if "input_shape" not in parting and summary["input_shape"].nunique() > 1 else []),
        *("parameters", "trials"),
        *(["failed"] if summary["n_failed"].any() else []),
        *("val accuracy", "val loss", "ms a step"),
    ]
    _print_table({name: cells[name].tolist() for name in columns if name in cells}, console)


def print_plan(study: "Study", forecast: "Forecast", n_workers: int, console: Console) -> None:
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


def print_audit(audit: "Audit", folder: Path, console: Console) -> None:
    """Print each finding with its severity, what it means and what to do, and where the files are listed."""
    shares = ", ".join(f"{each.n_images:,} {each.name}" for each in audit.classes[:_MOST_CLASSES])
    more = f" and {len(audit.classes) - _MOST_CLASSES} more classes" if len(audit.classes) > _MOST_CLASSES else ""
    _say(f"{audit.dataset}: {audit.n_images:,} images ({shares}{more}), {audit.n_groups:,} groups", console)
    for finding in audit.findings:
        _say(f"{finding.severity.value}: {finding.what}", console)
        for line in (finding.means, f"What to do: {finding.to_do}"):
            console.print(Padding(Text(line), (0, 0, 0, 4)))
    _say(f"files, tables and plots: {folder}", console)


def print_status(store: "Store", console: Console) -> None:
    """Print what a study is of, how many trials are in which state, and why those that failed did.

    Raises:
        StudyError: the store holds no study yet.
    """
    from bench.study.families import TIMES

    _say(_heading(store.study()), console)
    _say(_tally(store.counts()), console)
    trials = store.trials()
    reasons = trials.loc[trials["state"] == "FAILED", "failure"] + ": " + trials["error"]
    for reason, n in reasons.value_counts().items():
        _say(f"  {n} {TIMES} {reason}", console)


def print_sections(sections: "Iterable[Section]", console: Console) -> None:
    """Print what an analysis says: headings, sentences folded to the terminal's width, tables a line a row."""
    for section in sections:
        console.print(Text(f"\n{section.title}", style="bold"))
        for sentence in section.sentences:
            console.print(Padding(Text(sentence), (0, 0, 0, 2)))
        for table in section.tables:
            text = tabulate(table.to_numpy().tolist(), list(table.columns), disable_numparse=True)
            _say(textwrap.indent(f"\n{text}", "  "), console)


def print_architectures(architectures: "Iterable[Architecture]", console: Console) -> None:
    """Print a paragraph an architecture: the smallest input it accepts, its axes and defaults, where it is from."""
    for architecture in architectures:
        height, width = architecture.min_input
        _say(f"{architecture.name} (input {height}x{width} or larger)", console)
        axes = ", ".join(f"{axis}={value}" for axis, value in architecture.axes.items())
        for line in (f"axes: {axes or 'none'}", f"from: {architecture.source}"):
            console.print(Padding(Text(line), (0, 0, 0, 4)))


def print_listing(descriptions: Mapping[str, str], console: Console) -> None:
    """Print names with what they stand for."""
    _print_table({"name": list(descriptions), "what it is": list(descriptions.values())}, console, n_text_columns=2)


def _tally(counts: "Counts") -> str:
    return f"{counts.done:,} done, {counts.failed:,} failed, {counts.pending:,} pending, of {counts.total:,} trials"


def _heading(study: "Study") -> str:
    n_images = sum(study.class_counts)
    return f"{study.name}: sweep {study.sweep_name} on {study.dataset}, {n_images:,} images"


def _say(line: str, console: Console) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _print_table(columns: Mapping[str, Sequence[str]], console: Console, n_text_columns: int = 1) -> None:
    """A table whose text may be folded where it does not fit, but never a number."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, (name, cells) in enumerate(columns.items()):
        if place < n_text_columns:
            table.add_column(name, overflow="fold")
        else:
            longest = max(map(len, (*name.split(), *cells)))
            table.add_column(textwrap.fill(name, longest), justify="right", no_wrap=True, min_width=longest)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, row))
    console.print(table)
