from pathlib import Path

from tests.cli.conftest import Bench
from tests.exportable_study import LARGE, SMALL, write_study


def test_the_command_prints_the_comparison_or_the_reason(tmp_path: Path, bench_command: Bench) -> None:
    code, out, err = bench_command("ensemble", write_study(tmp_path / "study", seeds=(0, 1, 2, 3)))
    assert (code, err) == (0, "")
    said = " ".join(out.split())
    assert "one larger network of equal parameters: " in said
    assert f"2 × {SMALL} (2,000 parameters): accuracy 0." in said
    assert f"of {LARGE} (2,000 parameters)" in said
    code, out, err = bench_command("ensemble", write_study(tmp_path / "alone", seeds=(0,)))
    assert (code, err) == (1, "")
    assert "An ensemble needs 2 seeds or more; the study has 1." in out
