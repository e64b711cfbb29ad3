"""The document model: a page of sections of blocks, as plain text and plain data. Renderers give it a look.

A text is one sentence or a few. Backticks in it mark names of files and of code, as in Markdown.
There is no other markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd

from bench.pages.charts.chart import Chart


@dataclass(frozen=True)
class Statement:
    """One thing that is said, as an item of a list."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph: what a table's columns mean, how something was computed. ``lead`` opens it and is emphasised."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Remark:
    """A finding: ``lead`` names it, ``text`` explains it, ``details`` are labelled lines below."""

    lead: str
    text: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """The name of a table's column, and the side that its cells are aligned to."""

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


Block = Statement | Note | Remark | Table | Chart


@dataclass(frozen=True)
class Section:
    """A heading and the blocks below it. Without a title the blocks follow the page's own heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A heading and the sections below it."""

    title: str
    sections: tuple[Section, ...]
