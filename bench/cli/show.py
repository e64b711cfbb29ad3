"""The commands that show what can be named: ``list``, ``show``, ``size``."""

import enum
from typing import Annotated

import typer

from bench.cli.app import app
from bench.cli.values import at_least, input_shape


class Listing(enum.StrEnum):
    """What ``list`` can list."""

    ARCHITECTURES = "architectures"
    SWEEPS = "sweeps"
    DATA = "data"
    CONTROLS = "controls"


@app.command("list", epilog="Example:\n\n  python -m bench list architectures")
def list_(what: Annotated[Listing, typer.Argument(help="What to list.")]) -> None:
    """List what can be named: architectures, sweeps, data sets or controls."""
    from rich.console import Console

    from bench.cli.printing import print_architectures, print_listing

    console = Console()
    if what is Listing.ARCHITECTURES:
        import architectures

        print_architectures(architectures.select(["*"]), console)
    elif what is Listing.SWEEPS:
        from bench.sweeps import built_in

        print_listing(built_in(), console)
    elif what is Listing.DATA:
        from bench.data import BUILT_IN

        print_listing(BUILT_IN, console)
    else:
        from bench import controls

        sees = {control.name: f"{control.sight}: {control.summary}" for control in controls.select(["*"])}
        print_listing(sees, console)


@app.command(epilog="Example:\n\n  python -m bench show paper_small --input 70x70x3 --classes 2 --width 0.5")
def show(
    architecture: Annotated[str, typer.Argument(help="A registered architecture.")],
    input_: Annotated[str, typer.Option("--input", metavar="HxWxC", help="Input shape.")] = "70x70x3",
    classes: Annotated[int, typer.Option(parser=at_least(2), metavar="N", help="Number of classes.")] = 2,
    width: Annotated[float | None, typer.Option(help="Multiplier on channels and units.")] = None,
) -> None:
    """Print the layer table of an architecture, with exact parameter counts, FLOPs and activation memory."""
    from bench.train.tensorflow_backend.describe_network import layer_table_text

    shape = input_shape(input_)
    _prepare_network(architecture, shape)
    print(layer_table_text(architecture, shape, classes, width))


@app.command(epilog="Example:\n\n  python -m bench size paper_small --params 3824486 --input 70x70x3")
def size(
    architecture: Annotated[str, typer.Argument(help="A registered architecture with a width.")],
    params: Annotated[
        int, typer.Option(parser=at_least(1), metavar="N", help="The parameter count to come nearest to.")
    ],
    input_: Annotated[str, typer.Option("--input", metavar="HxWxC", help="Input shape.")] = "70x70x3",
    classes: Annotated[int, typer.Option(parser=at_least(2), metavar="N", help="Number of classes.")] = 2,
) -> None:
    """Find the width whose parameter count is nearest a target."""
    from bench.train.tensorflow_backend.describe_network import sizing_text

    shape = input_shape(input_)
    _prepare_network(architecture, shape)
    print(sizing_text(architecture, params, shape, classes))


def _prepare_network(architecture: str, input_shape: tuple[int, int, int]) -> None:
    """Load TensorFlow, which takes seconds, for an architecture that exists and an input that it accepts."""
    import architectures
    from bench.train.tensorflow_backend.runtime import configure

    architectures.get(architecture).check_input(input_shape)
    configure(1)
