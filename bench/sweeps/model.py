"""What a sweep file says: frozen records, validated when built. ``docs/sweeps.md`` describes the format.

An axis takes one value or a list of them, and holds a tuple. Values are taken as TOML types them: no text
passes for a number and no boolean for an integer. What only the registered architectures can tell is checked in
``blocks``.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    PositiveFloat,
    PositiveInt,
    create_model,
    model_validator,
)
from pydantic_core import core_schema

from bench.records import AxisValue, InputShape, Protocol, Record
from bench.sweeps.explain import close_match, is_one_shape, problem

T = TypeVar("T")


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _as_axis(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _as_shapes(value: object) -> object:
    return (value,) if is_one_shape(value) else _as_axis(value)


def _as_shape(value: object) -> object:
    sides = tuple(value) if isinstance(value, list | tuple) else ()
    if [type(side) for side in sides] != [int] * 3 or min(sides) < 1 or sides[2] not in (1, 3):
        raise problem("must be [height, width, channels]: positive whole numbers, channels 1 or 3")
    return sides


def _as_axis_value(value: object) -> object:
    if not isinstance(value, int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise problem("must be a finite number, a text or a boolean")
    return value


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise problem("must hold at least one value")
    for index, value in enumerate(values):
        if value in values[:index]:
            raise problem("repeats an earlier value of this list: leave it out", key=index, value=value)
    return values


Axis = Annotated[tuple[T, ...], BeforeValidator(_as_axis), AfterValidator(_distinct)]
"""One value or a list of distinct ones; a tuple once validated."""

Shapes = Annotated[
    tuple[Annotated[InputShape, BeforeValidator(_as_shape)], ...],
    BeforeValidator(_as_shapes),
    AfterValidator(_distinct),
]
Text = Annotated[str, Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class SweepRecord(Record):
    """A table of a sweep file: strict about types, and naming the key nearest to an unknown one."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, table: Any) -> Any:
        if not isinstance(table, Mapping):
            return table
        for key in table:
            if key not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                rule = f"no such key{close_match(key, cls.model_fields)}; allowed: {known}"
                raise problem(rule, key=key, value=table[key])
        return table


# Made of Protocol's fields, so that whatever Protocol gains is an axis of every sweep.
_axis: Any = Axis
_fields: dict[str, Any] = {
    name: (_axis[field.rebuild_annotation()], ()) for name, field in Protocol.model_fields.items()
}
_ProtocolTable = create_model("_ProtocolTable", __base__=SweepRecord, **_fields)


def _protocol_schema(_source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    return core_schema.no_info_after_validator_function(
        lambda table: table.model_dump(exclude_unset=True),
        handler.generate_schema(_ProtocolTable),
        serialization=core_schema.plain_serializer_function_ser_schema(dict),
    )


ProtocolAxes = Annotated[dict[str, tuple[AxisValue, ...]], GetPydanticSchema(_protocol_schema)]
"""The ``Protocol`` fields that a table sets, each with its values."""


class DataChoice(SweepRecord):
    """Which data set: a name or a path, and how many of its images (a stratified subset; None: all)."""

    source: Text
    images: PositiveInt | None = None


class GridBlock(SweepRecord):
    """A ``[[grid]]`` table: the product of its axes, on each of its architectures.

    ``width`` and ``params`` (targets, solved by ``architectures.sizing``) exclude each other; with neither, it
    is the default width.
    """

    architecture: Axis[Text]
    width: Axis[PositiveFloat] | None = None
    params: Axis[PositiveInt] | None = None
    axes: dict[str, Axis[Annotated[AxisValue, BeforeValidator(_as_axis_value)]]] = Field(default_factory=dict)
    protocol: ProtocolAxes = Field(default_factory=dict)
    input_shape: Shapes | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.width is not None and self.params is not None:
            raise problem("excludes width: give one of the two", key="params", value=self.params)
        return self


class PublishedPoint(SweepRecord):
    """A measurement that a paper prints, to stand beside the study's own. ``val_accuracy`` lies in [0, 1]."""

    label: Text
    architecture: Text
    n_params: PositiveInt
    val_accuracy: float = Field(ge=0.0, le=1.0)
    n_images: PositiveInt
    step_ms: PositiveFloat | None = None


class ReportChoice(SweepRecord):
    """What the report adds to its tables and plots: confusion matrices, published points."""

    confusion: bool = False
    published: Annotated[tuple[PublishedPoint, ...], BeforeValidator(_as_tuple)] = ()


class Sweep(SweepRecord):
    """A declared grid over axes: blocks x protocol x seeds x folds.

    What a block says of ``protocol`` and ``input_shape`` overrides, key by key, what the sweep says of them. With
    ``split_seed`` all seeds have the folds that this one draws; without it each draws its own.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)
    description: Text
    folds: int = Field(ge=2)
    seeds: Axis[Seed]
    split_seed: Seed | None = None
    patient_wise: bool = True
    bind_duplicates: bool = True
    input_shape: Shapes | None = None
    data: DataChoice
    protocol: ProtocolAxes = Field(default_factory=dict)
    grid: Annotated[tuple[GridBlock, ...], BeforeValidator(_as_tuple), AfterValidator(_distinct)]
    report: ReportChoice = ReportChoice()

    @model_validator(mode="after")
    def _every_block_has_a_shape(self) -> Self:
        for index, block in enumerate(self.grid):
            if self.input_shape is None and block.input_shape is None:
                raise problem(
                    f"is required: [height, width, channels], for the sweep or for grid[{index}]",
                    key="input_shape",
                )
        return self
