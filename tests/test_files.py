import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.files import (
    DamagedFileError,
    ScratchFolder,
    check,
    read_with_checksum,
    remove_unfinished,
    whole_file,
    write_with_checksum,
)
from tests.damage import DAMAGE, Damage

WRITER = """
import sys
from pathlib import Path
from bench.files import whole_file
with whole_file(Path(sys.argv[1])) as file:
    file.write(b"new")
    file.flush()
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_file_appears_whole_at_the_end_of_the_block_under_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    (tmp_path / "reference").touch()
    assert path.stat().st_mode == (tmp_path / "reference").stat().st_mode


def test_an_error_in_the_block_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def stopped() -> Iterator[bytes]:
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_with_checksum(path, stopped())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_synced_before_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    sizes: list[int] = []
    synced = os.fsync

    def sync(descriptor: int) -> None:
        assert not path.exists()
        sizes.append(os.fstat(descriptor).st_size)
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    with whole_file(path) as file:
        file.write(b"new")
    assert sizes == [3]


def test_a_killed_writer_leaves_the_old_file_and_a_leftover_that_can_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        os.kill(writer.pid, signal.SIGKILL)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    remove_unfinished(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_place_of_the_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    with whole_file(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize("chunks", [[], [b"abc"], [b"a", b"bc"]])
def test_content_with_a_checksum_is_read_as_it_was_written(tmp_path: Path, chunks: list[bytes]) -> None:
    write_with_checksum(tmp_path / "file", chunks)
    assert read_with_checksum(tmp_path / "file") == b"".join(chunks)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_noticed(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "file"
    write_with_checksum(path, [b"content" * 10])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedFileError, match="ends with the SHA-256"):
        check(path)


HOLDER = (
    "import sys; from bench.files import ScratchFolder\n"
    "folder = ScratchFolder(); print(folder.name, flush=True); sys.stdin.read()"
)


def test_a_scratch_folder_of_a_killed_process_is_removed_by_the_next_and_one_in_use_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "another-program").mkdir()
    command = [sys.executable, "-c", HOLDER]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        held = Path(process.stdout.readline().strip())
        os.utime(held, (0, 0))
        with ScratchFolder() as own:
            assert Path(own).is_dir()
            assert held.is_dir()
        process.kill()
    with ScratchFolder() as own:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["another-program", Path(own).name])
    assert [path.name for path in tmp_path.iterdir()] == ["another-program"]


def test_a_new_scratch_folder_without_a_lock_yet_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    new = tmp_path / "param-scaling-bench-run-new"
    new.mkdir()
    with ScratchFolder():
        assert new.is_dir()


def test_the_scratch_folder_of_an_earlier_version_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old = tmp_path / "param-scaling-bench-7dk3m3l4"
    old.mkdir()
    os.utime(old, (0, 0))
    with ScratchFolder():
        assert old.is_dir()
