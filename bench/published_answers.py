"""Writes the table of published studies: one row per folder, with the sentence that the study itself answers."""

from pathlib import Path

from bench.files import whole_file
from bench.study.reported_study import FILES_READ, own_answer

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
    rows = [f"| [{folder.name}]({folder.name}/) | {own_answer(_files(folder), str(folder))} |" for folder in folders]
    return "\n".join([_HEAD, *rows])


def _files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES_READ if (folder / name).is_file()}
