"""The command ``compare``."""

from pathlib import Path
from typing import Annotated

import typer

from bench import stored_study
from bench.cli.app import EXIT_SOME_FAILED, app


@app.command(epilog="Example:\n\n  python -m bench compare results/before results/after --max-drop 0.01")
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A study's folder.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another study's folder.")],
    max_drop: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit with 1 if the mean accuracy of a network drops by more."),
    ] = None,
    max_slowdown: Annotated[
        float | None, typer.Option(min=0.0, help="Exit with 1 if a step in B takes more than this multiple of A's.")
    ] = None,
) -> None:
    """Compare two studies, such as of two machines, versions or protocols. Writes nothing."""
    from rich.console import Console

    from bench.analyse.two_studies import exceeded
    from bench.cli.printing import print_sections
    from bench.pages.document import Section, Statement, Table
    from bench.pages.two_studies import comparison_sentences, comparison_table, exceeded_sentence

    compared = stored_study.compare(a, b)
    over = exceeded(compared, max_drop, max_slowdown)
    sentences = [*comparison_sentences(compared), *map(exceeded_sentence, over)]
    table = Table.of(comparison_table(compared))
    print_sections([Section("Comparison", (*map(Statement, sentences), table))], Console())
    if over:
        raise typer.Exit(EXIT_SOME_FAILED)
