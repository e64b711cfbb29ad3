"""The pages of a site as HTML. Every text is escaped; style and script are in each file and allowed by their hashes."""

import base64
import hashlib
import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from itertools import count
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from bench.pages.document import Note, Page, Statement, Table
from bench.pages.site_pages import SiteIndex
from bench.render.html.text_html import with_code

_TEMPLATES = files("bench.render.site") / "templates"
_STYLE, _SCRIPT = "site.css", "index.js"


def index_html(index: SiteIndex) -> bytes:
    """The index: one row per study, sortable and searchable, and the list of comparisons."""
    return _html("index.html", index=index, script=_text(_SCRIPT))


def page_html(page: Page, home: str, links: Collection[tuple[str, str]] = ()) -> bytes:
    """A page of the document model, without charts.

    Args:
        page: the page.
        home: the address of the index.
        links: names and addresses of pages that it is about.
    """
    return _html("page.html", page=page, home=home, links=links)


def notes_html(title: str, texts: Collection[str], home: str, present: Collection[str]) -> bytes:
    """Texts in Markdown, such as a README, as one page. HTML in them shows as text.

    Args:
        title: of the page.
        texts: the texts, one below the other.
        home: the address of the index.
        present: the addresses that exist beside the page. Links and pictures elsewhere become plain text, unless they
            are whole addresses with https.
    """
    body = "\n".join(_markdown(text, present) for text in texts)
    return _html("notes.html", title=title, body=Markup(_with_scrolling_tables(body)), home=home)


def _html(template: str, *, script: str = "", **values: object) -> bytes:
    style = _text(_STYLE)
    rendered = (
        _environment()
        .get_template(template)
        .render(values, style=Markup(style), script=Markup(script), policy=_policy(style, script))
    )
    return rendered.encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = with_code
    environment.filters["address"] = quote
    environment.tests["statement"] = lambda block: isinstance(block, Statement)
    environment.tests["note"] = lambda block: isinstance(block, Note)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    return environment


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    scripts = digest(script) if script else "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {digest(style)}; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _markdown(text: str, present: Collection[str]) -> str:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        if token.children:
            token.children = _without_dead_links(token.children, present)
        alignment = token.attrs.pop("style", None)  # the policy allows no style attributes
        if alignment == "text-align:right":
            token.attrSet("class", "right")
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


def _with_scrolling_tables(body: str) -> str:
    """Rendered Markdown whose tables scroll sideways, each in a region with a name of its own."""
    numbers = count(1)

    def opened(_: re.Match[str]) -> str:
        return f'<div class="scroll" tabindex="0" role="region" aria-label="table {next(numbers)}"><table>'

    return re.sub("<table>", opened, body).replace("</table>", "</table></div>")


def _without_dead_links(tokens: list[Token], present: Collection[str]) -> list[Token]:
    kept = []
    is_open: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            is_open.append(_leads(str(token.attrGet("href")), present))
            if is_open[-1]:
                kept.append(token)
        elif token.type == "link_close":
            if is_open.pop():
                kept.append(token)
        elif token.type != "image" or str(token.attrGet("src")) in present:
            kept.append(token)
    return kept


def _leads(address: str, present: Collection[str]) -> bool:
    return address.startswith("https://") or address in present
