"""``Network``: one architecture with its axes fixed; ``NetworkCost``: its parameters and FLOPs."""

from dataclasses import dataclass
from functools import cached_property

from pydantic import Field, PositiveFloat

from bench.records.base import AxisValue, InputShape, Record, digest


class Network(Record):
    """One architecture with its axes fixed, on one input shape.

    ``width`` is None for an architecture without that axis. ``axes`` are all other keyword arguments of the builder,
    including defaults, sorted by name.
    """

    architecture: str
    width: PositiveFloat | None
    axes: tuple[tuple[str, AxisValue], ...] = ()
    input_shape: InputShape
    n_classes: int = Field(ge=2)

    @cached_property
    def key(self) -> str:
        """A stable hash, 16 hexadecimal digits."""
        return digest(self.canonical_json)

    @property
    def builder_arguments(self) -> dict[str, AxisValue]:
        """The keyword arguments for the builder, including ``width`` if the architecture has it."""
        arguments: dict[str, AxisValue] = dict(self.axes)
        if self.width is not None:
            arguments["width"] = self.width
        return arguments

    @property
    def label(self) -> str:
        """For progress lines and messages, such as ``paper_small x0.25 70x70x3``."""
        width = "" if self.width is None else f" x{self.width:g}"
        return f"{self.architecture}{width} {'x'.join(map(str, self.input_shape))}"


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """The size and cost of a network: exact integers.

    ``flops_per_example`` counts forward floating-point operations as TensorFlow's profiler does;
    ``activation_bytes_per_example`` is the float32 output of every layer.
    """

    n_params: int
    n_trainable_params: int
    flops_per_example: int
    activation_bytes_per_example: int
