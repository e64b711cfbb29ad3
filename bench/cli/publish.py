"""The command ``publish``."""

from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.options import StudyFolder


@app.command(epilog="Example:\n\n  python -m bench publish results/widths-digits")
def publish(
    folder: StudyFolder,
    to: Annotated[Path, typer.Option(help="The folder of published studies.")] = api.PUBLISHED,
) -> None:
    """Publish a finished study: copy its store and its report. Refuses tables that differ from the store."""
    print(f"published: {api.publish(folder, to)}")
