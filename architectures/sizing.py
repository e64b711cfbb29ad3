"""The width whose parameter count is nearest to a target.

The count is a non-decreasing step function of width, since channels and units are integers. The nearest count is either
the largest one that does not exceed the target or the next one above. Bisection finds both. Widths are searched on
decimals of six places, which no step of a registered family falls between (``tests/architectures/test_sizing.py``).
"""

import functools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from architectures.errors import ArchitectureError, EmptyLayerError
from architectures.registry import Architecture, AxisValue

if TYPE_CHECKING:
    import keras

DECIMALS = 6
STEPS_PER_WIDTH: int = 10**DECIMALS
LARGEST_WIDTH = 1024


class OutOfReachError(ArchitectureError):
    """The target is below the smallest or above the largest count that a width gives."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """The width nearest to a target, its exact count, and ``residual = n_params - target``.

    Of all widths with this count, ``width`` is the smallest of those with the fewest decimal places.
    """

    width: float
    n_params: int
    residual: int


def count_params(
    architecture: Architecture, input_shape: tuple[int, int, int], n_classes: int, **axes: AxisValue
) -> int:
    """The exact parameter count of a model built without initial values, so large models take no longer.

    Raises:
        ArchitectureError: whatever ``Architecture.build`` raises.
    """
    return without_values(architecture, input_shape, n_classes, axes, lambda model: int(model.count_params()))


def without_values(
    architecture: Architecture,
    input_shape: tuple[int, int, int],
    n_classes: int,
    axes: Mapping[str, AxisValue],
    count: Callable[["keras.Model"], int],
) -> int:
    """A count of a model that is built without initial values: a network of any size takes little memory.

    Args:
        architecture: the model's.
        input_shape: (height, width, channels).
        n_classes: the number of outputs.
        axes: the builder's keyword arguments.
        count: reads shapes only.

    Raises:
        ArchitectureError: whatever ``Architecture.build`` raises.
    """
    import keras

    def build_and_count() -> int:
        with keras.StatelessScope(initialize_variables=False):
            return count(architecture.build(input_shape, n_classes, **axes))

    # Keras keeps variables without initial values in the state of the thread, and would draw all of them at its next
    # symbolic call. They are dropped with this thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(build_and_count).result()


def nearest_width(
    architecture: Architecture,
    target_params: int,
    input_shape: tuple[int, int, int],
    n_classes: int,
    **axes: AxisValue,
) -> Sizing:
    """The width whose exact parameter count is nearest to a target; of two equally near, the smaller.

    This takes about 40 calls of ``count_params``.

    Args:
        architecture: one with a width axis.
        target_params: the target, trainable and other parameters together.
        input_shape: (height, width, channels).
        n_classes: the number of outputs.
        axes: the builder's other keyword arguments.

    Raises:
        OutOfReachError: the target is below the smallest or above the largest count that a width gives.
        ArchitectureError: the architecture has no width, the target is not a positive integer, or
            ``Architecture.build`` raises it.
    """
    if "width" not in architecture.axes:
        raise ArchitectureError(
            f"only an architecture with a width axis can be sized; {architecture.name} has none, its size is fixed"
        )
    if type(target_params) is not int or target_params < 1:
        raise ArchitectureError(f"a parameter target is a positive integer; received {target_params!r}")

    def count(steps: int) -> int:
        try:
            return count_params(architecture, input_shape, n_classes, **{**axes, "width": steps / STEPS_PER_WIDTH})
        except EmptyLayerError:
            return 0

    try:
        steps, n_params = nearest_step(count, target_params)
    except OutOfReachError as error:
        raise OutOfReachError(f"{architecture.name} at {'x'.join(map(str, input_shape))}: {error}") from error
    return Sizing(steps / STEPS_PER_WIDTH, n_params, n_params - target_params)


def nearest_step(count: Callable[[int], int], target: int) -> tuple[int, int]:
    """The number of width steps whose count is nearest to a target, and that count.

    Args:
        count: steps -> parameters, non-decreasing; 0 where a layer would be empty.
        target: number of parameters, 1 or more; of two equally near counts, the smaller is taken.

    Returns:
        Of all steps with that count, the smallest of those whose width has the fewest decimal places.

    Raises:
        OutOfReachError: the target is below the smallest count, or above that of ``LARGEST_WIDTH``.
    """
    count = functools.cache(count)
    above = STEPS_PER_WIDTH
    while count(above) <= target:
        if above >= LARGEST_WIDTH * STEPS_PER_WIDTH:
            raise OutOfReachError(
                f"the target is at most what width {LARGEST_WIDTH} gives, {count(above)} parameters; received {target}"
            )
        above *= 2
    below = 0
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if count(middle) <= target else (below, middle)
    lower, upper = count(below) if below else 0, count(above)
    if lower == 0:
        width = _fewest_decimals(count, above) / STEPS_PER_WIDTH
        raise OutOfReachError(
            f"the target is at least the smallest count, {upper} parameters at width {width:g}; received {target}"
        )
    nearest = below if target - lower <= upper - target else above
    return _fewest_decimals(count, nearest), count(nearest)


def _fewest_decimals(count: Callable[[int], int], steps: int) -> int:
    """Of all steps with the same count, the smallest of those whose width has the fewest decimal places."""
    for places in range(DECIMALS):
        unit: int = 10 ** (DECIMALS - places)
        shorter = steps // unit * unit
        for candidate in (shorter, shorter + unit):
            if candidate > 0 and count(candidate) == count(steps):
                return _first(count, candidate, unit)
    return _first(count, steps, 1)


def _first(count: Callable[[int], int], steps: int, unit: int) -> int:
    while steps > unit and count(steps - unit) == count(steps):
        steps -= unit
    return steps
