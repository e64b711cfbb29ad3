"""Name -> builder, its axes, its source and its smallest input.

A builder is a plain function that imports Keras when it is called, so registering and listing load neither Keras nor
TensorFlow. Other packages register builders through the entry-point group ``param_scaling_bench.architectures``. They
are loaded at the first look-up.
"""

import difflib
import functools
import importlib.metadata
import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from architectures.axes import Width
from architectures.errors import (
    ArchitectureError,
    DuplicateNameError,
    EmptyLayerError,
    InputTooSmallError,
    UnknownArchitectureError,
    UnknownAxisError,
)

if TYPE_CHECKING:
    import keras

ENTRY_POINT_GROUP = "param_scaling_bench.architectures"

AxisValue = int | float | str | bool
Builder = Callable[..., "keras.Model"]
BuilderT = TypeVar("BuilderT", bound=Builder)

_REGISTRY: "dict[str, Architecture]" = {}


@dataclass(frozen=True, eq=False)
class Architecture:
    """A registered architecture.

    Attributes:
        name: the builder's name.
        builder: ``(input_shape, n_classes, **axes) -> keras.Model``, uncompiled; ``build`` checks the arguments.
        axes: the builder's keyword arguments -> their defaults; contains ``width`` if the size can vary.
        source: the paper, its section or figure, and the software if it is third-party.
        min_input: the smallest (height, width), in pixels, that leaves every feature map a pixel.
    """

    name: str
    builder: Builder
    axes: Mapping[str, AxisValue]
    source: str
    min_input: tuple[int, int]
    _adapters: Mapping[str, TypeAdapter[Any]] = field(repr=False)

    def check_axes(self, axes: Mapping[str, AxisValue]) -> dict[str, AxisValue]:
        """The axes with the builder's types: an integer becomes a float where the axis is a float.

        Raises:
            UnknownAxisError: the builder has no such axis, or the axis does not take such a value.
        """
        return {name: self._check_axis(name, value) for name, value in axes.items()}

    def _check_axis(self, name: str, value: AxisValue) -> Any:
        if name not in self._adapters:
            raise UnknownAxisError(
                f"{self.name} has no axis {name!r}{_nearest(name, self.axes)}; "
                f"its axes: {', '.join(self.axes) or 'none'}"
            )
        try:
            return self._adapters[name].validate_python(value)
        except ValidationError as error:
            rule = error.errors()[0]["msg"].replace("Input should", "should", 1)
            raise UnknownAxisError(f"{self.name}: axis {name} {rule}; received {value!r}") from error

    def check_input(self, input_shape: tuple[int, ...]) -> None:
        """Refuse an input that the architecture does not accept.

        Raises:
            ArchitectureError: not a (height, width, channels) of positive integers.
            InputTooSmallError: smaller than ``min_input``.
        """
        if len(input_shape) != 3 or not all(type(n) is int and n > 0 for n in input_shape):
            raise ArchitectureError(
                f"an input shape is (height, width, channels), positive integers; received {input_shape}"
            )
        if input_shape[0] < self.min_input[0] or input_shape[1] < self.min_input[1]:
            height, width = self.min_input
            raise InputTooSmallError(
                f"{self.name} needs an input of {height}x{width} or larger; "
                f"received {'x'.join(map(str, input_shape))}; enlarge the input"
            )

    def build(self, input_shape: tuple[int, int, int], n_classes: int, **axes: AxisValue) -> "keras.Model":
        """Build a new, uncompiled model, whose weights and dropout are drawn from Keras's global seed.

        Args:
            input_shape: (height, width, channels) of a float32 image in [0, 1].
            n_classes: the number of outputs, 2 or more.
            axes: keyword arguments of the builder; omitted ones have their defaults.

        Returns:
            A model (batch, height, width, channels) -> (batch, n_classes).

        Raises:
            UnknownAxisError: an axis is unknown or does not take such a value.
            InputTooSmallError: the input is smaller than ``min_input``.
            EmptyLayerError: the width leaves a layer without a unit.
            ArchitectureError: ``input_shape`` or ``n_classes`` is malformed, or the builder returned a model of another
                shape.
        """
        checked = self.check_axes(axes)
        self.check_input(input_shape)
        if type(n_classes) is not int or n_classes < 2:
            raise ArchitectureError(f"a classifier has an integer number of 2 classes or more; received {n_classes!r}")
        try:
            model = self.builder(input_shape, n_classes, **checked)
        except EmptyLayerError as error:
            raise EmptyLayerError(f"{self.name}: {error}") from error
        expected = ((None, *input_shape), (None, n_classes))
        received = (getattr(model, "input_shape", None), getattr(model, "output_shape", None))
        if received != expected:
            raise ArchitectureError(
                f"a builder returns a built model with one input and one output, of shapes {expected}; "
                f"{self.name} returned {received}"
            )
        return model


def register(*, source: str, min_input: tuple[int, int]) -> Callable[[BuilderT], BuilderT]:
    """Register a builder under its own name.

    Args:
        source: paper, section or figure.
        min_input: the smallest (height, width), in pixels, that leaves every feature map a pixel.

    Returns:
        A decorator that returns the builder unchanged. The builder is a function ``(input_shape, n_classes, *, ...)``
        whose keyword-only arguments are the axes, each with a default and an annotation that pydantic can check:
        ``int``, ``float``, ``bool``, ``str``, a ``Literal`` of the allowed values, or one ``Annotated`` with bounds.
        If there is a ``width``, it multiplies channels and units and is a number above 0.

    Raises:
        DuplicateNameError: the name is taken.
        ArchitectureError: the builder is not of that form.
    """

    def decorate(builder: BuilderT) -> BuilderT:
        name = builder.__name__
        if not _is_size(min_input):
            raise ArchitectureError(
                f"min_input is the smallest (height, width) in pixels, two integers above 0; "
                f"{name} of {builder.__module__} has {min_input!r}"
            )
        if name in _REGISTRY:
            raise DuplicateNameError(
                f"an architecture's name is registered once; {name} of {builder.__module__} is already that of "
                f"{_REGISTRY[name].builder.__module__}; rename one"
            )
        adapters = _adapters(builder)
        axes = {axis: inspect.signature(builder).parameters[axis].default for axis in adapters}
        architecture = Architecture(name, builder, MappingProxyType(axes), source, min_input, adapters)
        architecture.check_axes(axes)
        _REGISTRY[name] = architecture
        return builder

    return decorate


def names() -> tuple[str, ...]:
    """Every registered name, in natural order (``net2`` before ``net10``)."""
    _load_entry_points()
    return tuple(sorted(_REGISTRY, key=_natural))


def get(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        UnknownArchitectureError: no architecture has this name; the message gives the nearest names.
    """
    if name not in names():
        raise UnknownArchitectureError(_unknown("an architecture has to be registered", name))
    return _REGISTRY[name]


def select(patterns: Iterable[str]) -> tuple[Architecture, ...]:
    """The architectures that match any of the names or wildcards (``*``, ``?``), each once, in natural order.

    Raises:
        UnknownArchitectureError: a pattern matches no architecture; the message gives the nearest names.
    """
    selected: set[str] = set()
    for pattern in patterns:
        matches = [name for name in names() if fnmatchcase(name, pattern)]
        if not matches:
            raise UnknownArchitectureError(_unknown("a name or wildcard has to match an architecture", pattern))
        selected.update(matches)
    return tuple(_REGISTRY[name] for name in sorted(selected, key=_natural))


@functools.cache
def _load_entry_points() -> None:
    global _REGISTRY
    for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        before = dict(_REGISTRY)
        try:
            entry_point.load()
        except (
            Exception,
            SystemExit,
        ) as error:  # an import may raise anything, and the user needs to know which package it is of
            _REGISTRY = before
            package = f" of {entry_point.dist.name}" if entry_point.dist else ""
            raise ArchitectureError(
                f"an entry point of {ENTRY_POINT_GROUP} names a module that can be imported; "
                f"{entry_point.name}{package} ({entry_point.value}) raised {type(error).__name__}: {error}; "
                "repair or uninstall that package"
            ) from error


def _is_size(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(type(side) is int and side > 0 for side in value)


def _adapters(builder: Builder) -> Mapping[str, TypeAdapter[Any]]:
    """A strict validator per axis of a builder, made from its annotation."""
    form = f"{builder.__name__}: a builder is a function (input_shape, n_classes, *, axis: type = default, ...)"
    parameters = list(inspect.signature(builder).parameters.values())
    if [p.name for p in parameters[:2]] != ["input_shape", "n_classes"]:
        raise ArchitectureError(f"{form}; received {inspect.signature(builder)}")
    axes = parameters[2:]
    for parameter in axes:
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.empty in (parameter.default, parameter.annotation):
            raise ArchitectureError(f"{form}; received the argument {parameter}")
    # Only the axes: the return annotation names Keras, which is not imported here.
    annotated = type("Axes", (), {"__annotations__": {p.name: p.annotation for p in axes}})
    hints = typing.get_type_hints(annotated, globalns=builder.__globals__, include_extras=True)
    strict = ConfigDict(strict=True, allow_inf_nan=False)
    return {axis: TypeAdapter(Width if axis == "width" else hint, config=strict) for axis, hint in hints.items()}


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.strip("*?"), list(known), n=3, cutoff=0.4)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _unknown(rule: str, name: str) -> str:
    return f"{rule}; received {name!r}{_nearest(name, names())}; registered: {', '.join(names())}"
