"""The options and arguments that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.values import at_least

_DATA_FORMS = "A built-in data set's name, a folder CLASS/FILE, a folder with manifest.csv, or an .npz file"

Sweep = Annotated[str, typer.Option(help="A built-in sweep's name, or a TOML file.")]
Data = Annotated[str | None, typer.Option(help=f"{_DATA_FORMS}; by default the sweep's own data set.")]
DataArgument = Annotated[str, typer.Argument(metavar="DATA", help=f"{_DATA_FORMS}.")]
Results = Annotated[Path, typer.Option(help="The folder of studies.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the sweep; may be repeated."),
]
StudyFolder = Annotated[Path, typer.Argument(help="A study's folder.")]
Margin = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="The smallest gain in accuracy that counts, by default the study's own or 0.02: 2 percentage points.",
    ),
]
Architecture = Annotated[str, typer.Argument(help="A registered architecture.")]
Input = Annotated[str, typer.Option("--input", metavar="HxWxC", help="Input shape.")]
Classes = Annotated[int, typer.Option(parser=at_least(2), metavar="N", help="Number of classes.")]
