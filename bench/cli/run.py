"""The command ``run``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import EXIT_SOME_FAILED, app
from bench.cli.options import Data, Margin, Overrides, Results, Sweep
from bench.cli.values import at_least, one_of
from bench.execute import EXECUTORS

_EXAMPLES = """Examples:

  python -m bench run --sweep widths

  python -m bench run --sweep widths --data path/to/images --workers 4

  python -m bench run --sweep my-sweep.toml --until-decided --budget 20m

  python -m bench run --sweep my-sweep.toml --set protocol.epochs=5 --dry-run

Rerun the same command to resume."""


@app.command(epilog=_EXAMPLES)
def run(
    sweep: Sweep,
    data: Data = None,
    study: Annotated[str | None, typer.Option(help="The study's name; by default <sweep>-<dataset>.")] = None,
    results: Results = api.RESULTS,
    workers: Annotated[
        int | None,
        typer.Option(
            parser=at_least(1),
            metavar="N",
            help="Number of training processes; by default one per usable core, or the cluster's.",
        ),
    ] = None,
    overrides: Overrides = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out unusable files, up to 5 % of all, and list them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; train and write nothing.")] = False,
    executor: Annotated[
        str,
        typer.Option(
            parser=one_of(EXECUTORS.names()),
            metavar=f"[{'|'.join(EXECUTORS.names())}]",
            help="Where trials run: worker processes, a Dask cluster, or this process.",
        ),
    ] = "pool",
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A running Dask scheduler, such as tcp://login1:8786.")
    ] = None,
    cluster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML or YAML file that describes a Dask cluster to start.")
    ] = None,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Train in stages until decided, by the sweep's [design] or the default."),
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Start no stage that would exceed it, such as 20m; implies --until-decided."),
    ] = None,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Train the plain grid of the sweep's seeds, without stages.")
    ] = False,
    margin: Margin = None,
) -> None:
    """Train every trial of a sweep that is not stored yet, time the networks, and write tables and plots."""
    from rich.console import Console

    from bench.cli.printing import print_outcome, print_plan
    from bench.progress import Progress

    arguments: api.RunArguments = {
        "data": data,
        "study": study,
        "results": results,
        "workers": workers,
        "overrides": tuple(overrides or ()),
        "skip_bad": skip_bad,
        "executor": executor,
        "scheduler": scheduler,
        "cluster": cluster,
        "progress": Progress(sys.stderr),
        "until_decided": until_decided,
        "budget": budget,
        "fixed": fixed,
        "margin": margin,
    }
    if dry_run:
        planned, forecast, n_workers = api.forecast(sweep, **arguments)
        print_plan(planned, forecast, n_workers, Console())
        return
    outcome = api.run(sweep, **arguments)
    print_outcome(outcome, Console())
    if outcome.counts.failed or outcome.untimed:
        raise typer.Exit(EXIT_SOME_FAILED)
