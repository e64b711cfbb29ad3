"""Who is measured when."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(items: Sequence[T], n_rounds: int) -> Iterator[tuple[int, T]]:
    """Every item once in each round, as (round, item): a drift of the machine hits all items alike.

    The order turns around from round to round (A B C, C B A, A B C, ...), so that a drift within rounds does, too.
    """
    for round_ in range(n_rounds):
        for item in items if round_ % 2 == 0 else reversed(items):
            yield round_, item
