"""Pages as Markdown."""

import re
from itertools import groupby

from tabulate import tabulate

from bench.pages.charts.chart import Chart
from bench.pages.document import Block, Code, Note, Page, Picture, Remark, Section, Statement, Table


def markdown(page: Page) -> str:
    """A page as a file's text. Charts and pictures are left out: they are files of their own."""
    parts = [f"# {_plain(page.title)}", *(part for section in page.sections for part in _section(section))]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    parts = [f"## {_plain(section.title)}"] if section.title else []
    for is_list, blocks in groupby(section.blocks, key=lambda block: isinstance(block, Statement)):
        texts = [_block(block) for block in blocks if not isinstance(block, Chart | Picture)]
        parts += ["\n".join(texts)] if is_list else texts
    return parts


def _block(block: Block) -> str:
    match block:
        case Statement(text):
            return f"- {_plain(text)}"
        case Note(text, lead):
            return f"**{_plain(lead)}**{_plain(text)}" if lead else _plain(text)
        case Remark(lead, text, details):
            lines = [f"**{_plain(lead)}** {_plain(text)}"]
            lines += [f"*{_plain(label)}:* {_plain(detail)}" for label, detail in details]
            return "  \n".join(lines)
        case Code(text):
            return f"```\n{text}\n```"
        case Table():
            return _table(block)
        case _:
            raise TypeError(f"Markdown has no form for {type(block).__name__}")


def _table(table: Table) -> str:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    names = [_cell(column.name) for column in table.columns]
    alignment = [column.alignment for column in table.columns] if rows else None
    return tabulate(rows, names, tablefmt="pipe", disable_numparse=True, colalign=alignment)


def _cell(text: str) -> str:
    return _plain(text).replace("|", r"\|")


def _plain(text: str) -> str:
    """Text without HTML, links and pictures, which the names of files and classes could contain; code is kept."""
    is_code = False
    parts = []
    for part in re.split("(`)", " ".join(text.splitlines())):
        is_code ^= part == "`"
        parts.append(part if is_code else part.replace("<", "&lt;").replace("](", r"]\("))
    return "".join(parts)
