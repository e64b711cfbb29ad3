"""The command ``ensemble``."""

import typer

from bench import stored_study
from bench.cli.app import EXIT_SOME_FAILED, app
from bench.cli.options import StudyFolder


@app.command(epilog="Example:\n\n  python -m bench ensemble results/widths-digits")
def ensemble(folder: StudyFolder) -> None:
    """Compare ensembles of small networks with one larger network of equal cost; exit 1 if there is none."""
    from rich.console import Console

    from bench.analyse.estimates.insufficient import NotComputed
    from bench.cli.printing import print_sections
    from bench.pages.ensembles_page import ensemble_sections

    found = stored_study.open_study(folder).ensembles()
    print_sections(ensemble_sections(found), Console())
    if isinstance(found, NotComputed):
        raise typer.Exit(EXIT_SOME_FAILED)
