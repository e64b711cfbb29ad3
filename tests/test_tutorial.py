"""The steps of docs/tutorial.md, followed to the letter, on fewer images, sizes, folds and epochs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
BLOCK = re.compile(r"```(?P<language>python|toml|sh)\n(?P<text>.*?)```", re.DOTALL)
SMALLER = {
    "[:120]": "[:12]",
    "folds = 5": 'folds = 2\ncontrols = ["majority_class"]',
    "epochs = 20": "epochs = 1\nbatch_size = 12",
    "width = [0.125, 0.25, 0.5, 1.0, 1.75]": "width = [0.125, 0.25]",
    'budget = "3h"': 'budget = "20s"',
}


def smaller(text: str) -> str:
    for as_written, tiny in SMALLER.items():
        text = text.replace(as_written, tiny)
    return text


def run(command: list[str], folder: Path) -> str:
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.mark.timeout(900)  # seconds of work, but each command is a process of its own that loads everything
def test_the_tutorial_goes_from_a_folder_of_images_to_an_answer(tmp_path: Path) -> None:
    tutorial = (REPOSITORY / "docs" / "tutorial.md").read_text()
    assert all(as_written in tutorial for as_written in SMALLER)
    printed: dict[str, str] = {}
    for block in BLOCK.finditer(tutorial):
        text = smaller(block["text"])
        if block["language"] == "python":
            run([sys.executable, "-c", text], tmp_path)
        elif block["language"] == "toml":
            (tmp_path / "evening.toml").write_text(text)
        else:
            program, *arguments = shlex.split(text)
            assert program == "python"
            printed[" ".join(arguments[2:])] = run([sys.executable, *arguments], tmp_path)
    assert "24 images (12 eight, 12 three)" in printed["audit photos"]
    assert "nothing was written" in printed["run --sweep evening.toml --dry-run"]
    answer = (tmp_path / "results" / "evening-photos" / "answer.md").read_text()
    assert "24 images of photos" in answer
    assert "24 images of photos" in " ".join(printed["analyse results/evening-photos"].split())
    for name in re.findall(r"`results/evening-photos/([\w.]+)`", tutorial):
        assert (tmp_path / "results" / "evening-photos" / name).is_file()
