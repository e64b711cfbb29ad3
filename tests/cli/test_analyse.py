from pathlib import Path

import pytest

from tests.cli.command_line import Refused, tree
from tests.cli.conftest import Bench
from tests.store.planted import SMALL


def test_analyse_prints_what_a_study_shows_and_writes_nothing(bench_command: Bench, stored_study: Path) -> None:
    before = tree(stored_study)
    code, out, err = bench_command("analyse", stored_study, "--claims", "paper")
    assert (code, err) == (0, "")
    assert out.lstrip().startswith("The answer")
    assert "No network of 1,059,106" in " ".join(out.split())
    assert tree(stored_study) == before


def test_a_folder_without_a_study_is_refused(refused: Refused) -> None:
    assert "a study's folder holds study.sqlite; nowhere does not" in refused("analyse", "nowhere")


def test_invalid_claims_are_refused_in_one_line(refused: Refused, stored_study: Path) -> None:
    line = refused("analyse", str(stored_study), "--claims", "nowhere.toml")
    assert "claims are a TOML file or one of: paper" in line


def test_a_price_names_the_network_that_is_worth_most(bench_command: Bench, stored_study: Path) -> None:
    code, printed, _ = bench_command("analyse", stored_study, "--per-million", "0.5", "--per-ms", "0")
    said = " ".join(printed.partition("At a price")[2].split())
    assert code == 0
    assert "If a million parameters must bring 0.5 points of accuracy, paper_small at width 0.5 (1 thousand" in said
    assert "If a millisecond per training step costs nothing, paper_small at width" in said


def test_a_price_of_what_was_not_measured_is_refused(
    refused: Refused, tmp_path_factory: pytest.TempPathFactory
) -> None:
    untimed = SMALL.write(tmp_path_factory.mktemp("untimed") / "study", step_ns=())
    line = refused("analyse", str(untimed), "--per-ms", "0.5")
    assert "this cost is not measured (millisecond per training step)" in line
