"""The command ``site``."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app


@app.command(epilog="Example:\n\n  python -m bench site results --out _site")
def site(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A folder of studies, or of folders of studies.")],
    out: Annotated[Path, typer.Option(help="The folder of the site. An earlier site in it is replaced.")],
) -> None:
    """Build a static site over a folder of studies: an index, the page of each study, and comparisons."""
    from bench import api

    print(f"{api.build_site(results, out)} studies and audits in {out / 'index.html'}")
