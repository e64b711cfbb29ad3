"""``--set dotted.key=value``: changes one value of a sweep file before the file is checked.

The value is read as TOML or, if it is not TOML, as a text: ``data.source=digits`` needs no quotes. A number in the key
is an index into a list: ``grid.0.width=[0.5, 1]``. A top-level ``protocol.X`` or ``input_shape`` applies to all blocks:
it removes that key from every ``[[grid]]`` block.
"""

from typing import Any

from bench.errors import SweepError
from bench.sweeps.error_messages import KeyPath, dotted, shown
from bench.toml_text import parse_toml


def apply_override(document: dict[str, Any], text: str) -> KeyPath:
    """Set the value in the document, in place.

    Returns:
        The path of the value that was set.

    Raises:
        SweepError: there is no ``=``, the key is empty, the value starts like TOML but is not valid, or the key is not
            an index of a list or leads through a plain value.
    """
    key, equals, value = text.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not equals or not all(parts):
        raise SweepError(f"--set takes dotted.key=value, such as protocol.epochs=5; received {text!r}")
    new_value = _parse_value(value.strip(), text)
    path: KeyPath = ()
    holder: Any = document
    for part in parts[:-1]:
        step = _step(holder, part, path, text)
        holder = holder[step] if isinstance(step, int) else holder.setdefault(step, {})
        path = (*path, step)
    last = _step(holder, parts[-1], path, text)
    holder[last] = new_value
    path = (*path, last)
    _clear_blocks(document, path)
    return path


def one_line(text: str) -> str:
    """An override on one line, for messages: line breaks, which TOML lists may have, become spaces."""
    return " ".join(text.split())


def _step(holder: Any, part: str, path: KeyPath, text: str) -> str | int:
    """A part of a key as an index: a number for a list, a text for a table."""
    if isinstance(holder, dict):
        return part
    if not isinstance(holder, list):
        raise SweepError(
            f"--set {one_line(text)}: {dotted(path)} is a plain value, with no keys below it: {shown(holder)}"
        )
    if not part.isdecimal() or int(part) >= len(holder):
        raise SweepError(
            f"--set {one_line(text)}: {dotted(path)} is a list of {len(holder)}: "
            f"name one of its values by its number, 0 to {len(holder) - 1}; received {part}"
        )
    return int(part)


def _clear_blocks(document: dict[str, Any], path: KeyPath) -> None:
    blocks = document.get("grid")
    for block in blocks if isinstance(blocks, list) else ():
        if not isinstance(block, dict):
            continue
        if path in (("input_shape",), ("protocol",)):
            block.pop(path[0], None)
        elif path[0] == "protocol" and isinstance(block.get("protocol"), dict):
            block["protocol"].pop(path[1], None)


def _parse_value(value: str, text: str) -> Any:
    try:
        table = parse_toml(f"value = {value}")
    except ValueError as error:
        if value[:1] in ("", "[", "{", '"', "'"):
            raise SweepError(f"--set {one_line(text)}: the value is not valid TOML: {error}") from error
        return value
    return table["value"] if len(table) == 1 else value
