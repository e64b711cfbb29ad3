"""The command ``status``."""

from bench.cli.app import app
from bench.cli.options import StudyFolder


@app.command(epilog="Example:\n\n  python -m bench status results/widths-digits")
def status(folder: StudyFolder) -> None:
    """Report a study's progress: how many of its trials are done, failed and pending."""
    from rich.console import Console

    from bench.cli.printing import print_status
    from bench.store import Store

    with Store.open_existing(folder) as store:
        print_status(store, Console())
