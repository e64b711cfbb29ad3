"""The command ``time``."""

import sys
from typing import Annotated

import typer

from bench import api
from bench.cli.app import EXIT_SOME_FAILED, app
from bench.cli.options import Data, Overrides, Results, Sweep
from bench.cli.values import at_least, whole_numbers

_EXAMPLES = """Examples:

  python -m bench time --sweep paper

  python -m bench time --sweep widths --parts step,forward,forward_backward --threads 1,2

  python -m bench time --sweep paper --data path/to/images --set protocol.precision=mixed_bfloat16

Run nothing else meanwhile: each measurement records how noisy the machine was."""


@app.command(epilog=_EXAMPLES)
def time(
    sweep: Sweep,
    data: Data = None,
    study: Annotated[str | None, typer.Option(help="The study's name; by default timing-<sweep>.")] = None,
    results: Results = api.RESULTS,
    parts: Annotated[
        str | None, typer.Option(metavar="A,B", help="The parts to time, such as step,keras,disk; by default all.")
    ] = None,
    threads: Annotated[
        str | None, typer.Option(metavar="N,M", help="Thread counts to time with; by default all usable cores.")
    ] = None,
    cpus: Annotated[
        str | None, typer.Option(metavar="I,J", help="Cores to bind to; by default the usable ones.")
    ] = None,
    rounds: Annotated[int, typer.Option(parser=at_least(1), metavar="N", help="Rounds over all networks.")] = 5,
    samples: Annotated[int, typer.Option(parser=at_least(1), metavar="N", help="Samples per part and round.")] = 12,
    overrides: Overrides = None,
) -> None:
    """Time a training step of every network of a sweep, and its parts; train nothing.

    Each measurement runs alone in a fresh process. Networks alternate over the rounds, and all samples are stored.
    The parts keras and disk read the data set.
    """
    from bench.progress import Progress

    folder, remarks = api.time(
        sweep,
        data=data,
        study=study,
        results=results,
        parts=parts,
        threads=None if threads is None else whole_numbers(threads, "--threads"),
        cpus=None if cpus is None else whole_numbers(cpus, "--cpus"),
        rounds=rounds,
        samples=samples,
        overrides=tuple(overrides or ()),
        progress=Progress(sys.stderr),
    )
    for remark in (*remarks.halved, *remarks.failed):
        print(remark)
    print(f"tables and plots: {folder}")
    if remarks.failed:
        raise typer.Exit(EXIT_SOME_FAILED)
