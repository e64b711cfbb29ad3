"""Reads TOML that anybody may have written."""

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML document.

    Raises:
        ValueError: it is not valid TOML, is nested too deeply for the parser, or has an integer of thousands of digits.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # of Python's limit on digits, whose advice is for programmers
        raise ValueError("a number has too many digits") from None
