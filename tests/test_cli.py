"""Bad input: exit code 2, one line that says what is wrong, no traceback, nothing written. And what must be quick."""

import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli import main

TIME = ["time", "--sweep", "smoke"]
COMMANDS = [
    *("run", "audit", "time"),
    *("report", "analyse", "compare", "determinism", "power", "status"),
    *("list", "show", "size"),
]
SMOKE = ["run", "--sweep", "smoke", "--executor", "inline"]


def bench(monkeypatch, capsys, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command line, run in this process."""
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Runs a command that must be refused, in ``tmp_path``, and gives its one line."""
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


def image(path: Path, side: int = 12) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32(f"{path.parent.name}/{path.name}".encode())  # equal pictures would be bound together
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def two_classes(folder: Path, n_images: int = 4) -> Path:
    for label in ("covid", "normal"):
        for number in range(n_images):
            image(folder / label / f"{number}.png")
    return folder


BAD_COMMANDS = {
    "unknown command": (["rn"], ["No such command 'rn'", "run"]),
    "unknown option": ([*SMOKE, "--seed", "1"], ["No such option: --seed", "run --help"]),
    "no sweep": (["run"], ["Missing option '--sweep'"]),
    "unknown sweep": (["run", "--sweep", "width"], ["'width'", "did you mean widths?", "smoke"]),
    "no such sweep file": (["run", "--sweep", "none.toml"], ["none.toml", "No such file"]),
    "unknown data": ([*SMOKE, "--data", "digit"], ["digits, phantom", "digit does not exist"]),
    "missing data folder": ([*SMOKE, "--data", "gone/images"], ["gone/images does not exist"]),
    "no workers": (["run", "--sweep", "smoke", "--workers", "0"], ["--workers", "1 or more", "received 0"]),
    "negative workers": (["run", "--sweep", "smoke", "--workers", "-1"], ["--workers", "1 or more", "received -1"]),
    "workers in words": (["run", "--sweep", "smoke", "--workers", "two"], ["--workers", "received two"]),
    "unknown executor": (["run", "--sweep", "smoke", "--executor", "cloud"], ["'cloud'", "'pool', 'inline'"]),
    "no folds": ([*SMOKE, "--set", "folds=0"], ["--set folds=0", "greater than or equal to 2", "received 0"]),
    "negative epochs": ([*SMOKE, "--set", "protocol.epochs=-1"], ["--set protocol.epochs=-1", "received -1"]),
    "no images": ([*SMOKE, "--set", "data.images=0"], ["--set data.images=0", "received 0"]),
    "too many images": ([*SMOKE, "--set", "data.images=9999"], ["1 to 1797", "received 9999"]),
    "images that leave a class out": ([*SMOKE, "--set", "data.images=7"], ["every class", "ask for more images"]),
    "set without a value": ([*SMOKE, "--set", "folds"], ["dotted.key=value", "'folds'"]),
    "set of an unknown key": ([*SMOKE, "--set", "fold=3"], ["no such key", "did you mean folds?"]),
    "set of a malformed value": ([*SMOKE, "--set", "seeds=[0,"], ["--set seeds=[0,", "not valid TOML"]),
    "unknown architecture in a sweep": (
        [*SMOKE, "--set", "grid.0.architecture=paper_smal"],
        ["grid[0].architecture", "'paper_smal'", "did you mean paper_small"],
    ),
    "width of no layer": ([*SMOKE, "--set", "grid.0.width=0.001"], ["width 0.001", "use 0.015625 or more"]),
    "input too small": ([*SMOKE, "--set", "input_shape=[8,8,1]"], ["needs an input of 10x10 or larger", "8x8x1"]),
    "unknown architecture to show": (["show", "paper_smal"], ["'paper_smal'", "did you mean paper_small"]),
    "unknown architecture to size": (["size", "paper_smal", "--params", "9999"], ["'paper_smal'"]),
    "input of no pixels": (["show", "paper_small", "--input", "0x0x3"], ["--input", "received 0x0x3"]),
    "input in words": (["show", "paper_small", "--input", "abc"], ["--input", "70x70x3", "received abc"]),
    "input of two sides": (["size", "paper_small", "--params", "9", "--input", "70x70"], ["received 70x70"]),
    "input that an architecture refuses": (["show", "paper_large", "--input", "9x9x3"], ["22x22", "received 9x9x3"]),
    "one class to show": (["show", "paper_small", "--classes", "1"], ["--classes", "2 or more", "received 1"]),
    "width of zero": (["show", "paper_small", "--width", "0"], ["axis width", "greater than 0", "received 0.0"]),
    "width without the axis": (["show", "resnet152", "--width", "2"], ["resnet152 has no axis 'width'"]),
    "no parameters": (["size", "paper_small", "--params", "0"], ["--params", "1 or more", "received 0"]),
    "parameters out of reach": (["size", "paper_small", "--params", "1"], ["paper_small at 70x70x3", "1"]),
    "size without a width": (["size", "resnet152", "--params", "9"], ["resnet152", "width"]),
    "unknown listing": (["list", "sweep"], ["'sweep'", "'architectures', 'sweeps', 'data', 'controls'"]),
    "no rounds": ([*TIME, "--rounds", "0"], ["--rounds", "1 or more", "received 0"]),
    "no samples": ([*TIME, "--samples", "0"], ["--samples", "1 or more", "received 0"]),
    "more threads than cores": ([*TIME, "--threads", "1,999"], ["threads need a core each", "received 999"]),
    "threads in words": ([*TIME, "--threads", "all"], ["--threads", "such as 1,2", "received all"]),
    "a core that there is not": ([*TIME, "--cpus", "999"], ["cores it may use", "received core 999"]),
    "an unknown part": ([*TIME, "--parts", "step,tape"], ["forward_backward", "keras, disk", "received 'tape'"]),
    "an unknown sweep to time": (["time", "--sweep", "width"], ["'width'", "did you mean widths?"]),
    "an unknown precision": ([*TIME, "--set", "protocol.precision=float8"], ["'float32' or 'mixed_bfloat16'"]),
    "report without a folder": (["report"], ["Missing argument 'folder'"]),
    "report of no folder": (["report", "gone"], ["study.sqlite", "gone does not"]),
    "status of no folder": (["status", "gone"], ["study.sqlite", "gone does not"]),
    "report of a folder without a store": (["report", "."], ["study.sqlite", "name a folder that a run has written"]),
    "status of a folder without a store": (["status", "."], ["study.sqlite", "name a folder that a run has written"]),
}


@pytest.mark.parametrize(("arguments", "said"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_bad_command_is_refused_in_one_line(refused, tensorflow_runtime, arguments, said):
    line = refused(*arguments)
    for words in said:
        assert words in line


BAD_SWEEPS = {
    "malformed TOML": ("name = \n", ["mine.toml", "not valid TOML", "line 1"]),
    "an empty file": ("", ["mine.toml", "name", "is required"]),
    "not text": (b"\xff\xfe", ["mine.toml", "UTF-8"]),
}


@pytest.mark.parametrize(("content", "said"), BAD_SWEEPS.values(), ids=BAD_SWEEPS)
def test_a_bad_sweep_file_is_refused_in_one_line(refused, tmp_path, content, said):
    (tmp_path / "mine.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    line = refused("run", "--sweep", "mine.toml")
    for words in said:
        assert words in line


def empty_class(folder: Path) -> None:
    two_classes(folder)
    (folder / "pneumonia").mkdir()


def one_class(folder: Path) -> None:
    image(folder / "normal" / "0.png")


def no_class(folder: Path) -> None:
    folder.mkdir()


def small_class(folder: Path) -> None:
    two_classes(folder)
    image(folder / "pneumonia" / "0.png")


def truncated_image(folder: Path) -> None:
    path = image(two_classes(folder) / "normal" / "2.png", side=64)
    path.write_bytes(path.read_bytes()[:-200])


def no_image(folder: Path) -> None:
    (two_classes(folder) / "normal" / "notes.txt").write_text("see Dr Ito")


def manifest_of_a_missing_file(folder: Path) -> None:
    two_classes(folder)
    (folder / "manifest.csv").write_text("file,label\ncovid/0.png,covid\nnormal/99.png,normal\n")


def one_patient_a_class(folder: Path) -> None:
    two_classes(folder)
    rows = [f"{label}/{n}.png,{label},{label}-p" for label in ("covid", "normal") for n in range(4)]
    (folder / "manifest.csv").write_text("\n".join(["file,label,patient", *rows]))


BAD_DATA = {
    empty_class: ["class pneumonia of films has none", "add images or remove the class"],
    one_class: ["at least two classes", "films has 1 (normal)"],
    no_class: ["at least two classes", "films has 0"],
    small_class: ["class pneumonia has 1 images for 2 folds", "use fewer folds"],
    truncated_image: ["must decode completely", "films/normal/2.png", "replace or remove it"],
    no_image: ["must decode completely", "films/normal/notes.txt"],
    manifest_of_a_missing_file: ["manifest.csv line 3", "normal/99.png"],
    one_patient_a_class: ["class covid has 1 groups (patients, near duplicates) for 2 folds", "use fewer folds"],
}


@pytest.mark.parametrize(("make", "said"), BAD_DATA.items(), ids=[make.__name__ for make in BAD_DATA])
def test_bad_data_is_refused_in_one_line(refused, tmp_path, tensorflow_runtime, make, said):
    make(tmp_path / "films")
    line = refused(*SMOKE, "--data", "films")
    for words in said:
        assert words in line


def test_a_study_folder_that_is_a_file_is_refused(refused, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "smoke-digits").write_text("mine")
    assert "results/smoke-digits is a file; choose another --study or --results" in refused(*SMOKE)


def test_a_results_folder_that_is_a_file_is_refused(refused, tmp_path):
    (tmp_path / "results").write_text("mine")
    assert "is a file" in refused(*SMOKE)


def test_a_study_folder_that_cannot_be_made_is_refused(refused, tensorflow_runtime):
    # Permissions do not bind root, but nobody makes a folder in /proc.
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    line = refused(*SMOKE, "--results", "/proc/none")
    assert "/proc" in line
    assert "choose another --results" in line


def test_a_broken_rule_of_the_code_itself_is_no_bad_input(monkeypatch, capsys):
    """A traceback is what reports of bugs need."""
    import architectures

    def broken(patterns):
        raise ValueError("a bug")

    monkeypatch.setattr(architectures, "select", broken)
    monkeypatch.setattr(sys, "argv", ["bench", "list", "architectures"])
    with pytest.raises(ValueError, match="a bug"):
        main()


def test_ctrl_c_outside_a_study_exits_with_130_and_one_line(monkeypatch, capsys):
    from bench import sweeps

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "built_in", interrupted)
    assert bench(monkeypatch, capsys, "list", "sweeps") == (130, "", "interrupted; run the same command again\n")


def test_no_arguments_print_the_help(monkeypatch, capsys):
    code, out, err = bench(monkeypatch, capsys)
    assert (code, err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in out


def test_help_lists_the_commands_in_the_order_of_the_work(monkeypatch, capsys):
    _, out, _ = bench(monkeypatch, capsys, "--help")
    assert re.findall(r"^\W* ([a-z]+)  ", out.partition("Commands")[2], re.MULTILINE) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_in_its_help(monkeypatch, capsys, command):
    code, out, _ = bench(monkeypatch, capsys, command, "--help")
    assert code == 0
    assert f"python -m bench {command} " in out


def test_show_prints_the_papers_layer_table(monkeypatch, capsys, tensorflow_runtime):
    code, out, _ = bench(monkeypatch, capsys, "show", "paper_small", "--input", "70x70x3", "--classes", "2")
    assert code == 0
    for count in ("896", "9,248", "1,048,704", "258", "1,059,106"):
        assert count in out


def test_size_finds_the_published_width(monkeypatch, capsys, tensorflow_runtime):
    code, out, _ = bench(monkeypatch, capsys, "size", "paper_small", "--params", "1059106")
    assert code == 0
    assert "1,059,106 parameters, +0 from 1,059,106" in out


@pytest.fixture(scope="module")
def stored_study(tmp_path_factory) -> Path:
    from tests.store.planted import SMALL

    return SMALL.write(tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["list", "architectures"],
        ["list", "sweeps"],
        ["list", "data"],
        ["list", "controls"],
        ["status"],
        ["report"],
        ["analyse"],
        ["compare"],
        ["power", "--n", "98", "--folds", "5", "--seeds", "3"],
    ],
    ids=" ".join,
)
def test_what_trains_nothing_never_imports_tensorflow(stored_study, arguments):
    n_folders = {"status": 1, "report": 1, "analyse": 1, "compare": 2}.get(arguments[0], 0)
    folder = [str(stored_study)] * n_folders
    code = (
        "import sys; from bench.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: code = stop.code\n"
        "sys.stderr.write(' '.join({'tensorflow', 'keras'} & set(sys.modules)))\n"
        "sys.exit(code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, *arguments, *folder], capture_output=True, text=True, check=False
    )
    assert finished.stderr == ""
    assert finished.returncode == 0
    assert finished.stdout


def test_analyse_prints_what_a_study_shows_and_writes_nothing(stored_study, monkeypatch, capsys):
    before = tree(stored_study)
    code, out, err = bench(monkeypatch, capsys, "analyse", str(stored_study), "--claims", "paper")
    assert (code, err) == (0, "")
    assert "Verdicts" in out
    assert "No network of 1,059,106" in " ".join(out.split())
    assert tree(stored_study) == before


def test_power_prints_the_detectable_difference(monkeypatch, capsys):
    arguments = ["power", "--n", "98", "--folds", "5", "--seeds", "3", "--sd", "0.05", "--difference", "0.05"]
    code, out, _ = bench(monkeypatch, capsys, *arguments)
    assert code == 0
    assert "0.0848" in out


@pytest.mark.parametrize(("limits", "expected"), [([], 0), (["--max-drop", "0"], 1), (["--max-slowdown", "1.5"], 0)])
def test_compare_sets_the_exit_code_for_continuous_integration(
    stored_study, tmp_path, monkeypatch, capsys, limits, expected
):
    from tests.store.planted import SMALL

    worse = SMALL.write(tmp_path / "worse", lambda trial: SMALL.result(trial, n_misses=2 + trial.fold))
    code, out, _ = bench(monkeypatch, capsys, "compare", str(stored_study), str(worse), *limits)
    assert code == expected
    assert ("accuracy fell by" in out) == bool(expected)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["power", "--n", "98", "--folds", "5", "--seeds", "3", "--sd", "0"], "above 0 and at most 1; received 0"),
        (["power", "--n", "98", "--folds", "5", "--seeds", "3", "--difference", "2"], "at most 1; received 2"),
        (["power", "--n", "4", "--folds", "5", "--seeds", "3"], "at most the number of images, 4; received 5"),
        (["analyse", "nowhere"], "a study's folder holds study.sqlite; nowhere does not"),
        (["compare", "nowhere", "nowhere"], "nowhere does not"),
        (["determinism", "nowhere"], "nowhere does not"),
    ],
)
def test_statistics_of_nothing_are_refused_in_one_line(refused, arguments, says):
    assert says in refused(*arguments)


def test_claims_that_do_not_hold_are_refused_in_one_line(refused, stored_study):
    assert "claims are a TOML file or one of: paper" in refused(
        "analyse", str(stored_study), "--claims", "nowhere.toml"
    )
