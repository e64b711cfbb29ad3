"""Tables as LaTeX, for the package booktabs."""

from tabulate import tabulate

from bench.pages.document import Table

_TYPESET = {
    "±": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{EN DASH}": "--",
}


def latex(table: Table, comments: str) -> str:
    """A table below its comments. Each line of ``comments`` becomes a LaTeX comment."""
    text = tabulate(
        table.rows,
        [column.name for column in table.columns],
        tablefmt="latex_booktabs",
        disable_numparse=True,
        colalign=[column.alignment for column in table.columns] if table.rows else None,
    )
    for character, command in _TYPESET.items():
        text = text.replace(character, command)
    return "\n".join([*(f"% {line}" for line in comments.splitlines()), text]) + "\n"
