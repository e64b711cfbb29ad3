import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.errors import StudyError
from bench.store import Store, check_folder, check_name, study_lock

HOLDER = """
import sys, time
from pathlib import Path
from bench.store import study_lock
with study_lock(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has locked ``tmp_path``."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_holds_the_study(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(StudyError, match=rf"process {holder.pid} is running .*--study"), study_lock(tmp_path):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with study_lock(tmp_path):
        assert (tmp_path / "study.lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_is_free_after_an_error_inside(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), study_lock(tmp_path):
        raise ValueError("inside")
    with study_lock(tmp_path):
        pass


def place_link(lock: Path) -> None:
    lock.with_name("target").write_text("mine")
    lock.symlink_to(lock.with_name("target"))


PLACES: dict[str, Callable[[Path], None]] = {
    "link": place_link,
    "link to nowhere": lambda lock: lock.symlink_to("nowhere"),
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_what_is_no_file_in_place_of_the_lock_is_refused_and_left_alone(
    tmp_path: Path, place: Callable[[Path], None]
) -> None:
    place(tmp_path / "study.lock")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(
        StudyError,
        match=r"(no links; .*study\.lock is one|is a regular file; .*study\.lock is not); remove it$",
    ):
        study_lock(tmp_path).__enter__()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    if "target" in before:
        assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EROFS])
def test_a_file_system_without_locks_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StudyError, match=f"must allow writing and locking; .*{os.strerror(code)}; choose") as refused:
        study_lock(tmp_path).__enter__()
    assert "\n" not in str(refused.value)


def test_a_store_is_read_while_another_process_holds_the_lock(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with Store.create_or_open(tmp_path) as store:
        assert store.counts().total == 0


@pytest.mark.parametrize("path", ["file", "file/study"])
@pytest.mark.parametrize("use", [check_folder, Store.create_or_open, lambda path: study_lock(path).__enter__()])
def test_a_study_folder_that_is_a_file_or_under_one_is_refused(
    tmp_path: Path, path: str, use: Callable[[Path], object]
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StudyError, match=r"needs a folder; .*file is a file; choose another"):
        use(tmp_path / path)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # since the superuser may write everywhere
    with pytest.raises(StudyError, match="must be writable"):
        Store.create_or_open(tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even the superuser can write to")
def test_a_folder_that_the_system_refuses_to_make_is_refused() -> None:
    with pytest.raises(StudyError, match="a study's folder must be"):
        Store.create_or_open(Path("/proc/study"))


def test_checking_a_folder_writes_nothing(tmp_path: Path) -> None:
    check_folder(tmp_path / "results" / "study")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/elsewhere", "../elsewhere", "a\0b"])
def test_a_study_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(StudyError, match="one folder's name"):
        check_name(name)


@pytest.mark.parametrize("name", ["widths-digits", "..a", "a b", "ä"])
def test_a_study_name_that_is_one_folder_is_accepted(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["study.sqlite", "worker.log", "samples", "trials.csv"])
def test_a_link_in_a_study_folder_is_refused_before_a_run_writes_through_it(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "study", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("mine")
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(StudyError, match=rf"contains no links; .*{name} is one; remove it$"):
        check_folder(folder)
    assert elsewhere.read_text() == "mine"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\0b", "a\nb", "a\x1b[2J", "a\udcff"])
def test_a_study_name_that_is_no_folder_name_is_refused(name: str) -> None:
    with pytest.raises(StudyError, match="must be one folder's name, of printable characters") as refused:
        check_name(name)
    assert str(refused.value).isprintable()
