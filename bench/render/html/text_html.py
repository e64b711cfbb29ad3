"""Texts and cells as HTML. Everything that comes from a study is escaped."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]*)`")


def with_code(text: str) -> Markup:
    """A text of the document model as HTML: names between backticks become code, everything else is escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts_of(text))
    )


def parts_of(text: str) -> list[str]:
    """A text in parts: plain ones, and at every other place code."""
    return _CODE.split(text)
