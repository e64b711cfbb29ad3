"""One-line messages about invalid sweeps: the key, the rule, the value received."""

import difflib
import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from bench.errors import SweepError

KeyPath = tuple[str | int, ...]
"""Keys and indices from the top of a sweep file down to a value."""

_RULES = {
    "missing": "is required",
    "tuple_type": "must be a list of tables, in double brackets",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be lower-case letters, digits, - and _, such as widths-2",
}
_TYPES = {
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "a text",
    "a valid boolean": "true or false",
}
_NOTHING = object()


class MisfitError(SweepError):
    """One invalid value of a sweep, and its path in the sweep's records."""

    def __init__(self, path: KeyPath, rule: str, received: object = _NOTHING) -> None:
        self.path = path
        self.rule = rule if received is _NOTHING else f"{rule}; received {shown(received)}"
        super().__init__(f"{dotted(path)}: {self.rule}" if path else self.rule)


def problem(rule: str, **where: Any) -> PydanticCustomError:
    """An error for a pydantic validator to raise.

    Args:
        rule: what is allowed; it follows the key in the message.
        where: empty if the validator's whole input is invalid; or ``key``, a key or an index below it, and ``value``,
            the value received there, if there is one.
    """
    return PydanticCustomError("sweep", "{rule}", {"rule": rule, **where})


def first_misfit(error: ValidationError) -> MisfitError:
    """The first of pydantic's errors; its rule ends with the number of further errors."""
    details = error.errors(include_url=False)
    first = details[0]
    context = first.get("ctx", {})
    path, received = first["loc"], first["input"]
    rule = _RULES.get(first["type"]) or first["msg"].replace("Input should be", "must be")
    for pydantic_name, name in _TYPES.items():
        rule = rule.replace(pydantic_name, name)
    if first["type"] == "sweep":
        if "key" in context:
            path, received = (*path, context["key"]), context.get("value", _NOTHING)
    elif first["type"] == "missing":
        received = _NOTHING
    misfit = MisfitError(path, rule, received)
    if len(details) > 1:
        misfit.rule += f" (and {len(details) - 1} more)"
    return misfit


def is_one_shape(value: object) -> bool:
    """Whether an ``input_shape`` is written as one shape, and not as a list of shapes."""
    return isinstance(value, list | tuple) and not any(isinstance(item, list | tuple) for item in value)


def as_written(path: KeyPath, document: Any) -> KeyPath:
    """The path of a validated value in its document, in which a single value may replace a list of one."""
    kept: KeyPath = ()
    for part in path:
        stands_for_list = not isinstance(document, list) or (kept[-1:] == ("input_shape",) and is_one_shape(document))
        if isinstance(part, int) and stands_for_list:
            continue
        kept = (*kept, part)
        document = _child(document, part)
    return kept


def dotted(path: Sequence[str | int]) -> str:
    """A path as messages write it, such as ``grid[0].width[1]``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def shown(value: object) -> str:
    """A received value on one line, shortened if it is long."""
    return textwrap.shorten(json.dumps(value, default=str), width=80, placeholder=" ...")


def close_match(word: object, possibilities: Iterable[str]) -> str:
    """``", did you mean x?"`` if a possibility resembles the word, else an empty text."""
    near = difflib.get_close_matches(str(word), possibilities, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _child(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None
