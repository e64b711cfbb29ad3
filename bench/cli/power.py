"""The command ``power``."""

from typing import Annotated

import typer

from bench import api
from bench.cli.app import app
from bench.cli.values import at_least

LEAST = 1e-6
"""Of differences in accuracy and their standard deviation: no number of images that exists shows less."""


@app.command(epilog="Example:\n\n  python -m bench power --n 98 --folds 5 --seeds 3 --difference 0.02")
def power(
    n: Annotated[int, typer.Option(parser=at_least(2), metavar="N", help="Number of images.")],
    folds: Annotated[int, typer.Option(parser=at_least(2), metavar="K", help="Number of folds.")],
    seeds: Annotated[
        int, typer.Option(parser=at_least(1), metavar="R", help="Number of seeds: repetitions of all folds.")
    ],
    sd: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of paired differences in accuracy between trials; by default that of sampling the "
            "images if two networks disagree on 10 % of them."
        ),
    ] = None,
    difference: Annotated[
        float | None,
        typer.Option(help="A difference in accuracy; prints how many seeds, or images, are needed to detect it."),
    ] = None,
) -> None:
    """Print the difference in accuracy that a design detects with 80 % power, and what a given difference needs."""
    for what, value in (("sd", sd), ("difference", difference)):
        if value is not None and not LEAST <= value <= 1:
            raise typer.BadParameter(
                f"must be at least {LEAST:g} and at most 1; received {value:g}", param_hint=f"'--{what}'"
            )
    if folds > n:
        raise typer.BadParameter(f"must be at most the number of images, {n}; received {folds}", param_hint="'--folds'")
    print("\n".join(api.power(n, folds, seeds, sd=sd, difference=difference)))
