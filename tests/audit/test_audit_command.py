"""``python -m bench audit``, and what an audit leaves in a study."""

import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.audit import Audit
from bench.audit.build_audit import examine
from bench.cli import main
from bench.execute import InlineExecutor
from bench.planning import plan
from bench.progress import Progress
from bench.report import write_audit, write_report
from bench.store import STORE_NAME, Store
from bench.sweeps import load_sweep
from tests.audit.conftest import Inspect, scene
from tests.store.planted import SMALL

ONE_NETWORK = 'grid=[{architecture="paper_small", width=0.125}]'


def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    printed = capsys.readouterr()
    return int(stop.value.code or 0), printed.out, printed.err


def test_the_command_writes_and_prints_what_it_found(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (scenes / "left" / "text.png").write_text("no picture")
    code, out, err = bench(monkeypatch, capsys, "audit", str(scenes), "--results", str(tmp_path / "results"))
    folder = tmp_path / "results" / "audit-scenes"
    assert code == 0
    assert "severe: 1 file of 41 cannot be used: no image" in out
    assert "looking at images: 41/41" in err
    audit = Audit.model_validate_json((folder / "audit.json").read_text())
    assert [bad.file for bad in audit.left_out] == ["left/text.png"]
    page = (folder / "audit.md").read_text()
    assert page.startswith("# Audit of scenes")
    assert "`left/text.png`" in page
    assert str(tmp_path) not in page + (folder / "audit.json").read_text()
    with Image.open(folder / "audit.png") as picture:
        assert picture.width == 1400
    with Image.open(folder / "samples" / "0-left.png") as sheet:
        assert np.asarray(sheet).std() > 10


def test_strict_makes_severe_findings_an_exit_code(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = ("audit", str(scenes), "--strict", "--results", str(tmp_path / "results"))
    assert bench(monkeypatch, capsys, *strict)[0] == 0
    (scenes / "left" / "text.png").write_text("no picture")
    assert bench(monkeypatch, capsys, *strict)[0] == 3


def test_sheets_are_ignored_by_git() -> None:
    checked = subprocess.run(["git", "check-ignore", "-q", "results/audit-x/samples/0-a.png"], check=False)
    assert checked.returncode == 0


def test_a_study_keeps_its_audit_and_its_report_has_it(scenes: Path, tmp_path: Path, look: Inspect) -> None:
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    audit = examine(look(scenes))
    with Store.create_or_open(tmp_path / "study") as store:
        SMALL.register(store)
        assert store.audit() is None
        store.record_audit(audit)
        assert store.audit() == audit
        names = {path.name for path in write_report(store, tmp_path / "report")}
    assert {"audit.json", "audit.md", "audit.png"} <= names
    summary = (tmp_path / "report" / "summary.md").read_text()
    assert "## The data" in summary
    assert "`left/05.png`, `left/copy.jpg`" in summary


def test_a_study_of_a_version_without_audits_reports_without_one(tmp_path: Path) -> None:
    with Store.open_existing(SMALL.write(tmp_path)) as store:
        names = {path.name for path in write_report(store, tmp_path)}
    assert not {"audit.json", "audit.md", "audit.png"} & names
    assert "## The data" not in (tmp_path / "summary.md").read_text()


def test_the_same_audit_gives_the_same_bytes(scenes: Path, tmp_path: Path, look: Inspect) -> None:
    first, second = (write_audit(examine(look(scenes)), tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_sweep_on_bad_files_is_refused_or_leaves_them_out_and_lists_them(
    scenes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tensorflow_runtime: None,
) -> None:
    (scenes / "left" / "text.png").write_text("no picture")
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    run = ["run", "--sweep", "smoke", "--data", str(scenes), "--executor", "inline", "--results", str(tmp_path / "r")]
    run += ["--set", ONE_NETWORK, "--set", "protocol.epochs=1"]
    code, _, err = bench(monkeypatch, capsys, *run)
    assert code == 2
    assert "left/text.png" in err.splitlines()[-1]
    assert not (tmp_path / "r").exists()
    code, _, err = bench(monkeypatch, capsys, *run, "--skip-bad")
    assert code == 0, err
    folder = tmp_path / "r" / "smoke-scenes"
    assert json.loads((folder / "audit.json").read_text())["left_out"][0]["file"] == "left/text.png"
    assert (folder / "samples" / "1-right.png").exists()
    splits = [line.split(",") for line in (folder / "splits.csv").read_text().splitlines()]
    assert splits[0] == ["file", "label", "group", "seed", "fold", "split_hash"]
    by_file = {row[0]: row for row in splits[1:] if row[3] == splits[1][3]}
    assert by_file["left/05.png"][2] == by_file["left/copy.jpg"][2]
    assert by_file["left/05.png"][4] == by_file["left/copy.jpg"][4]
    connection = sqlite3.connect(folder / STORE_NAME)
    assert connection.execute("SELECT count(*) FROM audit").fetchone() == (1,)
    connection.close()


def test_a_sweep_can_leave_near_duplicates_unbound(scenes: Path, tmp_path: Path, tensorflow_runtime: None) -> None:
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    planned = []
    for bind in ("true", "false"):
        sweep = load_sweep("smoke", (f"bind_duplicates={bind}", ONE_NETWORK), str(scenes))
        with InlineExecutor(lambda: None) as executor:
            planned.append(plan(sweep, None, tmp_path / "r", executor, tmp_path / "cache", Progress(io.StringIO())))
    bound, unbound = planned
    n_groups = [len({*split.groups.tolist()}) for each in planned for split in each.splits.values()]
    assert n_groups == [40, 41]
    assert not {trial.key for trial in bound.trials} & {trial.key for trial in unbound.trials}
