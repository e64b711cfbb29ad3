"""The command ``size``."""

from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.options import Architecture, Classes, Input
from bench.cli.values import at_least, input_shape


@app.command(epilog="Example:\n\n  python -m bench size paper_small --params 3824486 --input 70x70x3")
def size(
    architecture: Architecture,
    params: Annotated[
        int, typer.Option(parser=at_least(1, most=10**18), metavar="N", help="The target parameter count.")
    ],
    input_: Input = "70x70x3",
    classes: Classes = 2,
) -> None:
    """Find the width whose parameter count is nearest a target."""
    print(api.nearest_width(architecture, params, input_shape(input_), classes))
