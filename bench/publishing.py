"""Publishes a study: its store and the report rebuilt from it, in one atomic step."""

import csv
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import StudyError
from bench.files import whole_folder
from bench.published_answers import write_answers
from bench.report import write_report
from bench.store import STORE_NAME, Store, check_name

README = "README.md"
TEXT_SUFFIXES = (".csv", ".md", ".json", ".tex")


def publish(folder: Path, to: Path) -> Path:
    """Publish a finished study as the folder ``to/<study>``. It replaces an earlier publication of the same study.

    The published folder has a copy of the store, with its write-ahead log merged, and the report rebuilt from that
    copy. A README.md is kept: the published one, or else the one in ``folder``. Symbolic links are refused. The table
    of answers in ``to/README.md`` is rewritten from the published studies.

    Args:
        folder: the study's folder, with its store and its report.
        to: the folder of published studies; created if missing.

    Returns:
        The published folder.

    Raises:
        StudyError: the study has pending trials, a text file in ``folder`` differs from the rebuilt one, another study
            is published under the name, a symbolic link is involved, or ``to`` cannot be written.
    """
    folder, to = Path(folder), Path(to)
    _refuse_links([folder, *_entries(folder), to])
    with Store.open_existing(folder) as store:
        name = store.study().name
        check_name(name)
        _refuse_incomplete(store, folder)
        target = to / name
        _refuse_links([target, *_entries(target)])
        _refuse_another_study(store, target)
        with _unwritable_is_one_line(to):
            with whole_folder(target) as scratch:
                store.copy_to(scratch)
                with Store.open_existing(scratch) as copy:
                    rebuilt = write_report(copy, scratch)
                _refuse_differences(folder, rebuilt)
                for readme in (target / README, folder / README):
                    if readme.is_file():
                        shutil.copyfile(readme, scratch / README)
                        break
            write_answers(to)
    return target


def _entries(folder: Path) -> Iterator[Path]:
    return folder.rglob("*") if folder.is_dir() and not folder.is_symlink() else iter(())


def _refuse_links(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_symlink():
            raise StudyError(
                f"publishing follows no symbolic links; {path} is one; replace it by the file or folder that it names"
            )


def _refuse_incomplete(store: Store, folder: Path) -> None:
    counts = store.counts()
    is_timing_study = counts.pending == counts.total and store.last_pass() > 0
    if counts.pending and not is_timing_study:
        raise StudyError(
            f"a published study must be complete; {counts.pending:,} of {counts.total:,} trials of {folder} are "
            "pending; rerun its sweep to finish it"
        )


def _refuse_another_study(store: Store, target: Path) -> None:
    study = store.study()
    for name, data_hash in _published_identity(target):
        if (name, data_hash) != (study.name, study.data_hash):
            raise StudyError(
                f"only the same study on the same data may replace a published one; {target} is {name} on data "
                f"{data_hash}, received {study.name} on data {study.data_hash}; publish under another study name or "
                "remove the published folder"
            )


def _published_identity(target: Path) -> Iterator[tuple[str, str]]:
    """Name and data hash of the published study: from its store, or else from its table of trials."""
    if (target / STORE_NAME).is_file():
        with Store.open_existing(target) as published:
            yield published.study().name, published.study().data_hash
    elif (target / "trials.csv").is_file():
        with (target / "trials.csv").open(newline="") as table:
            yield from ((target.name, row["data_hash"]) for row in csv.DictReader(table))


def _refuse_differences(folder: Path, rebuilt: Iterable[Path]) -> None:
    """Refuse unless the text files of ``folder`` equal those of the rebuilt report, byte for byte."""
    expected = {path.name: path for path in rebuilt if path.suffix in TEXT_SUFFIXES}
    found = {path.name: path for path in folder.iterdir() if path.suffix in TEXT_SUFFIXES and path.name != README}
    different = sorted(
        name
        for name in expected.keys() | found.keys()
        if name not in expected or name not in found or expected[name].read_bytes() != found[name].read_bytes()
    )
    if different:
        raise StudyError(
            f"a published study's tables must be those that its store gives; in {folder} {', '.join(different)} "
            f"differ; run python -m bench report {folder} and remove text files that it does not write"
        )


@contextmanager
def _unwritable_is_one_line(to: Path) -> Iterator[None]:
    try:
        to.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StudyError(
            f"the folder of published studies must be writable; {to}: {error.strerror}; choose another --to"
        ) from error
