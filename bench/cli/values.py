"""Parsers of option values; an error names the option."""

from collections.abc import Callable

import typer

MOST = 1_000_000_000
"""Of most whole numbers on a command line: larger ones are typing errors that would overflow or run for ever."""
_EXCERPT = 40


def at_least(least: int, most: int = MOST) -> Callable[[str], int]:
    """A parser of whole numbers of at least ``least`` and at most ``most``."""

    def parse(text: str) -> int:
        digits = str(text).lstrip("0") or "0"  # typer parses a default too, which is a number
        if not digits.isdecimal() or len(digits) > len(str(most)) or not least <= int(digits) <= most:
            raise typer.BadParameter(
                f"must be a whole number, {least} or more, at most {most:,}; received {str(text)[:_EXCERPT]}"
            )
        return int(digits)

    return parse


def one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    """A parser that accepts these names only."""

    def parse(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"must be one of {', '.join(map(repr, names))}; received {text!r}")
        return text

    return parse


def whole_numbers(text: str, option: str) -> tuple[int, ...]:
    """``1,2`` as numbers; an error names ``option``."""
    numbers = [part.strip() for part in text.split(",")]
    if not all(number.isdecimal() and len(number) < len(str(MOST)) for number in numbers):
        raise typer.BadParameter(
            f"must be whole numbers with commas between them, such as 1,2; received {text[:_EXCERPT]}",
            param_hint=f"'{option}'",
        )
    return tuple(map(int, numbers))


def input_shape(text: str) -> tuple[int, int, int]:
    """``70x70x3`` as height, width and channels."""
    sides = text.split("x")
    if len(sides) != 3 or not all(side.isdecimal() and len(side) < len(str(MOST)) and int(side) for side in sides):
        raise typer.BadParameter(
            f"must be HEIGHTxWIDTHxCHANNELS, whole numbers above 0, such as 70x70x3; received {text[:_EXCERPT]}",
            param_hint="'--input'",
        )
    height, width, channels = map(int, sides)
    return height, width, channels
