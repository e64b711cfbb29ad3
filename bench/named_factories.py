"""``NamedFactories``: a registry of functions under their own names. Commands and trials choose from it by name."""

import difflib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from bench.errors import UnknownNameError

FactoryT = TypeVar("FactoryT", bound=Callable[..., Any])


class NamedFactories(Generic[FactoryT]):
    """Functions by name, in the order of registration; the first line of a function's docstring is its summary.

    Args:
        kind: the kind of object that the functions return, for messages, such as ``executor``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._factories: dict[str, FactoryT] = {}

    def register(self, factory: FactoryT) -> FactoryT:
        """Register a function under its own name and return it unchanged.

        Raises:
            ValueError: the name is taken, or the function has no docstring.
        """
        name = factory.__name__
        if name in self._factories:
            raise ValueError(f"the name of each {self._kind} is registered once; {name} is taken; rename one")
        if not factory.__doc__:
            raise ValueError(f"each {self._kind} needs a docstring; {name} has none; describe it in one line")
        self._factories[name] = factory
        return factory

    def names(self) -> tuple[str, ...]:
        """Every registered name."""
        return tuple(self._factories)

    def get(self, name: str) -> FactoryT:
        """The function of that name.

        Raises:
            UnknownNameError: no function has it; the text gives the nearest name.
        """
        if name not in self._factories:
            near = difflib.get_close_matches(name, self._factories, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise UnknownNameError(
                f"each {self._kind} is chosen by its name; received {name!r}{hint}; "
                f"registered: {', '.join(self._factories)}"
            )
        return self._factories[name]
