"""Writes the table of published studies: one row per folder, with the sentence that the study itself answers."""

import json
from pathlib import Path
from typing import Any

from bench.errors import StudyError
from bench.files import whole_file

README = "README.md"
BEGIN, END = "<!-- answers: written by python -m bench publish -->", "<!-- end of answers -->"
_HEAD = "| study | its own answer |\n|---|---|"


def write_answers(to: Path) -> Path:
    """Rewrite the table of answers in ``to/README.md``, between its two marks; the rest of the file is kept.

    Without the marks, the table is added at the end. Without the file, it is created.

    Args:
        to: the folder of published studies.

    Raises:
        StudyError: a published ``analysis.json`` or ``audit.json`` cannot be read.
    """
    readme = to / README
    text = readme.read_text(encoding="utf-8") if readme.is_file() else "# Published studies\n"
    before, begin, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    head = before if begin else f"{before.rstrip()}\n\n"
    with whole_file(readme) as file:
        file.write(f"{head}{BEGIN}\n\n{answers_table(to)}\n\n{END}{after if begin else chr(10)}".encode())
    return readme


def answers_table(to: Path) -> str:
    """The table in Markdown, by the names of the folders."""
    folders = sorted(each for each in to.iterdir() if each.is_dir() and not each.name.startswith("."))
    rows = [f"| [{folder.name}]({folder.name}/) | {_answer(folder)} |" for folder in folders]
    return "\n".join([_HEAD, *rows])


def _answer(folder: Path) -> str:
    analysis = _read(folder / "analysis.json")
    if analysis is not None:
        answer = analysis.get("answer")
        return str(answer["headline"]) if isinstance(answer, dict) else "Published by a version without answers."
    audit = _read(folder / "audit.json")
    if audit is None:
        return "Times only: see its timing.md."
    severe = [str(each["what"]) for each in audit["findings"] if each["severity"] == "severe"]
    n_images = f"{audit['n_images']:,} images"
    return f"{n_images}, a severe finding: {severe[0]}." if severe else f"{n_images}, no severe finding."


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StudyError(
            f"a published file must be what a report writes; {path}: {error}; rebuild it with python -m bench report"
        ) from error
    if not isinstance(found, dict):
        raise StudyError(f"a published file must be what a report writes; {path} holds no table; rebuild it")
    return found
