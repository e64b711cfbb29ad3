"""The answer of a study in at most 120 words: the page ``answer.md``, and the first lines of every other output."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analyse.answer.family_answer import FamilyAnswer, Shape
from bench.analyse.answer.next_step import NextStep, Step
from bench.analyse.answer.obstacles import Leak, Obstacle, SevereFinding, Unbeaten, Undertrained
from bench.analyse.answer.study_answer import Answer, FamilyResult
from bench.analyse.control_comparison import MAJORITY
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.controls import Sight
from bench.pages.document import Note, Page, Section
from bench.pages.images_or_parameters_text import conclusion
from bench.pages.number_text import and_list, number, three_digits
from bench.pages.run_command import run_command
from bench.records import Study
from bench.study.families import TIMES

MOST_WORDS = 120
_TEN = "ten times"
_PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
_MOST_FAMILIES = 2
_MOST_PROBLEMS = 3
_MOST_LABEL_WORDS = 5
_MOST_COMMAND_WORDS = 16
_ONE_SOURCE = "Collect the images of all classes from one source, so that only the object tells them apart."
_FINDINGS = {
    "label_conflict": ("equal pictures have different labels", "Correct the labels that audit.md lists."),
    "near_duplicates_across_classes": (
        "almost equal pictures have different labels",
        "Correct the labels that audit.md lists.",
    ),
    "metadata_tells_classes": (
        "dimensions and format of the files alone tell the classes apart",
        _ONE_SOURCE,
    ),
}
"""By kind of a severe finding: what is wrong, and what to do."""
_SIGHTS = {
    Sight.NO_PIXEL: "a predictor that sees no pixel",
    Sight.NO_OBJECT: "a predictor that is blind to the object",
}


class Topic(enum.StrEnum):
    """What a sentence of the answer is about, in the order of the page."""

    TAKE = "What to use"
    GAIN = "What size buys"
    COST = "What it costs"
    TRUST = "Can it be trusted"
    NEXT = "What to do next"
    READING = "How to read it"


@dataclass(frozen=True)
class _Ranked:
    """A sentence, its topic, and its rank: those of the highest rank are left out first, those of rank 0 never."""

    text: str
    rank: int
    topic: Topic


def answer_page(answer: Answer, study: Study) -> Page:
    """The page ``answer.md``."""
    return Page(f"The answer of {study.name}", (answer_section(answer, study),))


def answer_section(answer: Answer, study: Study, title: str = "") -> Section:
    """The answer as a section of a page."""
    return Section(title, tuple(map(Note, answer_sentences(answer, study))))


def answer_text(answer: Answer, study: Study) -> str:
    """The answer as one text."""
    return " ".join(answer_sentences(answer, study))


def headline(answer: Answer, study: Study) -> str:
    """The answer in one sentence: what keeps the study from answering or, without an obstacle, what was gained."""
    if answer.obstacles:
        return next(_whether(answer))
    return _gains(answer, study)


def take_sentence(answer: Answer) -> str:
    """Which network to take and why; empty if none is."""
    return " ".join(_take(answer))


def answer_sentences(answer: Answer, study: Study) -> list[str]:
    """The answer: can the images answer, what more parameters bought, what to take, what it costs, what is next.

    If there are too many words, the costs are left out, then where the gain came from, then the next step; and what was
    gained, if an obstacle overrules it.
    """
    return [each.text for each in _kept(answer, study)]


def answer_topics(answer: Answer, study: Study) -> list[tuple[Topic, str]]:
    """The sentences of ``answer_sentences`` by topic, in the order of ``Topic``."""
    kept = _kept(answer, study)
    texts = {topic: " ".join(each.text for each in kept if each.topic is topic) for topic in Topic}
    return [(topic, text) for topic, text in texts.items() if text]


def _kept(answer: Answer, study: Study) -> list[_Ranked]:
    kept = list(_ranked(answer, study))
    for each in sorted(kept, key=lambda each: -each.rank):
        if each.rank == 0 or _n_words([one.text for one in kept]) <= MOST_WORDS:
            break
        kept = [one for one in kept if one.rank != each.rank]
    return kept


def _ranked(answer: Answer, study: Study) -> Iterator[_Ranked]:
    """The sentences in the order of reading."""
    about = Topic.TAKE if answer.obstacles else Topic.TRUST
    yield from (_Ranked(text, 0, about) for text in _whether(answer))
    yield _Ranked(_gains(answer, study), 1 if answer.obstacles else 0, Topic.GAIN)
    if answer.obstacles:
        yield _Ranked(_to_do(answer), 0, Topic.NEXT)
        return
    yield from (_Ranked(text, 2, Topic.GAIN) for text in _early(answer))
    if len(answer.images_or_parameters) == 1:
        yield from (_Ranked(conclusion(each), 2, Topic.GAIN) for each in answer.images_or_parameters.values())
    yield from (_Ranked(text, 0, Topic.TAKE) for text in _take(answer))
    yield from (_Ranked(text, 3, Topic.COST) for text in _cost(answer))
    yield from (_Ranked(text, 1, Topic.NEXT) for text in _next(answer, study))
    if _known(answer):
        yield _Ranked("Brackets are 95 % intervals.", 1, Topic.READING)


def _n_words(sentences: list[str]) -> int:
    return len(" ".join(sentences).split())


def _cut(text: str, most: int) -> str:
    """The first words of a text, so that a long name does not fill the answer."""
    words = text.split()
    return text if len(words) <= most else " ".join([*words[:most], "..."])


def points(estimate: ContrastEstimate) -> str:
    """A difference of accuracies in percentage points with its interval: ``+17.6 points [+9.9, +25.2]``."""
    value, low, high = (number(100 * each, "{:+.1f}") for each in (estimate.value, estimate.low, estimate.high))
    return f"{value} points [{low}, {high}]"


def rounded_count(n: int) -> str:
    """A number of parameters to two digits or three: ``630``, ``17 thousand``, ``1.1 million``."""
    if n < 1000:
        return str(n)
    if n < 999_500:
        return f"{number(n / 1000, '{:.2g}' if n < 9950 else '{:.0f}')} thousand"
    return f"{number(n / 1e6, '{:.1f}' if n < 99_950_000 else '{:,.0f}')} million"


def rounded_duration(seconds: float) -> str:
    """A time in the unit that suits it: ``40 seconds``, ``12 minutes``, ``3.5 hours``."""
    if seconds < 90:
        return f"{number(max(1.0, seconds), '{:.0f}')} seconds"
    if seconds < 5400:
        return f"{number(seconds / 60, '{:.0f}')} minutes"
    return f"{number(seconds / 3600, '{:.1f}')} hours"


def _whether(answer: Answer) -> Iterator[str]:
    if answer.obstacles:
        wrong = [said for said, _ in _problems(answer)[:_MOST_PROBLEMS]]
        n_more = len(_problems(answer)) - len(wrong)
        more = [f"{n_more} more in analysis.json"] if n_more else []
        yield f"This study cannot say which size to take: {'; '.join([*wrong, *more])}."
        return
    strongest = answer.strongest_blind
    blind = [each for each in answer.unbeaten if each.sight is not Sight.OBJECT]
    simpler = [each for each in answer.unbeaten if each.sight is Sight.OBJECT]
    who = [f"The best network (accuracy {number(each.network_accuracy)})" for each in (*blind, *simpler)][:1]
    said = []
    if strongest is not None and answer.beats_blind_controls:
        who = [f"The best network (accuracy {number(strongest.network_accuracy)})"]
        said.append(
            f"beats every predictor that is blind to the object (at best {number(strongest.accuracy)}, "
            f"`{strongest.name}`)"
        )
    elif blind:
        said.append(f"is {_relation(blind)} {_named(blind)}, blind to the object")
    if simpler:
        said.append(f"is {_relation(simpler)} the simpler {_named(simpler)}")
    if said:
        yield f"{who[0]} {'; it '.join(said)}."
    if not blind and not answer.beats_blind_controls:
        yield "Whether the networks see the object was not tested."


def _relation(unbeaten: Sequence[Unbeaten]) -> str:
    is_lower = all(each.network_accuracy <= each.accuracy for each in unbeaten)
    return "no more accurate than" if is_lower else "not shown to beat"


def _named(unbeaten: Sequence[Unbeaten]) -> str:
    """The most accurate one, and how many others."""
    best, n_more = max(unbeaten, key=lambda each: each.accuracy), len(unbeaten) - 1
    more = f" and {n_more} other{'s' if n_more > 1 else ''}" if n_more else ""
    return f"`{best.name}` ({number(best.accuracy)}){more}"


def _problems(answer: Answer) -> list[tuple[str, str]]:
    """What is wrong, and what to do: one entry per kind of obstacle."""
    by_kind: dict[type[Obstacle], list[Obstacle]] = {}
    for each in answer.obstacles:
        by_kind.setdefault(type(each), []).append(each)
    return [_problem(alike[0], len(alike) - 1) for alike in by_kind.values()]


def _to_do(answer: Answer) -> str:
    return f"To do: {' '.join(dict.fromkeys(to_do for _, to_do in _problems(answer)[:_MOST_PROBLEMS]))}"


def _problem(obstacle: Obstacle, n_more: int) -> tuple[str, str]:
    more = f" and {n_more} more" if n_more else ""
    match obstacle:
        case SevereFinding(finding):
            wrong, to_do = _FINDINGS.get(
                finding.kind, (f"the audit has a severe finding (`{finding.kind}`)", "Do what audit.md says about it.")
            )
            return wrong + more, to_do
        case Unbeaten(name=name, accuracy=accuracy, network_accuracy=best):
            return (
                f"the best network (accuracy {number(best)}) is {_relation([obstacle])} {_SIGHTS[obstacle.sight]} "
                f"(`{name}`, {number(accuracy)}{more})",
                "Check the labels, train longer, or add images." if name == MAJORITY else _ONE_SOURCE,
            )
        case Leak(check):
            return (
                f"a network trained on shuffled labels is right more often than chance ({number(check.accuracy)})",
                "Keep images that belong together in one fold.",
            )
        case Undertrained(family=family, train_accuracy=accuracy, epochs=epochs):
            return (
                f"{_cut(family, _MOST_LABEL_WORDS)} (accuracy {number(accuracy)} on its own training images){more} "
                f"{'are' if n_more else 'is'} undertrained",
                f"Train longer, such as with `--set protocol.epochs={2 * epochs}` and a new `--study`.",
            )


def _gains(answer: Answer, study: Study) -> str:
    known, name = _known(answer), _cut(study.dataset, _MOST_LABEL_WORDS)
    on = f"{'As measured on' if answer.obstacles else 'On'} {sum(study.class_counts):,} images of {name}"
    if not known:
        return f"{on}, nothing is known about more parameters: no two sizes can be compared."
    if len(known) > _MOST_FAMILIES:
        values = [100 * each.per_decade.value for _, each in known]
        low, high = number(min(values), "{:+.1f}"), number(max(values), "{:+.1f}")
        n_gains = sum(each.per_decade.low > 0 for _, each in known)
        return (
            f"{on}, ten times the parameters changed accuracy by {low} to {high} points in {len(known)} families of "
            f"networks; {n_gains} of them are shown to gain."
        )
    gains = [_gain(*each, before) for each, before in zip(known, [None, *known], strict=False)]
    return f"{on}, {and_list(gains)}."


def _known(answer: Answer) -> list[tuple[FamilyResult, FamilyAnswer]]:
    return [(each, each.answer) for each in answer.asked if isinstance(each.answer, FamilyAnswer)]


def _gain(result: FamilyResult, answer: FamilyAnswer, before: tuple[FamilyResult, FamilyAnswer] | None) -> str:
    """One family's gain: that of ten times the parameters, or from the smallest to the largest size if it is less.

    Across a peak or dip it is the gain up to there and the gain from there on. What is as in the family ``before`` is
    not repeated.
    """
    label = "networks that also differ otherwise" if result.family.is_mixed else result.name
    size = ""
    if before is None or before[0].n_params != result.n_params:
        smallest, largest = map(rounded_count, result.n_params)
        size = f" ({smallest} to {largest}{' parameters' if before is None else ''})"
    of = f"in {_cut(label, _MOST_LABEL_WORDS)}{size}"
    if answer.turn is not None and answer.to_turn is not None and answer.from_turn is not None:
        return (
            f"{of}, accuracy changed by {points(answer.to_turn)} up to {rounded_count(answer.turn)} and by "
            f"{points(answer.from_turn)} beyond"
        )
    tail = {
        Shape.NO_GAIN_SHOWN: ", no gain shown",
        Shape.ENOUGH_FROM_SMALLEST: ", no gain of note",
        Shape.LOSES: ", a loss",
    }.get(answer.shape, "")
    times = _times_more(result)
    gain = answer.per_decade if times == _TEN else answer.largest_less_smallest
    verb = "went with a change of accuracy" if result.family.is_mixed else "changed accuracy"
    is_said = before is not None and before[1].turn is None and _times_more(before[0]) == times
    change = "" if is_said else f"{times} the parameters {verb} "
    return f"{change}by {points(gain)} {of}{tail}"


def _times_more(result: FamilyResult) -> str:
    smallest, largest = result.n_params
    return _TEN if largest >= 10 * smallest else f"{number(largest / smallest, '{:.1f}')} times"


def _early(answer: Answer) -> Iterator[str]:
    known = _known(answer)
    early = [
        (result.name, each.most_by, each.per_decade_above)
        for result, each in known
        if each.most_by is not None and each.per_decade_above is not None
    ]
    if not early or len(known) > _MOST_FAMILIES:
        return
    of = "" if len(early) == len(known) else f" in {_cut(early[0][0], _MOST_LABEL_WORDS)}"
    below = and_list(_with_one_unit([rounded_count(most_by) for _, most_by, _ in early]))
    above = and_list([points(beyond) for _, _, beyond in early])
    yield f"Most of it came by {below}{of}; beyond, ten times brought {above}."


def _with_one_unit(amounts: list[str]) -> list[str]:
    """Amounts such as ``17 thousand``; the unit is said once if it is the same for all."""
    *numbers, last = amounts
    unit = last.rpartition(" ")[2]
    if unit.isalpha() and all(each.endswith(f" {unit}") for each in numbers):
        return [*(each.removesuffix(f" {unit}") for each in numbers), last]
    return amounts


def _take(answer: Answer) -> Iterator[str]:
    take, margin = answer.take, f"{number(100 * answer.margin, '{:.3g}')} points"
    if take is None:
        return
    label = _cut(take.label, _MOST_LABEL_WORDS).replace(f" {TIMES}", " at width ")
    name = f"Take {label} ({rounded_count(take.n_params)} parameters)"
    if take.is_shown:
        yield f"{name}: more parameters are shown to add less than {margin}."
    elif take.is_largest:
        yield f"{name}, the largest: every smaller size is measured {margin} or more behind."
    else:
        yield f"{name}: whether more parameters add {margin} is open."


def _cost(answer: Answer) -> Iterator[str]:
    if answer.cost is None:
        return
    taken, largest = answer.cost
    compared = [
        (taken.step_ms, largest.step_ms, "ms per step"),
        (taken.train_s, largest.train_s, "s per training"),
    ]
    measured = [(own, most, unit) for own, most, unit in compared if not np.isnan(own)]
    if not measured:
        return
    costs = f"It takes {and_list([f'{three_digits(own)} {unit}' for own, _, unit in measured])}"
    if taken.entry == largest.entry:
        yield f"{costs}."
    else:
        of_largest = ", ".join(f"{three_digits(most)} {unit.split()[0]}" for _, most, unit in measured)
        yield f"{costs} (the largest: {of_largest})."


def _next(answer: Answer, study: Study) -> Iterator[str]:
    step = answer.next_step
    match step.step:
        case Step.SEEDS:
            now, then = (number(100 * half, "{:.1f}") for half in (step.half_width, step.expected_half_width))
            about = "" if np.isnan(step.seconds) else f", about {rounded_duration(step.seconds)} more,"
            yield (
                f"Next: {_command(study, step)}{about} narrows what is open from {_PLUS_MINUS}{now} to "
                f"{_PLUS_MINUS}{then} points."
            )
        case Step.IMAGES:
            yield "Only more images would narrow what is open."
        case Step.SEEDS_OR_IMAGES:
            yield "More seeds or more images would narrow what is open; the table cannot tell which."
        case Step.LARGER:
            yield "Next: train larger sizes."
        case Step.NOTHING:
            if answer.take is not None:
                yield "No more trials are needed for this choice."


def _command(study: Study, step: NextStep) -> str:
    command = run_command(study, step.seeds)
    if len(command.split()) <= _MOST_COMMAND_WORDS:
        return f"`{command}`"
    seeds = ",".join(map(str, step.seeds))
    return f"the command of this study with `--set 'seeds=[{seeds}]'`"
