"""The command ``open``."""

import webbrowser

from bench import stored_study
from bench.cli.app import app
from bench.cli.options import StudyFolder


@app.command(name="open", epilog="Example:\n\n  python -m bench open results/widths-digits")
def open_(folder: StudyFolder) -> None:
    """Open a study's page in the browser; where there is no browser, print its path."""
    page = stored_study.page_of(folder)
    if not webbrowser.open(page.as_uri()):
        print(f"there is no browser; the page is {page}")
