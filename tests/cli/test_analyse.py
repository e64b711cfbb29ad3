from pathlib import Path

from tests.cli.command_line import Refused, tree
from tests.cli.conftest import Bench


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


def test_a_price_that_cannot_be_asked_is_refused(refused: Refused, stored_study: Path) -> None:
    line = refused("analyse", str(stored_study), "--per-million", "0.5")
    assert "a choice at a price needs a study that can answer" in line
    assert "nothing can be chosen (million parameters)" in line
