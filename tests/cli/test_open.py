import webbrowser
from pathlib import Path

import pytest

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench


def page_in(folder: Path) -> Path:
    (folder / "report.html").write_text("<!DOCTYPE html>")
    return folder / "report.html"


def test_the_page_is_opened_in_the_browser(
    tmp_path: Path, bench_command: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def opens(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", opens)
    page = page_in(tmp_path)
    assert bench_command("open", tmp_path) == (0, "", "")
    assert opened == [page.as_uri()]


def test_without_a_browser_its_path_is_printed(
    tmp_path: Path, bench_command: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_in(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert bench_command("open", tmp_path) == (0, f"there is no browser; the page is {page}\n", "")


def test_a_folder_without_a_page_is_refused(refused: Refused) -> None:
    line = refused("open", "nowhere")
    assert "nowhere/report.html does not exist; run python -m bench report nowhere" in line
