"""``ReportedStudy``: what the files of a study's folder state, read without a store."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bench.errors import StudyError

FILES_READ = ("README.md", "analysis.json", "audit.json", "environment.json", "timing.csv")
"""The files that a ``ReportedStudy`` is read from. Each may be missing."""

_QUESTION = re.compile(r"^\*\*Question\.\*\* (.+?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z])")


@dataclass(frozen=True)
class ReportedStudy:
    """A study, or an audit of a data set, as its own files state it.

    Attributes:
        question: the last question of the paragraph ``**Question.**`` of its README; empty if there is none.
        answer: the first sentence of its own answer, or what an audit or a timing study has in its place.
        dataset: the data set's name; None if no file states it.
        n_images: None if no file states it.
        n_params: the parameter counts of its networks, ascending, one per network.
        machines: each machine that produced results, such as ``AMD EPYC, 2 cores``.
    """

    question: str
    answer: str
    dataset: str | None
    n_images: int | None
    n_params: tuple[int, ...]
    machines: tuple[str, ...]

    @classmethod
    def read(cls, files: Mapping[str, bytes], where: str) -> Self:
        """Read the files of one folder.

        Args:
            files: contents by name; names other than ``FILES_READ`` are ignored.
            where: the folder, for messages.

        Raises:
            StudyError: a file is not what a report writes.
        """
        analysis, audit = _table(files, "analysis.json", where), _table(files, "audit.json", where)
        try:
            return cls(
                question=_question(files.get("README.md", b"").decode("utf-8", "replace")),
                answer=_answer(analysis, audit),
                dataset=None if (described := analysis or audit) is None else str(described["dataset"]),
                n_images=None if audit is None else int(audit["n_images"]),
                n_params=_n_params(analysis, files.get("timing.csv", b"").decode()),
                machines=_machines(_json(files, "environment.json", where)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _unusable(where, f"{type(error).__name__} {error}") from error


def own_answer(files: Mapping[str, bytes], where: str) -> str:
    """The sentence that a study answers, or what an audit or a timing study has in its place.

    Raises:
        StudyError: a file is not what a report writes.
    """
    return _answer(_table(files, "analysis.json", where), _table(files, "audit.json", where))


def _answer(analysis: dict[str, Any] | None, audit: dict[str, Any] | None) -> str:
    if analysis is not None:
        answer = analysis.get("answer")
        return str(answer["headline"]) if isinstance(answer, dict) else "Published by a version without answers."
    if audit is None:
        return "Times only: see its timing.md."
    severe = [str(each["what"]) for each in audit["findings"] if each["severity"] == "severe"]
    n_images = f"{audit['n_images']:,} images"
    return f"{n_images}, a severe finding: {severe[0]}." if severe else f"{n_images}, no severe finding."


def _question(readme: str) -> str:
    found = _QUESTION.search(readme)
    if found is None:
        return ""
    sentences = _SENTENCE_END.split(" ".join(found[1].split()))
    return next((each for each in reversed(sentences) if each.endswith("?")), " ".join(sentences))


def _n_params(analysis: dict[str, Any] | None, timing: str) -> tuple[int, ...]:
    if analysis is not None:
        return tuple(sorted(int(each["n_params"]) for each in analysis["sizes"]))
    timed = {row["network_key"]: int(row["n_params"]) for row in csv.DictReader(io.StringIO(timing))}
    return tuple(sorted(timed.values()))


def _machines(environments: object) -> tuple[str, ...]:
    if not isinstance(environments, list):
        return ()
    return tuple(dict.fromkeys(_machine(each) for each in environments))


def _machine(environment: Mapping[str, object]) -> str:
    cores = environment.get("usable_cores")
    return str(environment["cpu"]) if cores is None else f"{environment['cpu']}, {cores} cores"


def _table(files: Mapping[str, bytes], name: str, where: str) -> dict[str, Any] | None:
    found = _json(files, name, where)
    if found is not None and not isinstance(found, dict):
        raise _unusable(where, f"{name} holds no table")
    return found


def _json(files: Mapping[str, bytes], name: str, where: str) -> object:
    if name not in files:
        return None
    try:
        found: object = json.loads(files[name])
    except ValueError as error:
        raise _unusable(where, f"{name}: {error}") from error
    return found


def _unusable(where: str, problem: str) -> StudyError:
    return StudyError(
        f"a study's files must be what a report writes; {where}: {problem}; rebuild them with python -m bench report"
    )
