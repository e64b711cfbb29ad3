"""The network that an export takes, and what speaks against using it."""

from dataclasses import dataclass

import numpy as np

from bench.analyse.analysis import Analysis
from bench.analyse.answer.study_answer import Answer
from bench.errors import StudyError
from bench.study.families import TIMES


@dataclass(frozen=True, slots=True)
class BetterControl:
    """A control that is more accurate than the network, with both mean held-out accuracies."""

    name: str
    accuracy: float
    network_accuracy: float


@dataclass(frozen=True)
class ExportChoice:
    """The network to export.

    Attributes:
        entry: of the network.
        label: its name in the study.
        n_params: its parameters.
        is_taken: whether it is the network that the study takes.
        answer: of the study; its obstacles speak against using any of its networks.
        better_controls: controls that are more accurate.
    """

    entry: int
    label: str
    n_params: int
    is_taken: bool
    answer: Answer
    better_controls: tuple[BetterControl, ...]

    @property
    def is_advised(self) -> bool:
        """Whether the study can answer, and no control is more accurate than the network."""
        return self.answer.is_answerable and not self.better_controls


def choose(analysis: Analysis, name: str | None) -> ExportChoice:
    """The network with a name, or the one that the study takes.

    Where the study takes none, it is the most accurate one that a family proposes, or the most accurate of all.

    Args:
        analysis: of the study.
        name: as the study's tables have it; ``x`` may stand for the multiplication sign.

    Raises:
        StudyError: no network with a done trial has the name, or there is none at all.
    """
    sizes = analysis.sizes.set_index("entry")
    labels = {int(entry): analysis.labels[int(entry)] for entry in sizes.index}
    if not labels:
        raise StudyError(f"an export needs a network with done trials; {analysis.study.name} has none; run its sweep")
    entry = _taken(analysis) if name is None else _named(name, labels)
    accuracy = float(sizes["accuracy"].loc[entry])
    controls = analysis.controls[["name", "accuracy"]].itertuples(index=False, name=None)
    return ExportChoice(
        entry=entry,
        label=labels[entry],
        n_params=int(sizes["n_params"].loc[entry]),
        is_taken=analysis.answer.take is not None and analysis.answer.take.entry == entry,
        answer=analysis.answer,
        better_controls=tuple(
            BetterControl(str(control), float(value), accuracy) for control, value in controls if value > accuracy
        ),
    )


def _taken(analysis: Analysis) -> int:
    if analysis.answer.take is not None:
        return analysis.answer.take.entry
    accuracy = analysis.sizes.set_index("entry")["accuracy"]
    proposed = [each.candidate for each in analysis.answer.asked if each.candidate is not None]
    among = accuracy.loc[proposed] if proposed else accuracy
    return int(among.index[int(np.argmax(among.to_numpy(float)))])


def _named(name: str, labels: dict[int, str]) -> int:
    wanted = " ".join(name.replace(f" {TIMES}", " x").split())
    found = [entry for entry, label in labels.items() if label.replace(f" {TIMES}", " x") == wanted]
    if not found:
        raise StudyError(
            f"a network is named as in the study's tables; received {name}; its networks: {'; '.join(labels.values())}"
        )
    return found[0]
