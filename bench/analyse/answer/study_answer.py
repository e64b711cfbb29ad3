"""The answer of a study: whether it can answer, what more parameters bought, which size to take, and what is next.

Every page, plot and table takes its verdicts, its choice and its marks from this one ``Answer``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.answer.family_answer import MARGIN, FamilyAnswer, Shape, answer_family, family_slope
from bench.analyse.answer.next_step import NextStep, Step, narrowing_step
from bench.analyse.answer.obstacles import (
    LINEAR,
    Obstacle,
    Unbeaten,
    Undertrained,
    find_obstacles,
    find_unbeaten,
    find_undertrained,
)
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.two_level import ContrastEstimate, TwoLevel
from bench.analyse.images_or_parameters import ImagesOrParameters
from bench.controls import Sight
from bench.store.columns import protocol_column
from bench.study.families import Family, network_labels, part_families, size_axes
from bench.study.study_data import StudyData

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FamilyResult:
    """The answer on one family.

    Attributes:
        family: its networks.
        name: its label among the families that are asked about, which has no value that all of them share.
        is_asked: whether the study's answer is about it: its networks are trained on the most images of the study.
        n_params: the smallest and the largest count.
        answer: shape and gains, or why there are none.
        candidate: the entry that this family proposes; None without an answer.
    """

    family: Family
    name: str
    is_asked: bool
    n_params: tuple[int, int]
    answer: FamilyAnswer | NotComputed
    candidate: int | None


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of one network; NaN where it is not measured.

    Attributes:
        entry: the network.
        n_params: its parameters.
        step_ms: median time of a training step.
        train_s: median time of a trial.
    """

    entry: int
    n_params: int
    step_ms: float
    train_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """The network to take.

    Attributes:
        entry: of the network.
        label: its name among the networks that can be taken, which has no value that all of them share.
        n_params: its parameters.
        is_shown: whether it is shown that a larger network adds less than the margin.
        is_largest: whether no larger network was trained.
    """

    entry: int
    label: str
    n_params: int
    is_shown: bool
    is_largest: bool


@dataclass(frozen=True, slots=True)
class BlindControl:
    """A control that does not see the object, and the most accurate network; accuracies are held-out means."""

    name: str
    accuracy: float
    network_accuracy: float


@dataclass(frozen=True)
class Answer:
    """The answer of a study.

    Attributes:
        margin: the smallest gain in accuracy that counts.
        obstacles: what keeps the study from answering; none is taken if there is one.
        beats_blind_controls: whether there are controls that do not see the object, and all of them are beaten.
        strongest_blind: the most accurate of these controls; None where none is done.
        unbeaten: the controls that the most accurate network is not shown to beat.
        families: the answer on each family of sizes.
        take: the network to take; None if there is an obstacle or no family with an answer.
        cost: of the taken network and of the largest; None where none is taken.
        next_step: what would narrow the answer most.
        images_or_parameters: what parameters are worth in images, by the label of the family; empty unless the number
            of training images varies.
    """

    margin: float
    obstacles: Sequence[Obstacle]
    beats_blind_controls: bool
    strongest_blind: BlindControl | None
    unbeaten: Sequence[Unbeaten]
    families: Sequence[FamilyResult]
    take: Taken | None
    cost: tuple[Costs, Costs] | None
    next_step: NextStep
    images_or_parameters: Mapping[str, ImagesOrParameters | NotComputed]

    @property
    def is_answerable(self) -> bool:
        """Whether there is no obstacle."""
        return not self.obstacles

    @property
    def asked(self) -> Sequence[FamilyResult]:
        """The families that the answer is about."""
        return [each for each in self.families if each.is_asked]


def answer_study(
    data: StudyData,
    levels: StudyLevels,
    comparison: ControlComparison | None,
    surfaces: Mapping[str, ImagesOrParameters | NotComputed],
    margin: float = MARGIN,
) -> Answer:
    """Answer a study from the accuracies of its held-out images.

    Args:
        data: the study.
        levels: variances of the accuracy of networks and controls.
        comparison: with the controls.
        surfaces: what parameters are worth in images, see ``Answer``.
        margin: the smallest gain in accuracy that counts.
    """
    done = data.summary[data.summary["entry"].isin(data.done["entry"])]
    asked, choosable = _asked(done), choosable_networks(data)
    names = {tuple(family.entries): family.label for family in size_axes(asked)}
    families = [_result(family, names, levels, done, set(asked["entry"]), margin) for family in size_axes(done)]
    unbeaten = () if comparison is None else tuple(find_unbeaten(comparison))
    as_good = [each for each in unbeaten if each.sight is not Sight.OBJECT and each.lead.value < margin]
    obstacles = find_obstacles(data.audit, comparison, as_good, _undertrained(data, choosable, margin))
    take = None if obstacles else _take(families, levels, choosable, margin)
    question = None if take is None else _question(take, families, levels, choosable)
    return Answer(
        margin=margin,
        obstacles=obstacles,
        unbeaten=unbeaten,
        beats_blind_controls=comparison is not None and comparison.beats_blind,
        strongest_blind=None if comparison is None else _strongest_blind(comparison),
        families=families,
        take=take,
        cost=None if take is None else _cost(take, choosable),
        next_step=_next_step(question, obstacles, take, data),
        images_or_parameters=surfaces,
    )


def _strongest_blind(comparison: ControlComparison) -> BlindControl | None:
    strongest = comparison.strongest_blind
    return None if strongest is None else BlindControl(strongest.name, strongest.accuracy, comparison.accuracy)


def choosable_networks(data: StudyData) -> pd.DataFrame:
    """The rows of the summary from which an answer takes a network: done, on the most images and the best labels."""
    asked = _asked(data.summary[data.summary["entry"].isin(data.done["entry"])])
    return asked[_fewest_wrong_labels(asked)]


def _asked(done: pd.DataFrame) -> pd.DataFrame:
    """The networks that the answer is about."""
    return done[_most_images(done)]


def candidate(answer: FamilyAnswer, means: Floats, n_params: NDArray[np.int64], margin: float) -> int:
    """The place of the network that a family proposes.

    It is the smallest size whose estimated gain to every larger size is below the margin. Where no gain is shown it is
    the smallest size, and where accuracy peaks, the size of the peak. Of networks of equal count it is the most
    accurate one.

    Args:
        answer: on the family.
        means: (n,) mean accuracies.
        n_params: (n,) of the same networks.
        margin: the smallest gain in accuracy that counts.
    """
    sizes = np.array(answer.n_params)
    of_size = np.array([means[n_params == size].mean() for size in sizes])
    if answer.shape in (Shape.NO_GAIN_SHOWN, Shape.ENOUGH_FROM_SMALLEST, Shape.LOSES):
        taken = sizes[0]
    elif answer.shape is Shape.PEAKS and answer.turn is not None:
        taken = answer.turn
    else:
        best_above = np.append(np.maximum.accumulate(of_size[::-1])[::-1][1:], -np.inf)
        taken = sizes[int(np.argmax(best_above - of_size < margin))]
    return int(np.argmax(np.where(n_params == taken, means, -np.inf)))


def _most_images(networks: pd.DataFrame) -> NDArray[np.bool_]:
    """Which networks are trained on the most images."""
    n_train = networks.get(protocol_column("n_train"), pd.Series(0, networks.index)).to_numpy(float)
    n_train = np.where(n_train == 0, np.inf, n_train)  # 0 is all
    return np.asarray(n_train == n_train.max(initial=0))


def _fewest_wrong_labels(networks: pd.DataFrame) -> NDArray[np.bool_]:
    noise = networks.get(protocol_column("label_noise"), pd.Series(0.0, networks.index)).to_numpy(float)
    return np.asarray(noise == noise.min(initial=1.0))


def _result(
    family: Family,
    names: Mapping[tuple[int, ...], str],
    levels: StudyLevels,
    done: pd.DataFrame,
    asked: set[int],
    margin: float,
) -> FamilyResult:
    """The answer on one family; ``names`` holds the names of the families that are asked about, by their entries."""
    entries = list(family.entries)
    n_params = done.set_index("entry").loc[entries, "n_params"].to_numpy(np.int64)
    limits = int(n_params.min()), int(n_params.max())
    name, is_asked = names.get(tuple(entries), family.label), set(entries) <= asked
    try:
        of_family = levels.of(entries)
        answer = answer_family(of_family, n_params, margin)
    except InsufficientError as reason:
        return FamilyResult(family, name, is_asked, limits, NotComputed(str(reason)), None)
    return FamilyResult(
        family=family,
        name=name,
        is_asked=is_asked,
        n_params=limits,
        answer=answer,
        candidate=entries[candidate(answer, of_family.means, n_params, margin)],
    )


def _undertrained(data: StudyData, choosable: pd.DataFrame, margin: float) -> Sequence[Undertrained]:
    if choosable.empty:
        return ()
    linear = float(data.controls.set_index("architecture")["val_accuracy_mean"].get(LINEAR, np.nan))
    families = part_families(choosable)
    return tuple(find_undertrained(families, choosable, data.study.class_counts, linear, margin))


def _take(
    families: Sequence[FamilyResult],
    levels: StudyLevels,
    choosable: pd.DataFrame,
    margin: float,
) -> Taken | None:
    n_params = {int(entry): int(n) for entry, n in zip(choosable["entry"], choosable["n_params"], strict=True)}
    enough_from = {
        each.candidate: each.answer.enough_from
        for each in families
        if each.candidate in n_params and isinstance(each.answer, FamilyAnswer)
    }
    means = {entry: levels.mean(entry).value for entry in enough_from if entry is not None}
    if not means:
        return None
    best = max(means.values())
    entry = min((each for each, mean in means.items() if best - mean < margin), key=lambda each: n_params[each])
    enough = enough_from[entry]
    rivals = [each for each in means if n_params[each] > n_params[entry]]
    return Taken(
        entry=entry,
        label=network_labels(choosable)[entry],
        n_params=n_params[entry],
        is_shown=enough is not None
        and enough <= n_params[entry]
        and all(_gain(levels, entry, rival).high < margin for rival in rivals),
        is_largest=n_params[entry] == max(n_params.values()),
    )


def _gain(levels: StudyLevels, smaller: int, larger: int) -> ContrastEstimate:
    """Its interval is at 90 %, so that its upper bound is one-sided at 95 %."""
    return levels.difference(larger, smaller, level=0.90)


def _cost(take: Taken, choosable: pd.DataFrame) -> tuple[Costs, Costs]:
    columns = ("entry", "n_params", "step_ms_median", "train_s_median")
    costs = [
        Costs(int(entry), int(n_params), float(step_ms), float(train_s))
        for entry, n_params, step_ms, train_s in zip(*(choosable[name] for name in columns), strict=True)
    ]
    taken = next(each for each in costs if each.entry == take.entry)
    return taken, max(costs, key=lambda each: each.n_params)


Question = tuple[TwoLevel, Floats]
"""What is open: a contrast, with the variances of its networks and controls."""


def _question(
    take: Taken, families: Sequence[FamilyResult], levels: StudyLevels, choosable: pd.DataFrame
) -> Question | None:
    """What is open: the slope if no gain is shown, otherwise the gain to the larger network that may be most ahead."""
    n_params = choosable.set_index("entry")["n_params"]
    own = next(each for each in families if each.candidate == take.entry)
    entries = list(own.family.entries)
    if isinstance(own.answer, FamilyAnswer) and own.answer.shape is Shape.NO_GAIN_SHOWN:
        return levels.of(entries), family_slope(n_params[entries].to_numpy(np.int64))
    rivals = [*entries, *(each.candidate for each in families if each.candidate in n_params.index)]
    larger = [each for each in rivals if each is not None and n_params[each] > take.n_params]
    if take.is_shown or not larger:
        return None
    rival = max(larger, key=lambda each: _gain(levels, take.entry, each).high)
    return levels.of([take.entry, rival]), np.array([-1.0, 1.0])


def _next_step(
    question: Question | None, obstacles: Sequence[Obstacle], take: Taken | None, data: StudyData
) -> NextStep:
    if question is not None and not data.has_predictions:
        return NextStep(Step.SEEDS_OR_IMAGES)
    if question is not None:
        return narrowing_step(*question, data.trials, {key: each.values for key, each in data.environments.items()})
    if obstacles:
        return NextStep(Step.MEND)
    return NextStep(Step.LARGER if take is not None and take.is_largest else Step.NOTHING)
