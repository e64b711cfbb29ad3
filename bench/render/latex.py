"""Tables as LaTeX, for the package booktabs."""

from tabulate import SEPARATING_LINE, tabulate

from bench.pages.document import Table

_TYPESET = {
    "±": r"$\pm$",
    "\N{DAGGER}": r"\dag{}",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{EN DASH}": "--",
}


def latex(table: Table, comments: str, below: Table | None = None) -> str:
    """A table below its comments.

    Args:
        table: the columns, and the rows.
        comments: each line becomes a LaTeX comment.
        below: more rows of the same columns, under a rule.
    """
    text = tabulate(
        [*table.rows, *((SEPARATING_LINE, *below.rows) if below is not None and below.rows else ())],
        [column.name for column in table.columns],
        tablefmt="latex_booktabs",
        disable_numparse=True,
        colalign=[column.alignment for column in table.columns] if table.rows else None,
    )
    for character, command in _TYPESET.items():
        text = text.replace(character, command)
    return "\n".join([*(f"% {line}" for line in comments.splitlines()), text]) + "\n"
