"""The command ``import``: answer, tables and plots of a table of results."""

from pathlib import Path

import pandas as pd

from tests.cli.conftest import Bench
from tests.study.test_imported_table import table

NAMES = ["--n-params", "size", "--accuracy", "acc", "--family", "kind", "--seed", "seed", "--fold", "fold"]


def test_it_writes_answer_tables_and_plots_without_made_up_columns(bench_command: Bench, tmp_path: Path) -> None:
    table().to_csv(tmp_path / "t.csv", index=False)
    place = ["--as", "mine", "--images", "300", "--results", str(tmp_path)]
    code, out, err = bench_command("import", str(tmp_path / "t.csv"), *place, *NAMES)
    assert code == 0, err
    assert "ten times the parameters changed accuracy by" in " ".join(out.split())
    files = {path.name for path in (tmp_path / "mine").iterdir()}
    assert {"answer.md", "statements.md", "appendix.md", "analysis.json", "accuracy.png", "trials.csv"} <= files
    assert not {"splits.csv", "environment.json", "step_ms.png", "loss.png", "calibration.png"} & files
    assert not [
        name for name in map(str, pd.read_csv(tmp_path / "mine" / "trials.csv")) if name.startswith("protocol_")
    ]
