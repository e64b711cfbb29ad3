"""The command ``determinism``."""

from typing import Annotated

import typer

from bench import api
from bench.cli.app import EXIT_SOME_FAILED, app
from bench.cli.options import StudyFolder


@app.command(epilog="Example:\n\n  python -m bench determinism results/widths-digits")
def determinism(
    folder: StudyFolder,
    trial: Annotated[
        str | None, typer.Option(metavar="KEY", help="A trial_key of trials.csv; by default the cheapest trial.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Where the study's images are; needed unless its data set is built in.")
    ] = None,
) -> None:
    """Train one stored trial again and compare every bit of its predictions; exit with 1 if they differ."""
    rerun = api.rerun(folder, trial=trial, data=data)
    print(f"{rerun.trial.network.label}, seed {rerun.trial.seed}, fold {rerun.trial.fold} ({rerun.trial.key}):")
    print(
        f"{rerun.n_equal_images} of {rerun.n_images} held-out images have the stored probabilities to the last bit; "
        f"largest difference {rerun.largest_difference:.3g}; "
        f"val_accuracy {'equal' if rerun.same_accuracy else 'differs'}, "
        f"val_loss {'equal' if rerun.same_loss else 'differs'}"
    )
    if not rerun.is_identical:
        raise typer.Exit(EXIT_SOME_FAILED)
