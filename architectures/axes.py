"""Annotations of axes that builders share, and the rounding of scaled channels and units."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Literal

from pydantic import Field

from architectures.errors import EmptyLayerError

Width = Annotated[float, Field(gt=0)]
"""Multiplier on channels and hidden units; 1.0 is as published."""

DropoutRate = Annotated[float, Field(ge=0, lt=1)]
"""The fraction of activations set to zero in training."""

OutputActivation = Literal["softmax", "sigmoid"]
"""``softmax`` gives class probabilities that sum to 1; ``sigmoid`` gives each class a probability of its own."""


def scaled(width: float, units: Mapping[str, int]) -> tuple[int, ...]:
    """Channels or units of every layer at a width: ``units * width``, with halves rounded up.

    The product is exact in the decimal digits of ``width``: 0.145 of 100 units are 15. In binary floating point they
    would be 14.

    Args:
        width: the multiplier.
        units: layer name -> its channels or units at width 1.

    Returns:
        The scaled numbers, in the order of ``units``.

    Raises:
        EmptyLayerError: a layer would have 0 units; the message names it and the smallest width without an empty layer.
    """
    exact = Decimal(str(float(width)))
    numbers = {layer: int((exact * n).to_integral_value(ROUND_HALF_UP)) for layer, n in units.items()}
    for layer, number in numbers.items():
        if number == 0:
            smallest = Context(prec=6, rounding=ROUND_CEILING).divide(Decimal("0.5"), Decimal(min(units.values())))
            raise EmptyLayerError(
                f"width must leave every layer at least one unit; width {width:g} leaves {layer} "
                f"({units[layer]} at width 1) none; use {smallest} or more"
            )
    return tuple(numbers.values())
