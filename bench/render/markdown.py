"""Pages as Markdown."""

from itertools import groupby

from tabulate import tabulate

from bench.pages.charts.chart import Chart
from bench.pages.document import Block, Note, Page, Remark, Section, Statement, Table


def markdown(page: Page) -> str:
    """A page as a file's text. Charts are left out: they are files of their own."""
    parts = [f"# {page.title}", *(part for section in page.sections for part in _section(section))]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    parts = [f"## {section.title}"] if section.title else []
    for is_list, blocks in groupby(section.blocks, key=lambda block: isinstance(block, Statement)):
        texts = [_block(block) for block in blocks if not isinstance(block, Chart)]
        parts += ["\n".join(texts)] if is_list else texts
    return parts


def _block(block: Block) -> str:
    match block:
        case Statement(text):
            return f"- {text}"
        case Note(text, lead):
            return f"**{lead}**{text}" if lead else text
        case Remark(lead, text, details):
            lines = [f"**{lead}** {text}", *(f"*{label}:* {detail}" for label, detail in details)]
            return "  \n".join(lines)
        case Table():
            return _table(block)
        case _:
            raise TypeError(f"Markdown has no form for {type(block).__name__}")


def _table(table: Table) -> str:
    rows = [[cell.replace("|", r"\|") for cell in row] for row in table.rows]
    names = [column.name for column in table.columns]
    alignment = [column.alignment for column in table.columns] if rows else None
    return tabulate(rows, names, tablefmt="pipe", disable_numparse=True, colalign=alignment)
