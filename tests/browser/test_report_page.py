"""``report.html`` in a real browser: every control is used, and the console stays empty."""

import csv
import io
import re
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from bench.analyse.asked_again import MARGINS, PRICES, Cost
from tests.browser.conftest import WIDTHS, Open, Watched
from tests.cli.command_line import bench

AXE = (Path(__file__).parent / "assets" / "axe.min.js").read_text(encoding="utf-8")


def plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def violations(watched: Watched, rules: str = "") -> list[str]:
    """What axe finds: by all of its rules, or by those that are named."""
    only = f"runOnly: [{rules!r}]," if rules else ""
    watched.run(AXE)
    found: dict[str, Any] = watched.run(f"() => axe.run(document, {{ {only} resultTypes: ['violations'] }})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def n_marks(watched: Watched, role: str) -> int:
    """The number of marks in the layers of a role of the main chart."""
    count = "(role) => document.querySelectorAll(`#main .plot svg g[class*=' ${role}_'] > path`).length"
    return int(watched.run(count, role))


def axis_title(watched: Watched, axis: str) -> str:
    labels: list[str] = watched.run(
        "() => [...document.querySelectorAll('#main [aria-label]')].map((e) => e.ariaLabel)"
    )
    return next(label for label in labels if label.startswith(axis))


def downloaded(watched: Watched, button: str) -> tuple[str, str]:
    with watched.page.expect_download() as download:
        watched.page.click(button)
    path = download.value.path()
    return download.value.suggested_filename, Path(path).read_text(encoding="utf-8")


def test_the_page_loads_nothing_and_leaves_the_console_empty(report: Path, open_page: Open) -> None:
    watched = open_page(report, is_complete=True)
    assert watched.requests == [report.as_uri()]
    assert watched.console == []
    assert watched.errors == []
    assert watched.run("() => document.querySelectorAll('figure.chart:not([data-drawn])').length") == 0
    assert (
        watched.run("() => [...document.querySelectorAll('.plot')].filter((plot) => !plot.querySelector('svg')).length")
        == 0
    )


def test_the_page_may_neither_load_nor_run_anything_else(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    was_run, refused = watched.run(
        """async () => {
            const refused = new Set();
            document.addEventListener("securitypolicyviolation", (event) => refused.add(event.effectiveDirective));
            await fetch("https://example.com/").catch(() => refused.add("fetch"));
            const script = document.createElement("script");
            script.textContent = "window.wasRun = true";
            const picture = document.createElement("img");
            picture.src = "https://example.com/picture.png";
            document.body.append(script, picture);
            await new Promise((done) => setTimeout(done, 100));
            return [window.wasRun ?? false, [...refused].sort()];
        }"""
    )
    assert not was_run
    assert "unsafe" not in watched.page.locator("meta[http-equiv]").get_attribute("content")
    assert {"connect-src", "fetch", "img-src", "script-src-elem"} <= set(refused)


def test_the_page_says_at_every_grid_point_what_the_command_line_says(
    report: Path,
    stored: Path,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    watched = open_page(report)
    answers, taken = set(), set()
    for place, (margin, price) in enumerate(zip_longest(MARGINS, PRICES, fillvalue=MARGINS[-1])):
        asked = ("--margin", str(margin), "--per-million", str(price), "--per-ms", str(price))
        code, printed, _ = bench(monkeypatch, capsys, "analyse", str(stored), *asked)
        answer, _, rest = printed.partition("The answer")[2].partition("At a price")
        of_million, of_ms = re.findall(r"If a .*?\.(?= If| *$)", plain(rest.partition("Along sizes")[0]))
        assert code == 0
        watched.set("#margin", min(place, len(MARGINS) - 1))
        watched.set("#price", place)
        shown = plain(watched.text("#topics"))
        sentences = re.split(r"(?<=\.) (?=[A-Z])", plain(answer))
        assert len(sentences) > 2
        assert all(sentence in shown for sentence in sentences)
        assert sum(map(len, sentences)) > 0.75 * len(shown)
        watched.set("#cost", Cost.MILLION_PARAMETERS.value)
        assert plain(watched.text("#priced")) == of_million
        watched.set("#cost", Cost.STEP_MS.value)
        assert plain(watched.text("#priced")) == of_ms
        marked = watched.text("#networks tr.taken th").removesuffix("taken").strip().replace(" ×", " at width ")
        assert f"Take {marked} (" in shown
        assert n_marks(watched, "taken") == 1
        answers.add(shown)
        taken.add(of_million)
    assert len(answers) == len(MARGINS)
    assert len(taken) == len(PRICES)
    assert watched.console == watched.errors == []


def test_the_switches_change_the_main_chart(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    assert n_marks(watched, "trials") > 0
    watched.set("#show-trials", False)
    assert n_marks(watched, "trials") == 0
    assert watched.run("() => document.querySelectorAll('#main .plot [class*=\" control_\"]').length") > 0
    watched.set("#show-controls", False)
    assert watched.run("() => document.querySelectorAll('#main .plot [class*=\" control_\"]').length") == 0
    watched.set("#show-laws", True)
    assert "log scale" in axis_title(watched, "X-axis")
    watched.set("#scale", "linear")
    assert "linear scale" in axis_title(watched, "X-axis")
    titles = set()
    for measure in watched.run("() => [...document.querySelector('#measure').options].map((each) => each.value)"):
        for cost in watched.run("() => [...document.querySelector('#against').options].map((each) => each.value)"):
            watched.set("#measure", measure)
            watched.set("#against", cost)
            titles.add((axis_title(watched, "X-axis"), axis_title(watched, "Y-axis")))
    assert len(titles) == 3 * 4
    assert watched.console == watched.errors == []


def test_a_click_on_a_legend_entry_isolates_a_family_and_another_one_brings_all_back(
    report: Path, open_page: Open
) -> None:
    watched = open_page(report)
    before = n_marks(watched, "series")
    button = watched.page.locator("ul.legend:not([hidden]) button.family").first
    button.press("Enter")
    watched.page.wait_for_timeout(100)
    assert 0 < n_marks(watched, "series") < before
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    watched.page.wait_for_timeout(100)
    assert n_marks(watched, "series") == before


def test_a_mark_shows_network_exact_count_mean_interval_and_trials(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    watched.set("#show-trials", False)
    watched.page.locator("#main .plot g[class*=' series_'].mark-symbol > path").nth(2).hover()
    watched.page.wait_for_selector("#vg-tooltip-element.visible")
    shown = watched.text("#vg-tooltip-element")
    assert re.search(r"network paper_small ×1 parameters 16,000 accuracy \d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]", shown)
    assert "trials 4" in shown


def test_a_chart_gives_its_numbers_as_a_table_as_csv_and_as_svg(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    watched.page.click("#main .numbers > summary")
    watched.page.wait_for_selector("#main .numbers table")
    heads = watched.run("() => [...document.querySelectorAll('#main .numbers th')].map((cell) => cell.textContent)")
    assert {"series", "network", "parameters", "low", "high"} <= set(heads)
    name, text = downloaded(watched, "#main button.csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "widths-lungs-main.csv"
    assert [row["network"] for row in rows if row["network"]] == [
        *(f"paper_small ×{w:g}" for w in WIDTHS),
        "paper_large ×1",
    ]
    assert len(rows) == watched.run("() => document.querySelectorAll('#main .numbers tbody tr').length")
    name, text = downloaded(watched, "#main button.svg")
    assert name == "widths-lungs-main.svg"
    assert text.startswith("<svg")
    assert "var(--" not in text


def test_every_number_has_its_definition_one_click_away(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    heads = watched.page.locator("#networks thead th")
    assert all("button" in heads.nth(place).inner_html() for place in range(1, heads.count()))
    watched.page.locator("#networks thead th button").nth(1).press("Enter")
    assert "share of images that a network labels correctly" in watched.text("#d-accuracy:popover-open")


@pytest.mark.parametrize(("scheme", "rules"), [("light", ""), ("dark", "color-contrast")])
def test_axe_finds_nothing_with_every_chapter_open(scheme: str, rules: str, report: Path, open_page: Open) -> None:
    watched = open_page(report, scheme=scheme, is_complete=True)
    watched.run("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(watched, rules) == []


def test_the_keyboard_reaches_every_control(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    controls = "a, button, input, select, summary, [tabindex='0']"
    shown: int = watched.run(
        f"() => [...document.querySelectorAll(`{controls}`)].filter((each) => each.checkVisibility()).length"
    )
    reached = set()
    for _ in range(shown + 5):
        watched.page.keyboard.press("Tab")
        reached.add(watched.run(f"() => [...document.querySelectorAll(`{controls}`)].indexOf(document.activeElement)"))
    assert len(reached - {-1}) == shown


def test_nothing_is_wider_than_a_telephone(report: Path, open_page: Open) -> None:
    watched = open_page(report, width=360, is_complete=True)
    watched.run("() => document.querySelectorAll('details.chapter').forEach((each) => { each.open = true; })")
    watched.page.wait_for_timeout(300)
    assert watched.run("() => document.documentElement.scrollWidth") == 360
    right = (
        "() => Math.max(...[...document.querySelectorAll('.plot svg')].map((svg) => svg.getBoundingClientRect().right))"
    )
    assert watched.run(right) <= 360


def test_print_opens_every_chapter(report: Path, open_page: Open) -> None:
    watched = open_page(report)
    watched.run("() => dispatchEvent(new Event('beforeprint'))")
    assert watched.run("() => document.querySelectorAll('details.chapter:not([open])').length") == 0
    watched.run("() => dispatchEvent(new Event('afterprint'))")
    assert watched.run("() => document.querySelectorAll('details.chapter[open]').length") == 0
    assert watched.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") > 3
