"""Tables and sections in a terminal, by rich. They fit 80 columns if the numbers allow it."""

import textwrap
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from bench.pages.charts.chart import Chart
from bench.pages.document import Block, Code, Note, Picture, Remark, Section, Statement, Table
from bench.printable import printable

_INDENT = 2
_BETWEEN = 2
_LEAST_FOLDED = 5
"""The least width of a folded column that is readable, in characters."""
_UNBOUNDED = 10_000


def say(line: str, console: Console) -> None:
    """Print a line without folding it."""
    console.print(printable(line), highlight=False, markup=False, soft_wrap=True)


def print_sections(sections: Iterable[Section], console: Console) -> None:
    """Print headings, sentences folded to the terminal's width, and tables. Charts and pictures are left out."""
    for section in sections:
        if section.title:
            console.print(Text(f"\n{printable(section.title)}", style="bold"))
        for block in section.blocks:
            print_block(block, console)


def print_block(block: Block, console: Console) -> None:
    """Print one block."""
    match block:
        case Statement(text):
            print_indented(text, console, _INDENT)
        case Note(text, lead):
            print_indented(f"{lead}{text}", console, _INDENT)
        case Remark(lead, text, details):
            say(lead, console)
            for line in (text, *(f"{label}: {detail}" for label, detail in details)):
                print_indented(line, console, 2 * _INDENT)
        case Table():
            console.print()
            print_table(block, console, _INDENT)
        case Code(text):
            for line in text.splitlines():
                say(f"{' ' * _INDENT}{line}", console)
        case Chart() | Picture():
            pass


def print_indented(text: str, console: Console, indent: int) -> None:
    """Print a text folded to the terminal's width."""
    console.print(Padding(Text(printable(text)), (0, 0, 0, indent)))


def print_table(table: Table, console: Console, indent: int = 0) -> None:
    """Print a table. Columns aligned left are folded if they do not fit; numbers never are.

    If the numbers alone are wider than the terminal, nothing is folded, and lines are longer than the terminal.
    """
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    least = indent + _BETWEEN * (len(table.columns) - 1)
    for place, column in enumerate(table.columns):
        if column.alignment == "left":
            drawn.add_column(column.name, overflow="fold")
            least += _LEAST_FOLDED
        else:
            longest = max(map(len, (*column.name.split(), *(row[place] for row in table.rows))))
            drawn.add_column(textwrap.fill(column.name, longest), justify="right", no_wrap=True, min_width=longest)
            least += longest
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    padded = Padding(drawn, (0, 0, 0, indent))
    width = console.width
    if least > width:  # rich prints no line wider than its console
        console.width = Measurement.get(console, console.options.update(width=_UNBOUNDED), padded).maximum
    try:
        console.print(padded, crop=False)
    finally:
        console.width = width
