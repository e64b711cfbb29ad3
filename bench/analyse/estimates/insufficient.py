"""Saying that a statistic cannot be computed, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
_ROUNDING = 1e-12


class InsufficientError(ValueError):
    """Too few observations, or none that differ; its text says what is missing."""


@dataclass(frozen=True, slots=True)
class NotComputed:
    """What stands in place of a statistic that the data do not carry."""

    reason: str


def require(holds: bool, reason: str) -> None:
    """Refuse to compute what the data do not carry.

    Raises:
        InsufficientError: ``holds`` is false.
    """
    if not holds:
        raise InsufficientError(reason)


def attempt(compute: Callable[[], T]) -> T | NotComputed:
    """A statistic, or the reason why there is none."""
    try:
        return compute()
    except InsufficientError as reason:
        return NotComputed(str(reason))


def vary(values: NDArray[np.float64]) -> bool:
    """Whether values differ by more than rounding does, so that they have a spread."""
    return bool(np.ptp(values) > _ROUNDING)


def there_are(n: int) -> str:
    """How many there are, in words that fit one too."""
    return "there is 1" if n == 1 else f"there are {n}"
