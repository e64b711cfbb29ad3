"""The command ``show``."""

from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.options import Architecture, Classes, Input
from bench.cli.values import input_shape


@app.command(epilog="Example:\n\n  python -m bench show paper_small --input 70x70x3 --classes 2 --width 0.5")
def show(
    architecture: Architecture,
    input_: Input = "70x70x3",
    classes: Classes = 2,
    width: Annotated[float | None, typer.Option(help="Multiplier on channels and hidden units.")] = None,
) -> None:
    """Print the layer table of an architecture, with exact parameter counts, FLOPs and activation memory."""
    print(api.layer_table(architecture, input_shape(input_), classes, width))
