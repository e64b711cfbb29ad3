"""The document model: a page has sections, and a section has blocks of plain text and plain data. Renderers format it.

A text is one or more sentences. Backticks mark names of files and of code, as in Markdown. There is no other markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd

from bench.pages.charts.chart import Chart


@dataclass(frozen=True)
class Statement:
    """One statement, an item of a list."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph, such as on the columns of a table or a method. It begins with ``lead``, which is emphasised."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Remark:
    """A finding: ``lead`` names it, ``text`` explains it, ``details`` are labelled lines below."""

    lead: str
    text: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines of a command or of a file, shown as they are."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A small PNG picture, with the text that stands for it."""

    png: bytes
    text: str


@dataclass(frozen=True)
class Column:
    """The name of a table's column, and the alignment of its cells."""

    name: str
    alignment: Literal["left", "right"]


@dataclass(frozen=True)
class Table:
    """Text cells in rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, left: Sequence[str] = ("network",)) -> Self:
        """A table of a frame of text cells; the columns named in ``left`` are aligned left, all others right."""
        columns = tuple(Column(str(name), "left" if name in left else "right") for name in frame.columns)
        return cls(columns, tuple(tuple(map(str, row)) for row in frame.itertuples(index=False, name=None)))


Block = Statement | Note | Remark | Code | Picture | Table | Chart


@dataclass(frozen=True)
class Section:
    """A heading and the blocks below it. Without a title, the blocks follow the heading of the page."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A heading and the sections below it."""

    title: str
    sections: tuple[Section, ...]
