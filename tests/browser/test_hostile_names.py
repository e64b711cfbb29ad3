"""Names are data: whatever a class, a file, a study or a network is called, the page shows it as text."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.analyse.analysis import analyse_study
from bench.pages.study_page import study_page
from bench.render.html.study_html import study_html
from bench.store import Store
from bench.study.study_data import StudyData
from tests.browser.conftest import Open
from tests.store.planted import Planted, cost, network

HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<!--<script>",
    "<img src=x onerror='window.hacked = 1'>",
    "{{ 7*7 }}{% raw %}",
    "\"'><svg onload=window.hacked=1>",
    "javascript:window.hacked=1",
    "datum.x + signal('x') // \\' ] }",
    "`</code><b>bold</b>`",
    "&lt;b&gt;&amp;",
    "a\u2028b\u202ec",
)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in which every name is hostile: networks, classes and so files, study and data set."""
    folder = tmp_path_factory.mktemp("hostile")
    names = iter(HOSTILE * 2)
    planted = Planted(
        {network(next(names)): cost(1000), network(next(names)): cost(4000), network(next(names)): cost(16_000)},
        class_names=(next(names), next(names)),
        report={
            "confusion": True,
            "published": [
                {
                    "label": next(names),
                    "architecture": "paper_small",
                    "n_params": 4000,
                    "val_accuracy": 0.8,
                    "n_images": 9,
                }
            ],
        },
    )
    planted.write(folder / "study")
    with Store.open_existing(folder / "study") as store:
        data = StudyData.read(store)
        study = data.study.model_copy(update={"name": next(names), "dataset": next(names), "sweep_name": next(names)})
        renamed = replace(data, study=study)
        (folder / "report.html").write_bytes(study_html(study_page(renamed, analyse_study(renamed))))
    return folder / "report.html"


def test_hostile_names_are_shown_as_text_and_run_nothing(hostile_page: Path, open_page: Open) -> None:
    watched = open_page(hostile_page, is_complete=True)
    watched.run("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    watched.page.wait_for_selector("#main .numbers table")
    shown = watched.run(
        "() => document.body.innerText + [...document.querySelectorAll('svg')].map((e) => e.textContent)"
    )
    assert watched.run("() => window.hacked") is None
    assert watched.console == []
    assert watched.errors == []
    assert len(watched.requests) == 1
    assert watched.run("() => document.title") == HOSTILE[6]
    assert "49" not in watched.run("() => document.querySelector('h1').innerText")
    for name in (*HOSTILE[:6], *HOSTILE[7:8]):
        assert name in shown
    assert watched.run("() => document.querySelectorAll('main img, main b > b, [onerror], [onload]').length") == 0


def test_hostile_names_are_shown_as_text_beside_a_mark(hostile_page: Path, open_page: Open) -> None:
    watched = open_page(hostile_page)
    marks = watched.page.locator("#main .plot g[class*=' series_'].mark-symbol > path")
    marks.first.dispatch_event("pointermove")
    marks.first.hover(force=True)
    watched.page.wait_for_selector("#vg-tooltip-element.visible")
    assert HOSTILE[0] in watched.page.inner_text("#vg-tooltip-element")
    assert watched.run("() => window.hacked") is None
