from pathlib import Path

import pytest

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "status of no folder": (["status", "gone"], ["study.sqlite", "gone does not"]),
    "status of a folder without a store": (["status", "."], ["study.sqlite", "name a folder that a run has written"]),
}


@pytest.mark.parametrize(("arguments", "said"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_bad_command_is_refused_in_one_line(refused: Refused, arguments: list[str], said: list[str]) -> None:
    line = refused(*arguments)
    for words in said:
        assert words in line


def test_status_reports_done_failed_and_pending_trials(bench_command: Bench, stored_study: Path) -> None:
    code, out, _ = bench_command("status", stored_study)
    assert code == 0
    assert "8 done, 0 failed, 0 pending, of 8 trials" in out
