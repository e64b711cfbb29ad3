"""The command ``analyse``."""

from typing import Annotated

import typer

from bench import stored_study
from bench.cli.app import app
from bench.cli.options import Margin, StudyFolder


@app.command(epilog="Example:\n\n  python -m bench analyse results/paper-xray98 --claims paper")
def analyse(
    folder: StudyFolder,
    claims: Annotated[
        str | None,
        typer.Option(
            help="A TOML file of published claims, or the built-in 'paper'; by default only the sweep's own claims."
        ),
    ] = None,
    rope: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Accuracies that differ by no more count as equal.")
    ] = 0.01,
    margin: Margin = None,
    per_million: Annotated[
        float | None,
        typer.Option(min=0.0, help="Percentage points of accuracy that a million parameters must bring: what to take?"),
    ] = None,
    per_ms: Annotated[
        float | None,
        typer.Option(min=0.0, help="Percentage points of accuracy that a millisecond per step must bring."),
    ] = None,
) -> None:
    """Print a study's answer, then its intervals, tests and scaling laws. Writes nothing."""
    from rich.console import Console

    from bench.cli.printing import print_sections

    sections = stored_study.open_study(folder).statements(claims, rope, margin, per_million, per_ms)
    print_sections(sections, Console())
