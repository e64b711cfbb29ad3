"""The command ``replay``."""

from typing import Annotated, Literal

import typer

from bench import stored_study
from bench.cli.app import app
from bench.cli.options import Margin, StudyFolder


@app.command(epilog="Example:\n\n  python -m bench replay results/widths-digits --stages 3")
def replay(
    folder: StudyFolder,
    stages: Annotated[
        int | None, typer.Option(min=1, max=5, help="The most stages; by default those of the study's design, or 3.")
    ] = None,
    until: Annotated[
        Literal["slope", "choice"] | None,
        typer.Option(help="What is to be decided; by default as in the study's design, or slope."),
    ] = None,
    margin: Margin = None,
) -> None:
    """Replay a design on a stored study: what each look would have found and cost. Trains and writes nothing."""
    from rich.console import Console

    from bench.cli.printing import print_sections

    print_sections(stored_study.open_study(folder).replay(stages, until, margin), Console())
