"""The commands that read images and take their time: ``run``, ``audit``, ``time``."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import EXIT_SEVERE_FINDINGS, EXIT_SOME_FAILED, app
from bench.cli.values import at_least, one_of, whole_numbers
from bench.execute import EXECUTORS

_RUN_EXAMPLES = """Examples:

  python -m bench run --sweep widths

  python -m bench run --sweep widths --data path/to/images --workers 4

  python -m bench run --sweep my-sweep.toml --set protocol.epochs=5 --dry-run

The same command again goes on where it stopped."""


@app.command(epilog=_RUN_EXAMPLES)
def run(
    sweep: Annotated[str, typer.Option(help="A built-in sweep's name, or a TOML file.")],
    data: Annotated[
        str | None,
        typer.Option(
            help="A built-in data set's name, a folder CLASS/FILE, a folder with manifest.csv, or an .npz file; "
            "the sweep's own where not given."
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(help="The study's name; <sweep>-<dataset> where not given.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of studies.")] = Path("results"),
    workers: Annotated[
        int | None,
        typer.Option(
            parser=at_least(1),
            metavar="N",
            help="Processes that train side by side; one a usable core where not given.",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the sweep; may be repeated."),
    ] = None,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Leave out files that cannot be used, up to 5 % of all, and list them."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; train and write nothing.")] = False,
    executor: Annotated[
        str,
        typer.Option(
            parser=one_of(EXECUTORS.names()),
            metavar=f"[{'|'.join(EXECUTORS.names())}]",
            help="Where trials run: worker processes, or this one.",
        ),
    ] = "pool",
) -> None:
    """Train every trial of a sweep that its study lacks, time the networks, publish tables and plots."""
    from rich.console import Console

    from bench import pipeline
    from bench.cli.printing import print_outcome, print_plan
    from bench.data import default_cache_dir
    from bench.environment import usable_cores
    from bench.planning import forecast, plan
    from bench.progress import Progress
    from bench.sweeps import load_sweep
    from bench.training_pass import training_executor

    make_executor = partial(training_executor, executor, usable_cores() if workers is None else workers)
    loaded = load_sweep(sweep, tuple(overrides or ()), data)
    progress = Progress(sys.stderr)
    console = Console()
    cache_dir = default_cache_dir(os.environ)
    if dry_run:
        with make_executor() as executing:
            decided = plan(loaded, study, results, executing, cache_dir, progress, skip_bad=skip_bad)
            print_plan(decided.study, forecast(decided, executing), executing.n_workers, console)
        return
    outcome = pipeline.run_sweep(loaded, study, results, make_executor, cache_dir, progress, skip_bad=skip_bad)
    print_outcome(outcome, console)
    if outcome.counts.failed or outcome.untimed:
        raise typer.Exit(EXIT_SOME_FAILED)


_AUDIT_EXAMPLES = """Examples:

  python -m bench audit path/to/images

  python -m bench audit path/to/images --strict

Stopped, the same command goes on where it was."""


@app.command(epilog=_AUDIT_EXAMPLES)
def audit(
    data: Annotated[
        str,
        typer.Argument(
            help="A built-in data set's name, a folder CLASS/FILE, a folder with manifest.csv, or an .npz file."
        ),
    ],
    results: Annotated[Path, typer.Option(help="Where the folder audit-<dataset> goes.")] = Path("results"),
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 where a finding is severe.")] = False,
) -> None:
    """Look for what makes accuracies on a data set meaningless: duplicates, leaks, sources that give classes away."""
    from rich.console import Console

    from bench.audit import Severity
    from bench.audit.build_audit import examine
    from bench.audit.inspection import inspect
    from bench.audit.sample_sheets import write_sheets
    from bench.cli.printing import print_audit
    from bench.data import default_cache_dir, open_dataset
    from bench.progress import Progress
    from bench.report import write_audit

    opened = open_dataset(data, skip_bad=True)
    inspection = inspect(opened, default_cache_dir(os.environ), Progress(sys.stderr), most_left_out=1.0)
    found = examine(inspection)
    folder = results / f"audit-{found.dataset}"
    write_audit(found, folder)
    write_sheets(inspection.dataset, folder)
    print_audit(found, folder, Console())
    if strict and found.of(Severity.SEVERE):
        raise typer.Exit(EXIT_SEVERE_FINDINGS)


_TIME_EXAMPLES = """Examples:

  python -m bench time --sweep paper

  python -m bench time --sweep widths --parts step,forward,forward_backward --threads 1,2

  python -m bench time --sweep paper --data path/to/images --set protocol.precision=mixed_bfloat16

Keep other programs away meanwhile: each measurement says how noisy the machine was."""


@app.command(epilog=_TIME_EXAMPLES)
def time(
    sweep: Annotated[str, typer.Option(help="A built-in sweep's name, or a TOML file.")],
    data: Annotated[
        str | None,
        typer.Option(
            help="A data set, as run takes it; read by the parts keras and disk. The sweep's own if left out."
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(help="The study's name; timing-<sweep> where not given.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of studies.")] = Path("results"),
    parts: Annotated[
        str | None, typer.Option(metavar="A,B", help="What is timed, such as step,keras,disk; everything if left out.")
    ] = None,
    threads: Annotated[
        str | None, typer.Option(metavar="N,M", help="Thread counts to time with; all usable cores if left out.")
    ] = None,
    cpus: Annotated[
        str | None, typer.Option(metavar="I,J", help="Cores to bind to; the usable ones if left out.")
    ] = None,
    rounds: Annotated[int, typer.Option(parser=at_least(1), metavar="N", help="Rounds over all networks.")] = 5,
    samples: Annotated[
        int, typer.Option(parser=at_least(1), metavar="N", help="Samples of each part in each round.")
    ] = 12,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the sweep; may be repeated."),
    ] = None,
) -> None:
    """Time a step of every network of a sweep, and what it is made of; nothing is trained.

    Each measurement runs in a fresh process with nothing of ours beside it, networks take turns over the rounds, and
    all samples are stored.
    """
    from bench import pipeline
    from bench.data import default_cache_dir
    from bench.environment import usable_cpus
    from bench.progress import Progress
    from bench.sweeps import load_sweep
    from bench.timing import check_cpus, named_parts
    from bench.timing_pass import TimingSchedule, in_fresh_process
    from bench.training_pass import training_executor

    usable = usable_cpus()
    asked_cpus = None if cpus is None else whole_numbers(cpus, "--cpus")
    n_cores = len(usable if asked_cpus is None else asked_cpus)
    counts = (n_cores,) if threads is None else whole_numbers(threads, "--threads")
    schedule = TimingSchedule(
        parts=named_parts(parts),
        threads=counts,
        cpus=check_cpus(counts, asked_cpus, usable),
        n_rounds=rounds,
        n_samples=samples,
        with_costs=True,
    )
    loaded = load_sweep(sweep, tuple(overrides or ()), data)
    with training_executor("pool", len(usable)) as executor:
        folder, remarks = pipeline.time_sweep(
            *(loaded, study, results, schedule, executor),
            *(default_cache_dir(os.environ), Progress(sys.stderr), in_fresh_process),
        )
    for remark in (*remarks.halved, *remarks.failed):
        print(remark)
    print(f"tables and plots: {folder}")
    if remarks.failed:
        raise typer.Exit(EXIT_SOME_FAILED)
