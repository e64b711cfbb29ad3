"""The steps of CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
COPIED = ("architectures", "bench", "docs", "tests", "pyproject.toml")
BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n? *```(?P<language>\w+)\n(?P<text>.*?)\n *```", re.DOTALL)
PATH = re.compile(r"`([\w/]+\.(?:py|toml))`:$")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def section(title: str) -> str:
    text: str
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", (REPOSITORY / "CONTRIBUTING.md").read_text(), re.M | re.S)
    return text


def run(command: list[str], repository: Path, stdin: str | None = None) -> str:
    environ = {**os.environ, "PYTHONPATH": str(repository)}
    ran = subprocess.run(command, cwd=repository, env=environ, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def follow(title: str, repository: Path) -> dict[str, str]:
    """Follow a section's steps; what each of its commands printed."""
    printed = {}
    for block in BLOCK.finditer(section(title)):
        text = textwrap.dedent(block["text"]) + "\n"
        if block["language"] in ("python", "toml"):
            (path,) = PATH.findall(block["before"])
            assert not (repository / path).exists()
            (repository / path).write_text(text)
        elif block["language"] == "diff":
            run(["git", "apply", "-"], repository, text)
        else:
            assert block["language"] == "sh"
            for command in text.splitlines():
                program, *arguments = shlex.split(command)
                assert program == "python"
                printed[command] = run([sys.executable, *arguments], repository)
    return printed


def test_an_architecture_is_added_as_described(repository: Path) -> None:
    show, tests = follow("Add an architecture", repository).values()
    assert "SeparableConv2D" in show
    # 3 * 9 + 3 * 32 + 32 and 32 * 9 + 32 * 64 + 64 in the convolutions, 64 * 2 + 2 in the classifier
    assert "2,685" in show
    assert "passed" in tests


def test_a_sweep_is_added_as_described(repository: Path) -> None:
    plan, tests = follow("Add a sweep", repository).values()
    assert "dropout-digits: sweep dropout on digits, 240 images" in plan
    assert "36 trials" in plan
    assert "passed" in tests


def test_a_data_set_is_added_as_described(repository: Path) -> None:
    listed, plan, tests = follow("Add a data set", repository).values()
    assert "bars" in listed
    assert "smoke-bars: sweep smoke on bars" in plan
    assert "passed" in tests


def test_a_control_is_added_as_described(repository: Path) -> None:
    listed, ran, tests = follow("Add a control", repository).values()
    assert "intensity_histogram" in listed
    assert "`intensity_histogram`" in ran
    page = (repository / "results" / "smoke-digits" / "controls.md").read_text()
    assert re.search(r"\| intensity_histogram +\| +0 \| +2 of 2 \|", page)
    assert "4 passed" in tests  # probabilities of 3 and 5 classes, labels unread, what is planted found
