"""Checks a grid block against the registered architectures, and resolves it for each of them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from pydantic import ValidationError

import architectures
from architectures import Architecture, ArchitectureError
from bench import controls
from bench.errors import SweepError
from bench.records import AxisValue, InputShape, Protocol
from bench.sweeps.error_messages import KeyPath, MisfitError
from bench.sweeps.sweep_file import GridBlock, Sweep

MOST_TRIALS = 1_000_000
"""Of one block on one architecture."""


@dataclass(frozen=True, slots=True)
class Block:
    """One grid block on one architecture. Values that it does not set are the sweep's, or the builder's defaults.

    ``sizes`` are pairs (width, params): the width is None for a params target, and both are None for an architecture
    without a width axis. ``axes`` are sorted by name, without ``width``. ``protocol`` has the fields that are set.
    """

    architecture: str
    sizes: tuple[tuple[float | None, int | None], ...]
    axes: tuple[tuple[str, tuple[AxisValue, ...]], ...]
    input_shapes: tuple[InputShape, ...]
    protocol: Mapping[str, tuple[AxisValue, ...]]

    def protocols(self) -> tuple[Protocol, ...]:
        """All protocols of the block: the product of the protocol's axes.

        Raises:
            ValidationError: fields that exclude each other.
        """
        names = [name for name in Protocol.model_fields if name in self.protocol]
        return tuple(
            Protocol.model_validate(dict(zip(names, values, strict=True)))
            for values in product(*(self.protocol[name] for name in names))
        )


def resolve(sweep: Sweep) -> tuple[Block, ...]:
    """The blocks of a sweep in the file's order: one per architecture that a ``[[grid]]`` table selects.

    An architecture selected by a wildcard may lack the width axis; its single size is then used.

    Raises:
        MisfitError: a block has more than ``MOST_TRIALS`` trials, or an architecture is unknown, has no such axis, does
            not accept such a value or input, or is selected by name with a width although it has no width axis.
    """
    _check_controls(sweep.controls)
    for here, grid in sweep.blocks():
        _check_size(sweep, grid, here)
    return tuple(block for here, grid in sweep.blocks() for block in _resolve(sweep, grid, here))


def _resolve(sweep: Sweep, grid: GridBlock, here: KeyPath) -> Iterator[Block]:
    shapes, shapes_at = grid.input_shape, (*here, "input_shape")
    if shapes is None:
        shapes, shapes_at = sweep.input_shape or (), ("input_shape",)
    for position, pattern in enumerate(grid.architecture):
        for architecture in _select(pattern, (*here, "architecture", position)):
            for number, shape in enumerate(shapes):
                _check_input(architecture, shape, (*shapes_at, number))
            block = Block(
                architecture=architecture.name,
                sizes=_sizes(architecture, grid, here, by_name=pattern == architecture.name),
                axes=_axes(architecture, grid, here),
                input_shapes=shapes,
                protocol={**sweep.protocol, **grid.protocol},
            )
            try:
                block.protocols()
            except ValidationError as error:
                rule = error.errors()[0]["msg"].removeprefix("Value error, ")
                raise MisfitError((*(here if grid.protocol else ()), "protocol"), rule) from error
            yield block


def _check_size(sweep: Sweep, grid: GridBlock, here: KeyPath) -> None:
    """Refuse a block of too many trials before their product is formed, which would take minutes and gigabytes."""
    protocol = {**sweep.protocol, **grid.protocol}
    axes = (grid.width or grid.params, grid.input_shape or sweep.input_shape, sweep.seeds)
    counts = [sweep.folds, *(len(axis or (None,)) for axis in (*axes, *grid.axes.values(), *protocol.values()))]
    if math.prod(counts) > MOST_TRIALS:
        rule = f"a block has at most {MOST_TRIALS:,} trials per architecture; this one has {math.prod(counts):,}"
        raise MisfitError(here, rule)


def _check_controls(patterns: tuple[str, ...]) -> None:
    for index, pattern in enumerate(patterns):
        try:
            controls.select([pattern])
        except SweepError as error:
            raise MisfitError(("controls", index), str(error)) from error


def _sizes(
    architecture: Architecture, grid: GridBlock, here: KeyPath, *, by_name: bool
) -> tuple[tuple[float | None, int | None], ...]:
    if "width" not in architecture.axes:
        for key, values in (("width", grid.width), ("params", grid.params)):
            if values is not None and by_name:
                rule = f"{architecture.name} has no width axis, so its size is fixed: leave {key} out"
                raise MisfitError((*here, key), rule, values)
        return ((None, None),)
    if grid.params is not None:
        return tuple((None, params) for params in grid.params)
    widths: tuple[AxisValue, ...] = grid.width or (architecture.axes["width"],)
    return tuple((float(width), None) for width in _checked(architecture, "width", widths, (*here, "width")))


def _axes(architecture: Architecture, grid: GridBlock, here: KeyPath) -> tuple[tuple[str, tuple[AxisValue, ...]], ...]:
    if "width" in grid.axes:
        raise MisfitError((*here, "axes", "width"), "belongs in the block itself, next to architecture")
    asked = {name: (default,) for name, default in architecture.axes.items() if name != "width"} | grid.axes
    return tuple((name, _checked(architecture, name, asked[name], (*here, "axes", name))) for name in sorted(asked))


def _select(pattern: str, at: KeyPath) -> tuple[Architecture, ...]:
    try:
        return architectures.select([pattern])
    except ArchitectureError as error:
        raise MisfitError(at, str(error)) from error


def _checked(
    architecture: Architecture, axis: str, values: tuple[AxisValue, ...], at: KeyPath
) -> tuple[AxisValue, ...]:
    """The values in the builder's types: 0 and 0.0 of one axis give the same network, with the same key."""
    checked = []
    for number, value in enumerate(values):
        try:
            checked.append(architecture.check_axes({axis: value})[axis])
        except ArchitectureError as error:
            raise MisfitError((*at, number), str(error)) from error
    return tuple(checked)


def _check_input(architecture: Architecture, shape: InputShape, at: KeyPath) -> None:
    try:
        architecture.check_input(shape)
    except ArchitectureError as error:
        raise MisfitError(at, str(error)) from error
