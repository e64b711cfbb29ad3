import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import Refused, bench, tree
from tests.store.planted import SMALL

Bench = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bench_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    """Runs a command in this process: exit code, standard output, standard error."""
    return lambda *arguments: bench(monkeypatch, capsys, *map(str, arguments))


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must be refused, in ``tmp_path``, and gives its one line: exit code 2, nothing written."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        before = tree(tmp_path)
        code, out, err = bench(monkeypatch, capsys, *arguments)
        assert code == 2, (out, err)
        assert out == ""
        *progress, line = err.splitlines()
        assert line.startswith("error: ")
        assert all(re.match(r"[\w ]+: \d+/\d+, ", stage) for stage in progress)
        assert tree(tmp_path) == before
        return line

    return run


@pytest.fixture(scope="module")
def stored_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planted study of two networks, all trials done."""
    return SMALL.write(tmp_path_factory.mktemp("study"))
