"""The command ``report``."""

from pathlib import Path
from typing import Annotated

import typer

from bench import stored_study
from bench.cli.app import app
from bench.cli.options import Margin, StudyFolder

_EXAMPLES = """Examples:

  python -m bench report results/widths-digits

  python -m pytest benchmarks -k training_step --benchmark-json times.json

  python -m bench report results/widths-digits --timings times.json"""


@app.command(epilog=_EXAMPLES)
def report(
    folder: StudyFolder,
    timings: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="A file of pytest-benchmark; timings.md shows its times."),
    ] = None,
    margin: Margin = None,
    with_samples: Annotated[
        bool,
        typer.Option(
            "--with-samples", help="Show small sample pictures in report.html; check that you may share them."
        ),
    ] = False,
) -> None:
    """Rebuild every table and plot of a study from its store."""
    written = stored_study.open_study(folder).write_report(timings, margin, with_samples=with_samples)
    print(f"{len(written)} files written in {folder}")
