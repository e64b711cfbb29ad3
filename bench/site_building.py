"""Builds a site over a folder of studies: an index, each study's page, and comparisons of two."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path, PurePosixPath

from bench.analyse.two_studies import Side, compare_studies, share_networks
from bench.errors import StudyError
from bench.files import refuse_link, whole_folder
from bench.pages.site_pages import Entry, Pair, SiteIndex, common_ground, comparison_page, entry
from bench.render.site.site_html import index_html, notes_html, page_html
from bench.report.report_files import REPORT_PAGE, make_files
from bench.store import STORE_NAME, Store
from bench.study.reported_study import FILES_READ, ReportedStudy
from bench.study.study_data import StudyData

INDEX, NOTES, README = "index.html", "notes.html", "README.md"
_STUDIES, _COMPARISONS = "studies", "comparisons"
_SIGNS = (STORE_NAME, "analysis.json", "audit.json", "environment.json")
"""A folder with one of these files holds a study or an audit."""
_MARK = b'<meta name="generator" content="param-scaling-bench">'


@dataclass(frozen=True)
class _Study:
    """A study's folder as the site uses it; ``side`` and ``begun`` are None without a store."""

    name: str
    folder: Path
    files: Mapping[str, bytes]
    side: Side | None
    begun: date | None


def build_site(results: Path, out: Path) -> int:
    """Write a static site over all studies and audits below a folder. It needs no server and no network.

    A study's page is its ``report.html``; without one, it is made from the store. A folder without either has its pages
    in Markdown and its pictures. The same folder gives the same bytes. The date of a study is that of its plan or, of a
    study of an earlier version, of the last commit that changed its results.

    Args:
        results: the folder of studies; folders in it are searched too, hidden ones and links are not.
        out: the folder of the site. An earlier site is replaced, in one atomic step.

    Returns:
        The number of studies and audits.

    Raises:
        StudyError: there is no study, a study cannot be read, a file of it is a link, or ``out`` cannot be written or
            holds something else.
    """
    _refuse_other_content(out)
    folders = {folder.relative_to(results).as_posix(): folder for folder in _study_folders(results, out)}
    if not folders:
        raise StudyError(f"a site needs studies; {results} has none; name a folder in which runs have written studies")
    studies = [_read(name, folder) for name, folder in folders.items()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(out) as scratch:
            entries = [_write_study(study, scratch) for study in studies]
            pairs = list(_write_comparisons(studies, entries, scratch))
            (scratch / INDEX).write_bytes(index_html(SiteIndex(tuple(entries), tuple(pairs))))
    except OSError as error:
        raise StudyError(
            f"the folder of a site must be writable; {out}: {error.strerror or error}; choose another --out"
        ) from error
    return len(studies)


def _refuse_other_content(out: Path) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    index = out / INDEX
    if not index.is_file() or _MARK not in index.read_bytes():
        raise StudyError(f"a site replaces an earlier site only; {out} holds something else; choose another --out")


def _study_folders(folder: Path, out: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise StudyError(f"a site is built over a folder; {folder} is none; name the folder of studies")
    for each in sorted(folder.iterdir()):
        if each.name.startswith(".") or each.is_symlink() or not each.is_dir() or each.resolve() == out.resolve():
            continue
        if any((each / sign).is_file() for sign in _SIGNS):
            yield each
        else:
            yield from _study_folders(each, out)


def _read(name: str, folder: Path) -> _Study:
    wanted = (*FILES_READ, REPORT_PAGE)
    for each in wanted:
        refuse_link(folder / each)
    found = {each: (folder / each).read_bytes() for each in wanted if (folder / each).is_file()}
    if not (folder / STORE_NAME).is_file():
        return _Study(name, folder, found, None, None)
    with Store.open_existing(folder) as store:
        data = StudyData.read(store)
        made = {} if REPORT_PAGE in found else make_files(data, set(wanted) - found.keys())
        side = None if data.done.empty else Side.of(data)
        return _Study(name, folder, {**made, **found}, side, data.study.begun)


def _write_study(study: _Study, site: Path) -> Entry:
    place = PurePosixPath(_STUDIES, study.name)
    target = site / place
    target.mkdir(parents=True)
    home = _upwards(place)
    page = notes = None
    if REPORT_PAGE in study.files:
        page = f"{place}/{REPORT_PAGE}"
        (target / REPORT_PAGE).write_bytes(study.files[REPORT_PAGE])
    texts = _texts(study.folder, README) if page else _texts(study.folder, README, *_markdown_names(study.folder))
    if texts:
        notes = f"{place}/{NOTES}"
        pictures = [] if page else sorted(each for each in study.folder.glob("*.png") if not each.is_symlink())
        for picture in pictures:
            shutil.copyfile(picture, target / picture.name)
        present = [each.name for each in target.iterdir()]
        gallery = "\n\n".join(f"![{each.stem}]({each.name})" for each in pictures)
        (target / NOTES).write_bytes(notes_html(study.name, [texts[0], gallery, *texts[1:]], home, present))
    dated = study.begun.isoformat() if study.begun else _committed_on(study.folder)
    return entry(study.name, ReportedStudy.read(study.files, str(study.folder)), page or notes, notes, dated)


def _texts(folder: Path, *names: str) -> list[str]:
    return [(folder / name).read_text("utf-8", "replace") for name in names if (folder / name).is_file()]


def _markdown_names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*.md") if each.name != README and not each.is_symlink())


def _write_comparisons(studies: Iterable[_Study], entries: Iterable[Entry], site: Path) -> Iterator[Pair]:
    pages = {each.name: each.page for each in entries}
    for a, b in combinations(studies, 2):
        if a.side is None or b.side is None or not share_networks(a.side, b.side):
            continue
        compared = compare_studies(a.side, b.side)
        place = PurePosixPath(_COMPARISONS, a.name, "with", b.name)
        (site / place).mkdir(parents=True)
        home = _upwards(place)
        links = [(name, home.removesuffix(INDEX) + page) for name in (a.name, b.name) if (page := pages[name])]
        (site / place / INDEX).write_bytes(page_html(comparison_page(compared), home, links))
        yield Pair(a.name, b.name, f"{place}/{INDEX}", common_ground(compared))


def _upwards(place: PurePosixPath) -> str:
    return "../" * len(place.parts) + INDEX


def _committed_on(folder: Path) -> str | None:
    """The date of the last commit that changed a folder's results, as YYYY-MM-DD; None if git does not know it."""
    command = ["git", "-C", str(folder), "log", "-1", "--format=%cs", "--", ".", f":(exclude){README}"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None
