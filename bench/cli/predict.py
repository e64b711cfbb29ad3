"""The command ``predict``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import EXIT_SOME_FAILED, app

_EXAMPLES = """Examples:

  python -m bench predict digits-model scan.png

  python -m bench predict digits-model path/to/images --csv predictions.csv"""


@app.command(epilog=_EXAMPLES)
def predict(
    model: Annotated[Path, typer.Argument(help="A folder that export has written.")],
    files: Annotated[list[Path], typer.Argument(help="Image files, or folders of them.")],
    csv: Annotated[Path | None, typer.Option(help="Write a table with all probabilities instead of lines.")] = None,
) -> None:
    """Predict the classes of image files: calibrated probability, conformal set, flags; exit 1 if one is unusable."""
    from bench.predict.output import text_line
    from bench.predict.predictor import Unusable
    from bench.progress import Progress

    n_unusable = 0
    lines_are_seen = csv is None and sys.stdout.isatty()
    progress = None if lines_are_seen else Progress(sys.stderr)
    for predicted in api.predict_images(model, files, csv=csv, progress=progress):
        is_unusable = isinstance(predicted, Unusable)
        n_unusable += is_unusable
        if csv is None or is_unusable:
            print(text_line(predicted), file=sys.stderr if is_unusable else sys.stdout)
    if n_unusable:
        raise typer.Exit(EXIT_SOME_FAILED)
