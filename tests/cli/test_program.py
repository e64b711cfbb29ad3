"""What holds for every command: help, version, errors, and no TensorFlow where nothing is trained."""

import json
import keyword
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import bench
from tests.cli.command_line import Refused
from tests.cli.conftest import Bench

COMMANDS = [
    *("run", "audit", "time"),
    *("report", "analyse", "compare", "determinism", "power", "replay", "status", "publish", "paper"),
    *("open", "site", "export", "predict", "ensemble", "import"),
    *("list", "show", "size"),
]
REPOSITORY = Path(__file__).parents[2]


def test_an_unknown_command_is_refused_in_one_line(refused: Refused) -> None:
    line = refused("rn")
    assert "No such command 'rn'" in line
    assert "run" in line


def test_a_bug_gives_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import architectures
    from bench.cli import main

    def broken(patterns: list[str]) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(architectures, "select", broken)
    monkeypatch.setattr(sys, "argv", ["bench", "list", "architectures"])
    with pytest.raises(ValueError, match="a bug"):
        main()


def test_ctrl_c_outside_a_study_exits_with_130_and_one_line(
    monkeypatch: pytest.MonkeyPatch, bench_command: Bench
) -> None:
    from bench import sweeps

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "built_in", interrupted)
    assert bench_command("list", "sweeps") == (130, "", "interrupted; rerun the same command to resume\n")


def test_no_arguments_print_the_help(bench_command: Bench) -> None:
    code, out, err = bench_command()
    assert (code, err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in out


def test_help_lists_the_commands_in_the_order_of_the_work(bench_command: Bench) -> None:
    _, out, _ = bench_command("--help")
    assert re.findall(r"^\W* ([a-z]+)  ", out.partition("Commands")[2], re.MULTILINE) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_file_of_its_name_and_an_example_in_its_help(bench_command: Bench, command: str) -> None:
    code, out, _ = bench_command(command, "--help")
    assert code == 0
    assert f"python -m bench {command} " in out
    file = f"{command}_.py" if keyword.iskeyword(command) else f"{command}.py"
    assert (REPOSITORY / "bench" / "cli" / file).is_file()


def test_the_version_is_printed(bench_command: Bench) -> None:
    assert bench_command("--version") == (0, f"param-scaling-bench {bench.__version__}\n", "")


def test_the_version_is_the_same_wherever_it_stands() -> None:
    (cited,) = re.findall(r"^version: (.*)$", (REPOSITORY / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited == bench.__version__ == metadata.version("param-scaling-bench")


RECORD_IMPORTS = """
import contextlib, io, json, sys
from bench.cli import main
heavy = {}
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["bench", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try: main()
        except SystemExit as stop: code = stop.code
    loaded = sorted({"tensorflow", "keras", "pandas", "matplotlib", "scipy", "sklearn"} & set(sys.modules))
    heavy[" ".join(arguments)] = [code or 0, bool(printed.getvalue()), loaded]
json.dump(heavy, sys.stdout)
"""


def test_what_trains_nothing_never_imports_tensorflow_and_help_imports_nothing_heavy(stored_study: Path) -> None:
    light = [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)]
    study = str(stored_study)
    reading = [
        *(["list", what] for what in ("architectures", "sweeps", "data", "controls")),
        *([command, study] for command in ("status", "report", "analyse")),
        ["compare", study, study],
        ["power", "--n", "98", "--folds", "5", "--seeds", "3"],
    ]
    finished = subprocess.run(
        [sys.executable, "-c", RECORD_IMPORTS, json.dumps([*light, *reading])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == ""
    assert finished.returncode == 0
    found = json.loads(finished.stdout)
    assert all((code, printed) == (0, True) for code, printed, _ in found.values())
    assert {command: found[command][2] for command in map(" ".join, light)} == {
        command: [] for command in map(" ".join, light)
    }
    assert not any({"tensorflow", "keras"} & set(loaded) for _, _, loaded in found.values())
