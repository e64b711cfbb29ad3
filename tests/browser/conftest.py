"""A real browser, and pages of planted studies. Without a browser, these tests are skipped."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.analyse.analysis import analyse_study
from bench.pages.study_page import study_page
from bench.records import NetworkTrial, Trial, TrialResult
from bench.render.html.study_html import study_html
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import Planted, cost, network

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = {0.25: 1_000, 0.5: 4_000, 1.0: 16_000}
STUDY = Planted(
    {network(width=width): cost(n) for width, n in WIDTHS.items()} | {network("paper_large"): cost(64_000)},
    report={"confusion": True},
    controls=["majority_class"],
)


def result(trial: Trial) -> TrialResult:
    """Larger networks miss fewer images, and one image more in some trainings."""
    if not isinstance(trial, NetworkTrial) or trial.control is not None:
        return STUDY.result(trial, 4)
    place = list(STUDY.networks).index(trial.network)
    return STUDY.result(trial, max(0, 2 - place + (trial.seed + trial.fold) % 2))


@dataclass
class Watched:
    """A page with what it did: messages on the console, errors, requests."""

    page: Any
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def run(self, script: str, *arguments: object) -> Any:
        return self.page.evaluate(script, *arguments)

    def text(self, selector: str) -> str:
        return " ".join(self.page.inner_text(selector).split())

    def set(self, selector: str, value: object) -> None:
        """Move a slider or choose an option, and wait until the main chart is drawn again."""
        self.run(
            """async ([selector, value]) => {
                const control = document.querySelector(selector);
                if (control.type === "checkbox") control.checked = value; else control.value = value;
                control.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise((done) => setTimeout(done, 60));
            }""",
            [selector, value],
        )


Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: python -m pip install playwright")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("needs a browser: apt-get install chromium")
    with sync_api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a file and waits until its main chart is drawn, or all of its charts."""
    contexts = []

    def opened(path: Path, *, width: int = 1400, scheme: str = "light", is_complete: bool = False) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.on("console", lambda message: watched.console.append(f"{message.type}: {message.text}"))
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("request", lambda request: watched.requests.append(request.url))
        watched.page.goto(path.as_uri())
        watched.page.wait_for_selector("html[data-ready]" if is_complete else "#main[data-drawn]", state="attached")
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planted study of a family of three sizes and a larger network, timed, with a control."""
    return STUDY.write(tmp_path_factory.mktemp("planted") / "study", result)


@pytest.fixture(scope="session")
def data(stored: Path) -> Iterator[StudyData]:
    with Store.open_existing(stored) as store:
        yield StudyData.read(store)


@pytest.fixture(scope="session")
def report(data: StudyData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the planted study."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(study_html(study_page(data, analyse_study(data))))
    return path
