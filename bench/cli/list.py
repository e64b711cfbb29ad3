"""The command ``list``."""

import enum
from typing import Annotated

import typer

from bench.cli.app import app


class Listing(enum.StrEnum):
    """The kinds of names that ``list`` prints."""

    ARCHITECTURES = "architectures"
    SWEEPS = "sweeps"
    DATA = "data"
    CONTROLS = "controls"


@app.command("list", epilog="Example:\n\n  python -m bench list architectures")
def list_(what: Annotated[Listing, typer.Argument(help="What to list.")]) -> None:
    """List the names of architectures, sweeps, data sets or controls."""
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
