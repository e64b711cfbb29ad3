"""What the machine refuses is one line and one exit code, whichever command meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import app
from tests.cli.conftest import Bench
from tests.store.planted import SMALL


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device", "/data/x"), "refused /data/x: No space left on device; free space"),
        (OSError("odd"), "refused a read or write: odd; free space"),
        (MemoryError(), "refused memory: there is not enough; use fewer --workers"),
    ],
)
def test_a_refusal_is_one_line_with_the_fix_and_exit_code_4(
    bench_command: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    def refuse(*arguments: object, **named: object) -> object:
        raise error

    monkeypatch.setattr(app, "app", refuse)
    code, out, err = bench_command("list", "sweeps")
    assert (code, out) == (4, "")
    assert err.startswith("error: the machine ")
    assert line in err
    assert err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_standard_output_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bench", "list", "sweeps"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 4
    assert ended.stderr == (
        "error: the machine refused a read or write: No space left on device; free space or change limits or "
        "permissions; then rerun the same command to resume\n"
    )


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", "1>&- 2>&-"])
def test_a_lost_standard_error_costs_the_message_and_keeps_the_exit_code(closed: str) -> None:
    command = f"exec {sys.executable} -m bench status /nowhere {closed}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == b""


def test_a_file_name_in_an_error_moves_no_cursor(bench_command: Bench, tmp_path: Path) -> None:
    code, _, err = bench_command("status", str(tmp_path / "a\x1b[2Jb"))
    assert code == 2
    assert "\x1b" not in err
    assert r"a\x1b[2Jb" in err


def test_a_closed_stream_gives_its_number_to_no_other_file() -> None:
    program = (
        "import os, sys; from bench.cli.app import _open_standard_streams; _open_standard_streams()\n"
        "sys.exit(os.open(os.devnull, os.O_RDONLY) < 3)"
    )
    ended = subprocess.run(["sh", "-c", f"exec {sys.executable} -c '{program}' 0<&- 2>&-"], check=False)
    assert ended.returncode == 0


def test_a_character_that_standard_output_lacks_is_written_as_an_escape(tmp_path: Path) -> None:
    folder = SMALL.write(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "status", folder],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    shown = subprocess.run(
        [sys.executable, "-c", "import sys; from bench.cli import app; app._open_standard_streams(); print('\\xd7')"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ended.returncode, shown.stdout) == (0, "\\xd7\n")


def test_a_library_that_finds_no_memory_is_one_line(bench_command: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> object:
        raise ImportError("scipy/levyst.so: failed to map segment from shared object")

    monkeypatch.setattr(app, "app", refuse)
    code, _, err = bench_command("list", "sweeps")
    assert (code, err.count("\n")) == (4, 1)
    assert "refused memory: there is not enough" in err
