"""The command ``import``."""

from pathlib import Path
from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.options import Margin, Results
from bench.cli.values import at_least

_COLUMN = "COLUMN"


@app.command(
    name="import",
    epilog="Example:\n\n  python -m bench import mine.csv --as mine --images 500 --n-params size --accuracy acc "
    "--seed seed --fold fold",
)
def import_(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="One row per trial.")],
    study: Annotated[str, typer.Option("--as", metavar="STUDY", help="The study's name.")],
    images: Annotated[
        int,
        typer.Option(parser=at_least(2), metavar="N", help="Images of the data set; without folds, of the test set."),
    ],
    n_params: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of parameter counts.")] = "n_params",
    accuracy: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of held-out accuracies.")] = "val_accuracy",
    family: Annotated[
        str, typer.Option(metavar=_COLUMN, help="The column of families: networks that differ in size only.")
    ] = "",
    seed: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of repetitions.")] = "",
    fold: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of held-out folds.")] = "",
    loss: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of held-out losses, in nats.")] = "",
    train_accuracy: Annotated[
        str, typer.Option(metavar=_COLUMN, help="The column of accuracies on the training images.")
    ] = "",
    step_ms: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of milliseconds per training step.")] = "",
    train_s: Annotated[str, typer.Option(metavar=_COLUMN, help="The column of seconds per training.")] = "",
    results: Results = api.RESULTS,
    margin: Margin = None,
) -> None:
    """Analyse a table of results that other software produced: the same answer, tables and plots."""
    from rich.console import Console

    from bench.cli.printing import print_sections, print_summary
    from bench.pages.answer import answer_section
    from bench.study.imported_table import TableColumns

    columns = TableColumns(
        n_params=n_params,
        accuracy=accuracy,
        family=family,
        seed=seed,
        fold=fold,
        loss=loss,
        train_accuracy=train_accuracy,
        step_ms=step_ms,
        train_s=train_s,
    )
    folder, analysis = api.import_table(
        table, study=study, n_images=images, columns=columns, results=results, margin=margin
    )
    console = Console()
    print_sections([answer_section(analysis.answer, analysis.study)], console)
    print_summary(analysis.summary, console)
    print(f"tables and plots: {folder}")
