"""Takes the picture of a study's page that the README shows: ``python docs/page_picture.py``. Needs Chromium."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import bench

HERE = Path(__file__).parent
STUDY = HERE.parent / "results" / "published" / "widths-digits"
PICTURE = HERE / "_static" / "page.png"


def main() -> None:
    """Rebuild the page from the published store, and take its first screen."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        copy = Path(shutil.copytree(STUDY, Path(scratch) / STUDY.name))
        bench.open_study(copy).write_report()
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport={"width": 1160, "height": 1300}, color_scheme="light")
        page.goto((copy / "report.html").as_uri())
        page.wait_for_selector("#main[data-drawn]", state="attached")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
