"""The command ``export``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.options import StudyFolder
from bench.cli.values import at_least

_EXAMPLES = """Examples:

  python -m bench export results/widths-digits --out digits-model

  python -m bench export results/widths-digits --network "paper_small x0.5" --seeds 3 --out digits-model

Rerun the same command to resume."""


@app.command(epilog=_EXAMPLES)
def export(
    folder: StudyFolder,
    out: Annotated[Path, typer.Option(metavar="MODEL", help="The folder of the exported model.")],
    network: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A network's name in the study; by default the one that the study takes."),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(parser=at_least(1), metavar="K", help="Trainings; the probabilities of two or more are averaged."),
    ] = 1,
    data: Annotated[
        str | None, typer.Option(help="Where the study's images are; needed unless its data set is built in.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            parser=at_least(1), metavar="N", help="Number of training processes; by default one per usable core."
        ),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Export although the study cannot answer, or a control is more accurate.")
    ] = False,
) -> None:
    """Train the chosen network on all images, and write it for use: Keras, ONNX, LiteRT, calibration, model card."""
    from rich.console import Console

    from bench.cli.printing import print_exported
    from bench.progress import Progress

    exported = api.export(
        folder,
        out,
        network=network,
        seeds=seeds,
        data=data,
        workers=workers,
        anyway=anyway,
        progress=Progress(sys.stderr),
    )
    print_exported(exported, Console())
