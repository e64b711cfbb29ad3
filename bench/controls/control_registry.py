"""Name -> control. A control is a plain function, registered under its own name with a ``Sight``: what it may use.

Listing and checking names loads neither scikit-learn nor TensorFlow.
"""

import difflib
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.errors import SweepError


class Sight(enum.StrEnum):
    """The information that a control may use. A network that beats the control uses information that it lacks."""

    NO_PIXEL = "no pixel"
    """Class shares, or sizes, modes and formats of the files."""
    NO_OBJECT = "no object"
    """Pixels, but not the object: their mean, or those near the border."""
    OBJECT = "the object"
    """The whole image with a simpler method, or the centre of the image."""
    NO_LABEL = "no true label"
    """Images with meaningless training labels: accuracy above chance shows a leak."""


@dataclass(frozen=True, eq=False)
class ControlData:
    """A data set as a control sees it.

    Attributes:
        images: (n, height, width, channels) float32 in [0, 1].
        labels: (n,) class numbers; in training rows, the labels that are trained on.
        metadata: n rows: width, height, aspect, is_gray, format.
        n_classes: number of classes.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    metadata: pd.DataFrame
    n_classes: int


Predictor = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Row numbers (m,) -> class probabilities (m, n_classes) above 0; each row sums to 1."""

Fit = Callable[[ControlData, NDArray[np.int64], np.random.Generator], Predictor]
"""(data, training rows, generator) -> a predictor for any rows. It may read the labels of training rows only."""


@dataclass(frozen=True, eq=False)
class NetworkInputs:
    """The inputs that a network control changes. Its network is then trained like any other.

    Attributes:
        mask: (height, width) float32, 1 where the image is kept and 0 where it is blanked to black, in training and
            held-out images alike.
        labels: (n,) class numbers; only those of the rows passed to the control may differ from the true ones.
    """

    mask: NDArray[np.float32]
    labels: NDArray[np.int64]


Transform = Callable[[NetworkInputs, NDArray[np.int64], np.random.Generator], NetworkInputs]
"""(inputs, rows that are not held out, generator) -> changed inputs."""


@dataclass(frozen=True, eq=False)
class Control:
    """A registered control. Exactly one of ``fit`` and ``transform`` is set.

    Attributes:
        name: the function's name.
        sight: what it may use.
        fit: set if the control trains no network.
        transform: set if it trains the sweep's network on changed inputs.
    """

    name: str
    sight: Sight
    fit: Fit | None = None
    transform: Transform | None = None

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return ((self.fit or self.transform).__doc__ or "").splitlines()[0]


_REGISTRY: dict[str, Control] = {}
FitT = TypeVar("FitT", bound=Fit)
TransformT = TypeVar("TransformT", bound=Transform)


def fitted_control(sight: Sight) -> Callable[[FitT], FitT]:
    """Register a ``Fit`` under its own name.

    Raises:
        ValueError: the name is taken.
    """

    def decorate(fit: FitT) -> FitT:
        _add(Control(fit.__name__, sight, fit=fit))
        return fit

    return decorate


def network_control(sight: Sight) -> Callable[[TransformT], TransformT]:
    """Register a ``Transform`` under its own name.

    Raises:
        ValueError: the name is taken.
    """

    def decorate(transform: TransformT) -> TransformT:
        _add(Control(transform.__name__, sight, transform=transform))
        return transform

    return decorate


def names() -> tuple[str, ...]:
    """Every registered name, in the order of registration, in which later controls see more."""
    return tuple(_REGISTRY)


def get(name: str) -> Control:
    """The control of that name.

    Raises:
        SweepError: no control has this name; the message gives the nearest name.
    """
    (control,) = select([name])
    return control


def select(patterns: Iterable[str]) -> tuple[Control, ...]:
    """The controls that match any of the names or wildcards (``*``, ``?``), each once, in the registry's order.

    Raises:
        SweepError: a pattern matches no control; the message gives the nearest name.
    """
    selected: set[str] = set()
    for pattern in patterns:
        matches = [name for name in _REGISTRY if fnmatchcase(name, pattern)]
        if not matches:
            near = difflib.get_close_matches(pattern, _REGISTRY, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise SweepError(
                f"a name or wildcard has to match a control; received {pattern!r}{hint}; "
                f"registered: {', '.join(_REGISTRY)}"
            )
        selected.update(matches)
    return tuple(control for name, control in _REGISTRY.items() if name in selected)


def _add(control: Control) -> None:
    if control.name in _REGISTRY:
        raise ValueError(f"a control's name is registered once; {control.name} is taken; rename one")
    _REGISTRY[control.name] = control
