"""The pages of a site of studies, as plain data: its index, and the comparison of two studies."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analyse.two_studies import Comparison
from bench.pages.document import Note, Page, Section, Statement, Table
from bench.pages.number_text import NOTHING, counted
from bench.pages.two_studies import comparison_sentences, comparison_table
from bench.study.reported_study import ReportedStudy

_COLUMNS = (
    "A and B are mean accuracies on held-out images. B - A is their difference with its interval, and p tests whether "
    "it is 0 (corrected resampled t test, paired trials only). Trials are paired if seed, fold and held-out images "
    "agree. The column same bits counts the paired trials whose accuracy and loss agree in every bit. The last column "
    "is the ratio of the median times of a training step."
)


@dataclass(frozen=True)
class Cell:
    """A text of the index and the value that it is sorted by; numbers come before texts."""

    text: str
    key: float | str


@dataclass(frozen=True)
class Entry:
    """A row of the index.

    Attributes:
        name: of the study.
        page: the address of its page, relative to the index; None if it has none.
        notes: the address of its README as a page; None if it has none.
        question: empty if the study states none.
        answer: one sentence.
        data: the data set and the number of images.
        networks: how many, and their sizes.
        date: see ``build_site``.
        machine: what produced the results.
    """

    name: str
    page: str | None
    notes: str | None
    question: str
    answer: str
    data: Cell
    networks: Cell
    date: Cell
    machine: Cell


@dataclass(frozen=True)
class Pair:
    """Two studies with a network in common.

    Attributes:
        a, b: their names.
        page: the address of their comparison.
        common: what they share, in words.
    """

    a: str
    b: str
    page: str
    common: str


@dataclass(frozen=True)
class SiteIndex:
    """The index of a site."""

    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...]


def entry(name: str, study: ReportedStudy, page: str | None, notes: str | None, date: str | None) -> Entry:
    """The row of one study."""
    return Entry(
        name=name,
        page=page,
        notes=notes,
        question=study.question,
        answer=study.answer,
        data=_data(study),
        networks=_networks(study.n_params),
        date=Cell(date or NOTHING, date or ""),
        machine=Cell("; ".join(study.machines) or NOTHING, "; ".join(study.machines)),
    )


def comparison_page(comparison: Comparison) -> Page:
    """The page that compares two studies: what ``compare`` prints."""
    sentences = [Statement(text) for text in comparison_sentences(comparison)]
    section = Section("", (*sentences, Table.of(comparison_table(comparison)), Note(_COLUMNS)))
    return Page(f"{comparison.name_a} and {comparison.name_b}", (section,))


def common_ground(comparison: Comparison) -> str:
    """What two studies share, such as ``3 networks in common, on the same images``."""
    images = "on the same images" if comparison.same_data else "on different images"
    return f"{counted(len(comparison.matched), 'network')} in common, {images}"


def _data(study: ReportedStudy) -> Cell:
    if study.dataset is None:
        return Cell(NOTHING, "")
    images = "" if study.n_images is None else f", {study.n_images:,} images"
    return Cell(f"{study.dataset}{images}", study.dataset if study.n_images is None else float(study.n_images))


def _networks(n_params: Sequence[int]) -> Cell:
    if not n_params:
        return Cell(NOTHING, "")
    fewest, most = n_params[0], n_params[-1]
    sizes = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return Cell(f"{counted(len(n_params), 'network')}, {sizes} parameters", float(most))
