from pathlib import Path

from tests.cli.conftest import Bench

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "status of no folder": (["status", "gone"], ["study.sqlite", "gone does not"]),
    "status of a folder without a store": (["status", "."], ["study.sqlite", "name a folder that a run has written"]),
}


def test_status_reports_done_failed_and_pending_trials(bench_command: Bench, stored_study: Path) -> None:
    code, out, _ = bench_command("status", stored_study)
    assert code == 0
    assert "8 done, 0 failed, 0 pending, of 8 trials" in out
