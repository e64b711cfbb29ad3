"""The command ``audit``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import EXIT_SEVERE_FINDINGS, app
from bench.cli.options import DataArgument

_EXAMPLES = """Examples:

  python -m bench audit path/to/images

  python -m bench audit path/to/images --strict

Rerun the same command to resume."""


@app.command(epilog=_EXAMPLES)
def audit(
    data: DataArgument,
    results: Annotated[Path, typer.Option(help="The folder in which audit-<dataset> is written.")] = api.RESULTS,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if a finding is severe.")] = False,
) -> None:
    """Search a data set for what invalidates accuracies: duplicates, leaks, metadata that reveals the class."""
    from rich.console import Console

    from bench.audit import Severity
    from bench.cli.printing import print_audit
    from bench.progress import Progress

    found, folder = api.audit_data(data, results=results, progress=Progress(sys.stderr))
    print_audit(found, folder, Console())
    if strict and found.of(Severity.SEVERE):
        raise typer.Exit(EXIT_SEVERE_FINDINGS)
