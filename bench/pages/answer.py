"""The answer of a study in at most 120 words: the page ``answer.md``, and the first lines of every other output."""

from collections.abc import Iterator

import numpy as np

from bench.analyse.answer.family_answer import FamilyAnswer, Shape
from bench.analyse.answer.next_step import Step
from bench.analyse.answer.obstacles import Leak, Obstacle, SevereFinding, Unbeaten, Undertrained
from bench.analyse.answer.study_answer import Answer, Costs, FamilyResult
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.controls import Sight
from bench.pages.document import Note, Page, Section
from bench.pages.number_text import and_list, number, three_digits
from bench.pages.run_command import run_command
from bench.records import Study

MOST_WORDS = 120
_TEN = "ten times"
_PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
_MOST_FAMILIES = 2
_MOST_LABEL_WORDS = 6
_FINDINGS = {
    "label_conflict": ("equal pictures have different labels", "Correct the labels that audit.md lists."),
    "near_duplicates_across_classes": (
        "almost equal pictures have different labels",
        "Correct the labels that audit.md lists.",
    ),
    "metadata_tells_classes": (
        "size and format of the files alone tell the classes apart",
        "Take the images of all classes from one source.",
    ),
}
"""By kind of a severe finding: what is wrong, and what to do."""
_SIGHTS = {
    Sight.NO_PIXEL: "a predictor that sees no pixel",
    Sight.NO_OBJECT: "a predictor that does not see the object",
}


def answer_page(answer: Answer, study: Study) -> Page:
    """The page ``answer.md``."""
    return Page(f"The answer of {study.name}", (answer_section(answer, study),))


def answer_section(answer: Answer, study: Study, title: str = "") -> Section:
    """The answer as a section of a page."""
    return Section(title, tuple(map(Note, answer_sentences(answer, study))))


def answer_text(answer: Answer, study: Study) -> str:
    """The answer as one text."""
    return " ".join(answer_sentences(answer, study))


def answer_sentences(answer: Answer, study: Study) -> list[str]:
    """The answer: can the images answer, what more parameters bought, what to take, what it costs, what is next.

    Where the gain came from is left out if there are too many words.
    """
    before, after = [*_whether(answer), _gains(answer, study)], [*_take(answer), *_cost(answer), *_next(answer, study)]
    early = list(_early(answer))
    return [*before, *(early if _n_words([*before, *early, *after]) <= MOST_WORDS else []), *after]


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


def duration(seconds: float) -> str:
    """A time in the unit that suits it: ``40 seconds``, ``12 minutes``, ``3.5 hours``."""
    if seconds < 90:
        return f"{number(max(1.0, seconds), '{:.0f}')} seconds"
    if seconds < 5400:
        return f"{number(seconds / 60, '{:.0f}')} minutes"
    return f"{number(seconds / 3600, '{:.1f}')} hours"


def _whether(answer: Answer) -> Iterator[str]:
    if answer.obstacles:
        is_open = answer.next_step.step in (Step.SEEDS, Step.IMAGES)
        head = (
            "These trials do not yet say which size to take" if is_open else "This study cannot say which size to take"
        )
        said = [wrong for wrong, _ in _problems(answer)]
        yield f"{head}: {'; '.join(said)}."
        return
    simpler, but = answer.simpler, ""
    if simpler is not None:
        but = (
            f", but the best ({number(simpler.network_accuracy)}) is not shown to beat a simpler one that does "
            f"(`{simpler.name}`, {number(simpler.accuracy)})"
        )
    if answer.beats_blind_controls:
        yield f"The best network beats every predictor that does not see the object{but}."
    else:
        yield "Whether the networks see the object was not tested."


def _problems(answer: Answer) -> list[tuple[str, str]]:
    """What is wrong, and what to do: one entry per kind of obstacle."""
    by_kind: dict[type[Obstacle], list[Obstacle]] = {}
    for each in answer.obstacles:
        by_kind.setdefault(type(each), []).append(each)
    return [_problem(alike[0], len(alike) - 1) for alike in by_kind.values()]


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
                f"the best network ({number(best)}) is not shown to beat {_SIGHTS[obstacle.sight]} (`{name}`, "
                f"{number(accuracy)}{more})",
                "Take images that only their object tells apart.",
            )
        case Leak(check):
            return (
                f"a network trained on shuffled labels is right more often than chance ({number(check.accuracy)})",
                "Keep images that belong together in one fold.",
            )
        case Undertrained(family=family, train_accuracy=accuracy, epochs=epochs):
            return (
                f"{_cut(family, _MOST_LABEL_WORDS)}{more} is undertrained (accuracy {number(accuracy)} on its own "
                "training images)",
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
    before = ["", *(_times_more(result) for result, _ in known)]
    return f"{on}, {and_list([_gain(*each, said) for each, said in zip(known, before, strict=False)])}."


def _known(answer: Answer) -> list[tuple[FamilyResult, FamilyAnswer]]:
    return [(each, each.answer) for each in answer.asked if isinstance(each.answer, FamilyAnswer)]


def _gain(result: FamilyResult, answer: FamilyAnswer, said: str) -> str:
    """One family's gain: that of ten times the parameters, or from the smallest to the largest size if it is less.

    ``said`` is how many times the parameters the family before it has; it is not repeated.
    """
    smallest, largest = result.n_params
    turn = "" if answer.turn is None else f" at {rounded_count(answer.turn)}"
    tail = {
        Shape.NO_GAIN_SHOWN: ", no gain shown",
        Shape.ENOUGH_FROM_SMALLEST: ", no gain of note",
        Shape.LOSES: ", a loss",
        Shape.PEAKS: f", a peak{turn}",
        Shape.DIPS: f", a dip{turn}",
    }.get(answer.shape, "")
    gain = answer.per_decade if _times_more(result) == _TEN else answer.largest_less_smallest
    verb = f"{_times_more(result)} the parameters changed accuracy " if said != _times_more(result) else ""
    label = "differing networks" if result.family.is_mixed else _cut(result.family.label, _MOST_LABEL_WORDS)
    size = f"{rounded_count(smallest)} to {rounded_count(largest)}{'' if said else ' parameters'}"
    return f"{verb}by {points(gain)} in {label} ({size}){tail}"


def _times_more(result: FamilyResult) -> str:
    smallest, largest = result.n_params
    return _TEN if largest >= 10 * smallest else f"{number(largest / smallest, '{:.1f}')} times"


def _early(answer: Answer) -> Iterator[str]:
    known = [each for each, _ in _known(answer)]
    early = [(each, each.early) for each in known if each.early is not None]
    if not early or len(known) > _MOST_FAMILIES or answer.obstacles:
        return
    of = "" if len(early) == len(known) else f" in {_cut(early[0][0].family.label, _MOST_LABEL_WORDS)}"
    below = and_list([rounded_count(gain.below) for _, gain in early])
    above = and_list([points(gain.above) for _, gain in early])
    yield f"Most of it came below {below}{of}; above, ten times brought {above}."


def _take(answer: Answer) -> Iterator[str]:
    take, margin = answer.take, f"{number(100 * answer.margin, '{:.3g}')} points"
    if take is None:
        return
    name = f"Take {_cut(take.label, _MOST_LABEL_WORDS)} ({rounded_count(take.n_params)})"
    if take.is_shown:
        yield f"{name}: more is shown to add less than {margin}."
    elif take.is_largest:
        yield f"{name}, the largest: every smaller size is {margin} or more behind."
    else:
        yield f"{name}: whether more adds {margin} is open."


def _cost(answer: Answer) -> Iterator[str]:
    if answer.cost is None:
        return
    taken, largest = answer.cost
    if not (said := _times(taken)):
        return
    if taken.entry == largest.entry:
        yield f"It takes {said}."
    else:
        yield f"It takes {said}; the largest ({rounded_count(largest.n_params)}), {_times(largest)}."


def _times(cost: Costs) -> str:
    parts = [(cost.step_ms, "ms per step"), (cost.train_s, "s per training")]
    return " and ".join(f"{three_digits(value)} {unit}" for value, unit in parts if not np.isnan(value))


def _next(answer: Answer, study: Study) -> Iterator[str]:
    step = answer.next_step
    match step.step:
        case Step.SEEDS:
            now, then = (number(100 * half, "{:.1f}") for half in (step.half_width, step.expected_half_width))
            about = "" if np.isnan(step.seconds) else f", about {duration(step.seconds)},"
            yield (
                f"Next: `{run_command(study, step.seeds)}`{about} narrows this from {_PLUS_MINUS}{now} to about "
                f"{_PLUS_MINUS}{then} points."
            )
        case Step.IMAGES:
            yield "Only more images would narrow this; more seeds would change little."
        case Step.LARGER:
            yield "Next: train larger sizes."
        case Step.NOTHING:
            if answer.take is not None:
                yield "Nothing more is needed for this choice."
        case Step.MEND:
            yield " ".join(dict.fromkeys(to_do for _, to_do in _problems(answer)))
