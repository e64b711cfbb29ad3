from pathlib import Path

import pytest

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench
from tests.store.planted import SMALL


@pytest.mark.parametrize(("limits", "expected"), [([], 0), (["--max-drop", "0"], 1), (["--max-slowdown", "1.5"], 0)])
def test_compare_sets_the_exit_code_for_continuous_integration(
    bench_command: Bench, stored_study: Path, tmp_path: Path, limits: list[str], expected: int
) -> None:
    worse = SMALL.write(tmp_path / "worse", lambda trial: SMALL.result(trial, n_misses=2 + trial.fold))
    code, out, _ = bench_command("compare", stored_study, worse, *limits)
    assert code == expected
    assert ("accuracy fell by" in out) == bool(expected)


def test_a_folder_without_a_study_is_refused(refused: Refused) -> None:
    assert "nowhere does not" in refused("compare", "nowhere", "nowhere")
