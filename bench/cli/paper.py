"""The command ``paper``."""

from pathlib import Path
from typing import Annotated

import typer

from bench import stored_study
from bench.cli.app import app
from bench.cli.options import Margin, StudyFolder


@app.command(epilog="Example:\n\n  python -m bench paper results/widths-digits --out paper")
def paper(
    folder: StudyFolder,
    out: Annotated[Path, typer.Option(help="The folder to write; created if missing.")],
    data_bib: Annotated[
        Path | None,
        typer.Option(metavar="FILE.bib", help="The data set's own BibTeX entries; by default those of built-in sets."),
    ] = None,
    margin: Margin = None,
) -> None:
    """Write what a paper needs of a study: a figure, a LaTeX table, texts and references."""
    written = stored_study.open_study(folder).write_paper(out, margin, data_bib)
    print(f"{len(written)} files written in {out}")
