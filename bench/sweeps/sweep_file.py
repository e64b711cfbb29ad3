"""The format of a sweep file: frozen records, validated when built. ``docs/sweeps.md`` describes it.

An axis takes one value or a list of values, and is stored as a tuple. Values must have the right TOML type: a text is
not accepted as a number, nor a boolean as an integer. Checks that need the registered architectures are in
``grid_blocks``.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    PositiveFloat,
    PositiveInt,
    create_model,
    model_validator,
)
from pydantic_core import core_schema

from bench.records import AxisValue, InputShape, Protocol
from bench.sweeps.design_table import DesignChoice
from bench.sweeps.error_messages import KeyPath, dotted, is_one_shape, problem
from bench.sweeps.factorial import signs
from bench.sweeps.sweep_record import SweepRecord

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
    return _unrepeated(values)


def _unrepeated(values: tuple[T, ...]) -> tuple[T, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise problem("repeats an earlier value of this list: leave it out", key=index, value=value)
    return values


Axis = Annotated[tuple[T, ...], BeforeValidator(_as_axis), AfterValidator(_distinct)]
"""One value or a list of distinct ones; a tuple after validation."""

Shapes = Annotated[
    tuple[Annotated[InputShape, BeforeValidator(_as_shape)], ...],
    BeforeValidator(_as_shapes),
    AfterValidator(_distinct),
]
Text = Annotated[str, Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


# Derived from Protocol's fields, so each new field of Protocol is an axis of every sweep.
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
    """The data set: a name or a path, and the number of its images (a stratified subset; None: all)."""

    source: Text
    images: PositiveInt | None = None


class GridBlock(SweepRecord):
    """A ``[[grid]]`` table: the product of its axes, on each of its architectures.

    ``width`` and ``params`` (targets, solved by ``architectures.sizing``) exclude each other. Without either, the
    default width is used.
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


class FactorLevel(SweepRecord):
    """The settings of one level of a factor: keys of ``GridBlock``, with one value each."""

    architecture: Text | None = None
    width: PositiveFloat | None = None
    axes: dict[str, Annotated[AxisValue, BeforeValidator(_as_axis_value)]] = Field(default_factory=dict)
    protocol: ProtocolAxes = Field(default_factory=dict)
    input_shape: Annotated[InputShape, BeforeValidator(_as_shape)] | None = None

    def settings(self) -> dict[tuple[str, ...], Any]:
        """The settings of the level, by the path of each value, such as ``("protocol", "optimizer")``."""
        settings: dict[tuple[str, ...], Any] = {}
        for key, value in self.model_dump().items():
            if isinstance(value, dict):
                settings |= {(key, name): each for name, each in value.items()}
            elif value is not None:
                settings[(key,)] = value
        return settings


class Factor(SweepRecord):
    """A two-level factor of a factorial design."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    low: FactorLevel
    high: FactorLevel


class Factorial(SweepRecord):
    """A two-level factorial design. Its cells, one grid block each, replace the ``[[grid]]`` tables.

    ``generators`` make it fractional; see ``sweeps.factorial``.
    """

    factors: Annotated[tuple[Factor, ...], BeforeValidator(_as_tuple), AfterValidator(_distinct)]
    generators: Annotated[tuple[Text, ...], BeforeValidator(_as_tuple)] = ()

    @model_validator(mode="after")
    def _is_a_design(self) -> Self:
        names = [factor.name for factor in self.factors]
        if len(set(names)) < max(2, len(names)):
            raise problem("needs two factors or more, of distinct names", key="factors", value=names)
        try:
            signs(names, self.generators)
        except ValueError as error:
            raise problem(str(error), key="generators", value=self.generators) from error
        for factor in self.factors:
            if factor.low.settings().keys() != factor.high.settings().keys() or factor.low == factor.high:
                raise problem(
                    "sets the same keys at both levels, to different values", key="factors", value=factor.name
                )
        return self

    def blocks(self) -> tuple[GridBlock, ...]:
        """The design's cells, beginning with all low levels.

        Raises:
            ValidationError: no factor sets the architecture.
        """
        design = signs([factor.name for factor in self.factors], self.generators)
        return tuple(
            _merged([factor.high if sign > 0 else factor.low for factor, sign in zip(self.factors, row, strict=True)])
            for row in design.tolist()
        )


def _merged(levels: Sequence[FactorLevel]) -> GridBlock:
    block: dict[str, Any] = {}
    for level in levels:
        for path, value in level.settings().items():
            table = block if len(path) == 1 else block.setdefault(path[0], {})
            table[path[-1]] = value
    return GridBlock.model_validate(block)


class PublishedPoint(SweepRecord):
    """A published measurement, for comparison with the study's own. ``val_accuracy`` is in [0, 1]."""

    label: Text
    architecture: Text
    n_params: PositiveInt
    val_accuracy: float = Field(ge=0.0, le=1.0)
    n_images: PositiveInt
    step_ms: PositiveFloat | None = None


class ReportChoice(SweepRecord):
    """Additional contents of the report: confusion matrices, published points."""

    confusion: bool = False
    published: Annotated[tuple[PublishedPoint, ...], BeforeValidator(_as_tuple)] = ()


class Sweep(SweepRecord):
    """A declared grid over axes (blocks x protocol x seeds x folds), and its controls.

    A block's ``protocol`` and ``input_shape`` override those of the sweep, key by key. With ``split_seed``, all seeds
    use the folds that this seed draws. Without it, each seed draws its own.
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
    grid: Annotated[tuple[GridBlock, ...], BeforeValidator(_as_tuple), AfterValidator(_unrepeated)] = ()
    factorial: Factorial | None = None
    controls: Annotated[tuple[Text, ...], BeforeValidator(_as_axis), AfterValidator(_unrepeated)] = ("*",)
    report: ReportChoice = ReportChoice()
    design: DesignChoice | None = None

    @model_validator(mode="after")
    def _every_block_has_a_shape(self) -> Self:
        if bool(self.grid) == (self.factorial is not None):
            raise problem("is required: one [[grid]] table or more, or one [factorial] table, not both", key="grid")
        for path, block in self.blocks():
            if self.input_shape is None and block.input_shape is None:
                raise problem(
                    f"is required: [height, width, channels], for the sweep or for {dotted(path)}",
                    key="input_shape",
                )
        return self

    def stored(self) -> dict[str, Any]:
        """The part of a sweep that a study stores: all but data and budget; keys added to the format later if used."""
        later = ("factorial", "controls", "split_seed", "design")
        unused = {name: True for name in later if getattr(self, name) in (None, ())}
        return self.model_dump(mode="json", exclude={"data": True, "design": {"budget"}, **unused})

    def blocks(self) -> tuple[tuple[KeyPath, GridBlock], ...]:
        """The grid's blocks, or the factorial design's cells, each with its path in the file."""
        if self.factorial is not None:
            return tuple((("factorial",), block) for block in self.factorial.blocks())
        return tuple((("grid", index), block) for index, block in enumerate(self.grid))
