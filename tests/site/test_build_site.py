"""A site over planted studies: what it holds, that it is stable, and what is refused."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench.errors import StudyError
from bench.site_building import build_site
from tests.cli.command_line import tree
from tests.store.planted import SMALL

README = """# lungs

**Question.** Once more. Does a wider
network help?

It does <script>alert(1)</script>; see [the rest](elsewhere.md) and [this](https://example.org/).

| network | accuracy |
|---|---:|
| one | 0.5 |
"""
AUDIT = {"dataset": "lungs", "n_images": 1098, "findings": [{"severity": "severe", "what": "equal `a|b` <pictures>"}]}

ANALYSIS = {"answer": {"headline": "Take `the smaller`."}, "dataset": "lungs", "sizes": [{"n_params": 7}]}
PAGE = "<!DOCTYPE html><title>As the report wrote it</title>"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies of the same networks, one of them in a folder of its own, and an audit."""
    results = tmp_path_factory.mktemp("results")
    replace(SMALL, begun=date(2026, 11, 24)).write(results / "widths-lungs")
    reported = SMALL.write(
        results / "again" / "<b>lungs</b>", lambda trial: SMALL.result(trial, n_misses=2 + trial.fold)
    )
    (reported / "report.html").write_text(PAGE)
    (reported / "analysis.json").write_text(json.dumps(ANALYSIS))
    (results / "widths-lungs" / "README.md").write_text(README)
    (results / "audit-lungs").mkdir()
    (results / "audit-lungs" / "audit.json").write_text(json.dumps(AUDIT))
    (results / "audit-lungs" / "audit.md").write_text("# Audit of lungs\n")
    (results / ".hidden").mkdir()
    return results


@pytest.fixture
def few(results: Path, tmp_path: Path) -> Path:
    """The study that has a report, and the audit: a site of these is built fast."""
    shutil.copytree(results, tmp_path / "results")
    shutil.rmtree(tmp_path / "results" / "widths-lungs")
    return tmp_path / "results"


@pytest.fixture(scope="module")
def site(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parent") / "_site"
    assert build_site(results, out) == 3
    return out


def own_pages(site: Path) -> list[Path]:
    """Every page except those that a report has written, which have tests of their own."""
    pages = [page for page in site.rglob("*.html") if page.name != "report.html"]
    assert len(pages) == 4
    return pages


def links(page: Path) -> list[str]:
    from urllib.parse import unquote

    return [unquote(each) for each in re.findall(r'(?:href|src)="([^"]+)"', page.read_text())]


def test_the_index_has_a_row_per_study_with_its_question_answer_and_sizes(site: Path) -> None:
    index = (site / "index.html").read_text()
    assert index.count('<th scope="row"') == 3
    assert '<p class="question">Does a wider network help?</p>' in index
    assert "1,098 images, a severe finding: equal <code>a|b</code> &lt;pictures&gt;." in index
    assert "lungs, 1,098 images" in index
    n_params = sorted(cost.n_params for cost in SMALL.networks.values())
    assert '<td data-label="Date" data-key="2026-11-24">2026-11-24</td>' in index
    assert f"{len(n_params)} networks, {n_params[0]:,} to {n_params[-1]:,} parameters" in index


def test_a_study_without_a_date_has_that_of_its_last_commit(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results / "audit-lungs", tmp_path / "results" / "audit-lungs")
    named = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    when = {**os.environ, "GIT_COMMITTER_DATE": "2026-01-02T12:00:00Z"}
    for command in (("init", "-q"), ("add", "."), (*named, "commit", "-q", "-m", "audited")):
        subprocess.run(["git", *command], cwd=tmp_path, env=when, check=True)
    (tmp_path / "results" / "audit-lungs" / "README.md").write_text("Written later.")
    for command in (("add", "."), (*named, "commit", "-q", "-m", "described")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    build_site(tmp_path / "results", tmp_path / "site")
    assert 'data-key="2026-01-02"' in (tmp_path / "site" / "index.html").read_text()


def test_every_link_of_every_page_leads_to_a_file_of_the_site(site: Path) -> None:
    for page in own_pages(site):
        for link in links(page):
            assert link.startswith("https://") or (page.parent / link).is_file(), (page, link)


def test_two_studies_with_common_networks_have_a_page_that_compares_them(site: Path) -> None:
    (page,) = (site / "comparisons").rglob("index.html")
    text = page.read_text()
    assert "B - A" in text
    assert str(len(SMALL.networks)) in (site / "index.html").read_text().split("networks in common")[0]
    assert "on the same images" in (site / "index.html").read_text()


def test_names_and_texts_of_studies_are_shown_as_text(site: Path) -> None:
    for page in own_pages(site):
        assert "<b>lungs" not in page.read_text()
        assert "<script>alert" not in page.read_text()
    assert "&lt;b&gt;lungs" in (site / "index.html").read_text()
    notes = (site / "studies" / "widths-lungs" / "notes.html").read_text()
    assert "&lt;script&gt;alert(1)" in notes
    assert "the rest" in notes
    assert "elsewhere.md" not in notes


def test_pages_may_load_nothing_from_a_network_and_evaluate_no_text(site: Path) -> None:
    for page in own_pages(site):
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page.read_text())
        assert policy.startswith("default-src &#39;none&#39;")
        assert "unsafe" not in policy
        assert not re.search(r'src="https?:| style="| on\w+="', page.read_text())


def test_unchanged_studies_give_unchanged_bytes(results: Path, site: Path) -> None:
    before = tree(site)
    sources = tree(results)
    build_site(results, site)
    assert tree(site) == before
    assert tree(results) == sources


def test_a_site_opens_from_another_folder(site: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "copy"
    shutil.copytree(site, moved)
    assert all(not link.startswith(("/", "file:")) for page in own_pages(moved) for link in links(page))


def test_a_page_that_the_report_has_written_is_copied(site: Path) -> None:
    assert (site / "studies" / "again" / "<b>lungs</b>" / "report.html").read_text() == PAGE
    assert "Take <code>the smaller</code>." in (site / "index.html").read_text()


def test_a_study_without_a_page_gets_one_from_its_store(site: Path) -> None:
    page = (site / "studies" / "widths-lungs" / "report.html").read_text()
    assert "<title>widths-lungs</title>" in page


def test_a_removed_study_leaves_the_site(few: Path, tmp_path: Path) -> None:
    build_site(few, tmp_path / "site")
    shutil.rmtree(few / "again")
    build_site(few, tmp_path / "site")
    assert "lungs&lt;" not in (tmp_path / "site" / "index.html").read_text()
    assert not (tmp_path / "site" / "studies" / "again").exists()


def test_a_folder_that_holds_something_else_is_not_replaced(few: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years of work")
    with pytest.raises(StudyError, match=r"replaces an earlier site only; .* choose another --out"):
        build_site(few, tmp_path / "home")
    assert [each.name for each in (tmp_path / "home").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("name", ["report.html", "audit.json", "README.md"])
def test_a_link_to_a_file_elsewhere_is_not_published(name: str, few: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    (few / "audit-lungs" / name).unlink(missing_ok=True)
    (few / "audit-lungs" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(StudyError, match=rf"audit-lungs/{name} is not; remove it"):
        build_site(few, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_damaged_file_of_a_study_is_one_line_and_the_earlier_site_stays(few: Path, tmp_path: Path) -> None:
    build_site(few, tmp_path / "site")
    before = tree(tmp_path / "site")
    (few / "audit-lungs" / "audit.json").write_text("{}")
    with pytest.raises(StudyError, match=r"audit-lungs: KeyError .*; rebuild them"):
        build_site(few, tmp_path / "site")
    assert tree(tmp_path / "site") == before
