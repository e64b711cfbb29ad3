"""The index of a site in a real browser: it sorts, searches, and asks for nothing outside its folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.site_building import build_site

N_IMAGES = {"audit-b": 98, "audit-a": 2000, "audit-c": 240}
SHOWN = """() => [...document.querySelectorAll("#studies tbody tr")]
    .filter((row) => !row.hidden).map((row) => row.cells[0].dataset.key)"""
AXE = (Path(__file__).parent / "assets" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index over three audits."""
    folder = tmp_path_factory.mktemp("site")
    for name, n_images in N_IMAGES.items():
        (folder / "results" / name).mkdir(parents=True)
        audit = {"dataset": f"{name} <b>images</b>", "n_images": n_images, "findings": []}
        (folder / "results" / name / "audit.json").write_text(json.dumps(audit))
    build_site(folder / "results", folder / "site")
    return folder / "site" / "index.html"


@pytest.fixture
def page(browser: Any, index: Path) -> Iterator[Any]:
    """The opened index. Afterwards, nothing was asked from outside and nothing was written to the console."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    noise: list[str] = []
    opened.on("console", lambda message: noise.append(message.text))
    opened.on("pageerror", lambda error: noise.append(str(error)))
    opened.on("request", lambda request: noise.extend([] if request.url == index.as_uri() else [request.url]))
    opened.goto(index.as_uri())
    yield opened
    context.close()
    assert noise == []


def test_a_heading_sorts_by_number_and_again_in_reverse(page: Any) -> None:
    assert page.evaluate(SHOWN) == ["audit-a", "audit-b", "audit-c"]
    page.get_by_role("button", name="Data").click()
    assert page.evaluate(SHOWN) == ["audit-b", "audit-c", "audit-a"]
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Data"
    page.get_by_role("button", name="Data").click()
    assert page.evaluate(SHOWN) == ["audit-a", "audit-c", "audit-b"]


def test_a_search_hides_other_rows_and_counts(page: Any) -> None:
    page.get_by_label("Search").fill("IMAGES audit-c")
    assert page.evaluate(SHOWN) == ["audit-c"]
    assert page.locator("#found").inner_text() == "1 of 3 studies"
    page.get_by_label("Search").fill("")
    assert len(page.evaluate(SHOWN)) == 3


def test_a_narrow_screen_needs_no_scrolling_sideways(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_names_that_look_like_html_are_text(page: Any) -> None:
    assert page.locator("tbody b").count() == 0
    assert "audit-a <b>images</b>, 2,000 images" in page.locator("tbody").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []
