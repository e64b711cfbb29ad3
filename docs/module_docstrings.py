"""A Sphinx extension: the API reference shows the first paragraph of a module's docstring, not its map of files."""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def keep_first_paragraph(
    app: Sphinx, what: str, name: str, documented: object, options: object, lines: list[str]
) -> None:
    """Shorten the lines of a module's docstring in place."""
    if what == "module":
        del lines[lines.index("") :]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.connect("autodoc-process-docstring", keep_first_paragraph)
    return {"version": "1", "parallel_read_safe": True}
