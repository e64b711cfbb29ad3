"""What a design decided when, and what was asked after the plan was frozen, as sections of a page."""

from collections.abc import Sequence
from itertools import pairwise

from bench.analyse.analysis import Analysis
from bench.design.frozen import AskedAfterwards, asked_afterwards
from bench.design.replay import Replay
from bench.pages.document import Block, Column, Note, Page, Section, Statement, Table
from bench.pages.number_text import NOTHING, counted, number
from bench.progress import duration
from bench.records import FamilyLook, Finding, Frozen, Look, LookOutcome
from bench.study.study_data import StudyData

_THEN = {
    LookOutcome.GOES_ON: "more seeds",
    LookOutcome.DECIDED: "stop: decided",
    LookOutcome.LAST_STAGE: "stop: last stage",
    LookOutcome.IMAGES: "stop: only more images would narrow it",
    LookOutcome.BUDGET: "stop: budget spent",
    LookOutcome.NOT_STORED: "stop: no more seeds are stored",
}
_COLUMNS = (
    Column("look", "right"),
    Column("trainings", "right"),
    Column("level", "right"),
    Column("family", "left"),
    Column("gain in points", "right"),
    Column("found", "left"),
    Column("then", "left"),
)


def design_page(data: StudyData, analysis: Analysis) -> Page:
    """What the study was to answer before its first trial, what was asked afterwards, and what was decided when.

    Args:
        data: a study with a frozen plan.
        analysis: what the report answers.
    """
    study = data.study
    claims = [judged.claim for judged in analysis.claims]
    asked = None if study.frozen is None else asked_afterwards(study.frozen, analysis.answer.margin, claims)
    design = study.sweep.get("design")
    decided = decision_section(study.looks, str(design["until"])) if isinstance(design, dict) else None
    sweeps = [each.sweep for each in data.rounds]
    by_hand = sum(before != after for before, after in pairwise(sweeps))
    sections = (*((decided,) if decided else ()), frozen_section(study.frozen, asked, by_hand))
    return Page(f"Plan of {study.name}", sections)


def decision_section(looks: Sequence[Look], until: str) -> Section | None:
    """What was decided when; None if there was no look.

    Args:
        looks: those of the study's record, in order.
        until: what the design decides, as the sweep names it.
    """
    if not looks:
        return None
    what = {
        "slope": "the gain per tenfold of the parameters",
        "choice": "the gain from the size in question to the largest",
    }[until]
    rows = tuple(_row(number_, look, each) for number_, look in enumerate(looks, 1) for each in look.families)
    return Section(
        "When it was decided",
        (
            Statement(outcome_sentence(looks)),
            Table(_COLUMNS, rows),
            Note(
                f" The gain is {what}, in points of accuracy, with its interval at the look's level. The levels are "
                "set so that all looks together are wrong in 5 % of studies at most. They decided when to stop, in "
                "each family separately, and not the 95 % intervals of other pages.",
                "How it stops.",
            ),
        ),
    )


def outcome_sentence(looks: Sequence[Look]) -> str:
    """One sentence on how a design stopped, or that it has not stopped yet."""
    last = looks[-1]
    after = f"after {counted(last.stage, 'stage')} and {counted(last.n_trials, 'training')}"
    still_open = [each.family for each in last.families if each.finding is Finding.OPEN]
    match last.outcome:
        case LookOutcome.DECIDED:
            return f"The design stopped {after}: decided."
        case LookOutcome.GOES_ON:
            return f"The design goes on {after}; open: {', '.join(still_open)}."
        case LookOutcome.LAST_STAGE:
            why = "it was the last stage"
        case LookOutcome.IMAGES:
            why = "only more images would narrow it"
        case LookOutcome.NOT_STORED:
            why = "no more seeds are stored"
        case LookOutcome.BUDGET:
            why = f"the next stage would have exceeded the budget of {number((last.budget_s or 0) / 60, '{:g}')} min"
    return f"The design stopped {after} because {why}; open: {', '.join(still_open)}."


def look_line(look: Look) -> str:
    """One line of progress about a look."""
    found = "; ".join(f"{each.family}: {_found(each)}, {_gain(each)}" for each in look.families)
    return f"look {look.stage} at {number(100 * look.level, '{:g}')} %: {found} -> {_THEN[look.outcome]}"


def replay_sections(replayed: Replay, until: str) -> list[Section]:
    """What a design would have found and cost on a stored study.

    Args:
        replayed: the replay.
        until: what the design decides.
    """
    decided = decision_section(replayed.looks, until)
    spent = zip(replayed.looks, replayed.training_s, strict=True)
    costs = tuple(
        Statement(
            f"Look {place}: {counted(look.n_trials, 'training')}, {duration(seconds)} of training, "
            f"{number(100 * seconds / replayed.all_training_s, '{:.0f}')} % of the study's."
        )
        for place, (look, seconds) in enumerate(spent, 1)
    )
    whole = Note(
        f"The study has {counted(replayed.n_trainings, 'training')} of networks, "
        f"{duration(replayed.all_training_s)} in all. Times are those of its trainings, one after the other, without "
        "controls and timing. A network gets no more seeds than are stored.",
        "Cost. ",
    )
    return [*([decided] if decided else []), Section("What it would have cost", (*costs, whole))]


def _row(number_: int, look: Look, family: FamilyLook) -> tuple[str, ...]:
    return (
        str(number_),
        f"{look.n_trials:,}",
        f"{number(100 * look.level, '{:g}')} %",
        family.family,
        _gain(family),
        _found(family),
        _THEN[look.outcome],
    )


def _gain(family: FamilyLook) -> str:
    if family.value is None or family.low is None or family.high is None:
        return NOTHING
    value, low, high = (number(100 * each, "{:+.1f}") for each in (family.value, family.low, family.high))
    return f"{value} [{low}, {high}]"


def _found(family: FamilyLook) -> str:
    if family.enough_from is not None:
        return f"enough from {family.enough_from:,} parameters"
    return str(family.finding)


def frozen_section(frozen: Frozen | None, asked: AskedAfterwards | None, n_rounds_by_hand: int) -> Section:
    """What the study was to answer before its first trial, and what was asked afterwards.

    Args:
        frozen: None if an earlier version ran the study.
        asked: compared with what the report answers; None if ``frozen`` is.
        n_rounds_by_hand: how often the sweep was made larger after the first trial.
    """
    if frozen is None or asked is None:
        return Section(
            "Frozen plan", (Statement("The study has no frozen plan: an earlier version of this program ran it."),)
        )
    margin = number(100 * frozen.margin, "{:g}")
    blocks: list[Block] = [
        Statement(
            f"Sweep, margin ({margin} points), claims and version of the analysis ({frozen.analysis_version}) were "
            f"stored before the first trial, under the hash `{frozen.hash}`."
        )
    ]
    blocks += [Statement(f"Asked afterwards: {each}.") for each in afterwards(asked, n_rounds_by_hand)]
    return Section("Frozen plan", tuple(blocks))


def afterwards(asked: AskedAfterwards, n_rounds_by_hand: int) -> list[str]:
    """What was asked after the first trial, one phrase each; empty if nothing was."""
    phrases = []
    if asked.margin is not None:
        phrases.append(f"a margin of {number(100 * asked.margin, '{:g}')} points")
    if asked.n_claims:
        phrases.append(counted(asked.n_claims, "claim"))
    if asked.analysis_version is not None:
        phrases.append(f"version {asked.analysis_version} of the analysis")
    if n_rounds_by_hand:
        phrases.append(f"networks or seeds that a larger sweep added, {counted(n_rounds_by_hand, 'time')}")
    return phrases
