import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bench.predict.many_files import named_files, predict_files
from bench.predict.predictor import Predictor
from tests.cli.command_line import bench


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    Image.new("L", (8, 8), 204).save(folder / "a.png")
    (folder / "b\x1b[31m.txt").write_text("no image")
    Image.new("L", (8, 8), 51).save(folder / "more" / "c.png")
    return [folder]


LINES = [
    "a.png: bright 0.800, set {bright}",
    "b\\x1b[31m.txt: cannot be used: no image",
    "c.png: dark 0.800, set {dark}",
]


def test_a_folder_stands_for_its_files_in_order(files: list[Path]) -> None:
    assert [path.name for path in named_files(files)] == ["a.png", "b\x1b[31m.txt", "c.png"]
    assert list(named_files([Path("absent.png")])) == [Path("absent.png")]


def test_no_more_results_wait_than_those_of_a_few_files(model: Path, files: list[Path]) -> None:
    counted: list[int] = []
    predictions = predict_files(Predictor(model), [files[0] / "a.png"] * 300, lambda: counted.append(1))
    for _ in range(10):
        next(predictions)
    assert len(counted) <= 64
    assert sum(1 for _ in predictions) == 290
    assert len(counted) == 300


def lines_of(text: str) -> list[str]:
    return [line.rsplit("/", 1)[-1] for line in text.splitlines()]


def test_the_command_prints_a_line_per_file_and_goes_on_after_bad_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model: Path, files: list[Path]
) -> None:
    code, out, err = bench(monkeypatch, capsys, "predict", str(model), str(files[0]))
    assert code == 1
    assert [line.split(";")[0] for line in lines_of(out)] == [LINES[0], LINES[2]]
    bad_line, progress = err.splitlines()
    assert lines_of(bad_line) == [LINES[1]]
    assert progress.startswith("predicting: 3/3, ")


def test_the_command_writes_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model: Path, files: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "found.csv"
    code, out, err = bench(monkeypatch, capsys, "predict", str(model), str(files[0]), "--csv", str(table))
    assert (code, out) == (1, "")
    bad_line, progress = err.splitlines()
    assert lines_of(bad_line) == [LINES[1]]
    assert progress.startswith("predicting: 3/3, ")
    head, first, bad, _ = table.read_text().splitlines()
    assert head == "file,class,probability,set,flags,error,p_bright,p_dark"
    assert first.split("/")[-1] == "a.png,bright,0.800000,bright,,,0.800000,0.200000"
    assert bad.split("/")[-1] == "b\x1b[31m.txt,,,,,no image,,"


def test_a_folder_without_a_model_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = bench(monkeypatch, capsys, "predict", str(tmp_path), "a.png", "--csv", str(tmp_path / "o.csv"))
    assert (code, out) == (2, "")
    assert err.startswith("error: an exported model is a folder with model.json and classes.json;")
    assert list(tmp_path.iterdir()) == []


PORTABLE = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    heavy = {"scipy", "pandas", "pydantic", "tensorflow", "keras", "sklearn", "typer", "rich"}
    print(sorted(heavy & set(sys.modules)), sys.modules["bench"].__file__)
"""


@pytest.mark.parametrize("with_table", [False, True])
def test_the_program_in_the_folder_needs_no_other_package_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: Path,
    files: list[Path],
    tmp_path: Path,
    with_table: bool,
) -> None:
    options = ["--csv", str(tmp_path / "found.csv")] if with_table else []
    code, out, err = bench(monkeypatch, capsys, "predict", str(model), str(files[0]), *options)
    expected = (tmp_path / "found.csv").read_bytes() if with_table else b""
    run = [sys.executable, "-I", "-c", PORTABLE, str(model / "predict.pyz"), str(files[0]), *options]
    found = subprocess.run(run, capture_output=True, text=True, cwd="/", check=False)
    *lines, loaded = found.stdout.splitlines()
    assert (found.returncode, lines) == (code, out.splitlines())
    assert found.stderr.splitlines()[0] == err.splitlines()[0]
    assert loaded == f"[] {model / 'predict.pyz'}/bench/__init__.py"
    assert not with_table or (tmp_path / "found.csv").read_bytes() == expected


def test_the_program_says_in_one_line_that_its_folder_is_not_whole(model: Path, tmp_path: Path) -> None:
    (tmp_path / "predict.pyz").write_bytes((model / "predict.pyz").read_bytes())
    run = [sys.executable, "-I", str(tmp_path / "predict.pyz"), "a.png"]
    found = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("error: an exported model is a folder with model.json")
    assert found.stderr.count("\n") == 1
