"""A study's page as one HTML file that loads nothing: style, scripts, charts and texts are in it."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bench.pages.charts.chart import Chart, Panel
from bench.pages.charts.explorer_charts import Explorer
from bench.pages.definitions import DEFINITIONS, definition
from bench.pages.document import Block
from bench.pages.study_page import AskedAt, StudyPage
from bench.render.html.scripts import VENDORED, licences, page_scripts
from bench.render.html.swatches import Swatch, legend
from bench.render.html.text_html import parts_of, with_code
from bench.render.html.vega_lite import panel_spec

_TEMPLATES = files("bench.render.html") / "templates"
_WIDE_UP_TO = 2
_MAIN, _TALL, _LOW = 380, 300, 190
"""Heights of charts in pixels."""


@dataclass(frozen=True)
class Figure:
    """One chart as the template places it.

    Attributes:
        name: of the element and of its specifications.
        file_name: of downloads, without the suffix.
        caption: what the marks are.
        titles: of the panels, one or more lines each.
        legends: the legend, once for each set of views that share it; a chart with one view has one legend.
    """

    name: str
    file_name: str
    caption: str
    titles: tuple[tuple[str, ...], ...]
    legends: tuple[tuple[str, tuple[Swatch, ...]], ...]


class _Charts:
    """Collects the specifications of charts while the template places them."""

    def __init__(self, study: str) -> None:
        self._study = study
        self.specs: dict[str, list[dict[str, Any]]] = {}

    def place(self, chart: Chart) -> Figure:
        """Place one chart."""
        height = _TALL if len(chart.panels) <= _WIDE_UP_TO else _LOW
        specs = [panel_spec(panel, _description(chart, panel), height) for panel in chart.panels]
        titles = tuple(tuple(panel.title.split("\n")) for panel in chart.panels)
        return self._figure(f"chart-{len(self.specs)}", specs, chart.key, titles, (("", legend(chart)),))

    def place_main(self, explorer: Explorer) -> Figure:
        """Place the main charts as one, of which the page shows the chosen one."""
        charts = list(explorer.charts.values())
        specs = [panel_spec(each.panels[0], _description(each, each.panels[0]), _MAIN) for each in charts]
        views: dict[tuple[Swatch, ...], list[str]] = {}
        for key, chart in explorer.charts.items():
            views.setdefault(legend(chart), []).append("/".join(key))
        legends = tuple((" ".join(keys), swatches) for swatches, keys in views.items())
        return self._figure("main", specs, charts[0].key, ((),), legends)

    def _figure(
        self,
        name: str,
        specs: list[dict[str, Any]],
        caption: str,
        titles: tuple[tuple[str, ...], ...],
        legends: tuple[tuple[str, tuple[Swatch, ...]], ...],
    ) -> Figure:
        self.specs[name] = specs
        return Figure(name, f"{ident(self._study)}-{name}", caption, titles, legends)


def _kind(block: Block) -> str:
    """The kind of a block, for the template. A chart of which nothing can be drawn is a reason."""
    if isinstance(block, Chart) and not any(map(_is_drawn, block.panels)):
        return "reason"
    return type(block).__name__.lower()


def _is_drawn(panel: Panel) -> bool:
    return bool(panel.layers) and not panel.empty


def _description(chart: Chart, panel: Panel) -> str:
    return " ".join(f"{panel.title} {chart.title}. {chart.key}".split())


def study_html(page: StudyPage) -> bytes:
    """The file ``report.html``. The same page gives the same bytes.

    Its Content-Security-Policy allows the scripts and the style of the file itself, by their hashes, and nothing else.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["code"] = with_code
    charts = _Charts(page.name)
    main = charts.place_main(page.main) if page.main.charts else None
    style = _text("page.css")
    scripts = [*page_scripts(), _text("page.js")]
    template = environment.from_string(_text("report.html"))
    body = template.render(
        page=page,
        main=main,
        figure=charts.place,
        definition=definition,
        definitions=DEFINITIONS,
        ident=ident,
        kind=_kind,
        data_uri=_data_uri,
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        policy=_policy(style, scripts),
        sources=", ".join(f"{each.package} {each.version}" for each in VENDORED),
        licences=licences(),
        payload=lambda: Markup(payload(_data(page, charts.specs))),
    )
    return body.encode()


def payload(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a ``script`` element: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data_uri(png: bytes) -> str:
    """A picture as an address that needs no network."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def ident(term: str) -> str:
    """A term as the name of an element."""
    return "".join(letter if letter.isalnum() else "-" for letter in term.lower())


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _data(page: StudyPage, specs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    return {
        "specs": specs,
        "answer": _asked(page.answer),
        "main": ["/".join(key) for key in page.main.charts],
        "margins": [_asked(each) for each in page.by_margin],
        "prices": {cost.value: [_asked(each) for each in asked] for cost, asked in page.by_price},
    }


def _asked(asked: AskedAt) -> dict[str, Any]:
    topics = [[topic.value, parts_of(text)] for topic, text in asked.topics]
    return {"value": asked.value, "taken": asked.taken, "topics": topics}


def _policy(style: str, scripts: Sequence[str]) -> str:
    def of(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {' '.join(map(of, scripts))}; style-src {of(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
