"""Reports that a statistic cannot be computed, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
_ROUNDING = 1e-12


class InsufficientError(ValueError):
    """Too few observations, or none that differ. The text states what is missing."""


@dataclass(frozen=True, slots=True)
class NotComputed:
    """The reason why a statistic cannot be computed, in its place."""

    reason: str


def require(holds: bool, reason: str) -> None:
    """Refuse to compute a statistic if a condition on the data is not met.

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
    """Whether values differ by more than rounding errors, so that their spread can be estimated."""
    return bool(np.ptp(values) > _ROUNDING)


def there_are(n: int) -> str:
    """``there is 1`` or ``there are <n>``."""
    return "there is 1" if n == 1 else f"there are {n}"
