"""The text of an answer: at most 120 words, in the order of the questions, without terms that need looking up."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analyse.answer.family_answer import FamilyAnswer, Shape
from bench.analyse.answer.next_step import NextStep, Step
from bench.analyse.answer.obstacles import Leak, Obstacle, SevereFinding, Unbeaten, Undertrained
from bench.analyse.answer.study_answer import Answer, BlindControl, Costs, FamilyResult, Taken
from bench.analyse.control_comparison import LeakCheck
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.audit.audit_records import Finding, Severity
from bench.controls import Sight
from bench.pages.answer import MOST_WORDS, answer_sentences, answer_text, points, rounded_count, rounded_duration
from bench.records import Study
from bench.study.families import Family
from tests.analyse.planted_trials import study

PUBLISHED = sorted(Path("results/published").glob("*/answer.md"))
FORBIDDEN = re.compile(r"\bp\b|\bp <|Holm|Akaike|\blaw\b|two-level|\bcontrol\b|significan|confidence|\bnan\b", re.I)

shares = st.floats(0, 1)
counts = st.integers(1, 10**11)
words = st.integers(1, 30).map(lambda n: " ".join(["word"] * n))
estimates = st.builds(
    ContrastEstimate, st.floats(-1, 1), shares, st.floats(1, 1e6), st.floats(-1, 1), st.floats(-1, 1), shares
)
family_answers = st.builds(
    FamilyAnswer,
    st.tuples(counts, counts),
    st.sampled_from(Shape),
    estimates,
    estimates,
    st.none() | counts,
    st.none() | counts,
    st.none() | estimates,
    st.none() | estimates,
    st.none() | counts,
    st.none() | estimates,
)
results = st.builds(
    FamilyResult,
    st.builds(Family, words, st.just((0, 1)), st.booleans()),
    words,
    st.booleans(),
    st.tuples(counts, counts),
    family_answers | st.builds(NotComputed, words),
    st.none() | st.integers(0, 9),
)
findings = st.builds(
    Finding,
    kind=st.sampled_from(["label_conflict", "metadata_tells_classes", "left_out_unreadable"]),
    severity=st.just(Severity.SEVERE),
    what=words,
    means=words,
    to_do=words,
    files=st.just(()),
)
unbeaten = st.builds(
    Unbeaten,
    st.sampled_from(["border_only", "nearest_neighbour"]),
    st.sampled_from(Sight),
    shares,
    words,
    shares,
    estimates,
)
obstacles: st.SearchStrategy[Obstacle] = st.one_of(
    st.builds(SevereFinding, findings),
    unbeaten.filter(lambda each: each.sight in (Sight.NO_PIXEL, Sight.NO_OBJECT)),
    st.builds(Leak, st.builds(LeakCheck, words, shares, st.none() | estimates)),
    st.builds(Undertrained, words, shares, st.floats(0, 9), shares, st.integers(1, 1000)),
)
times = st.floats(0.001, 1e6) | st.just(float("nan"))
costs = st.builds(Costs, st.integers(0, 9), counts, times, times)
steps = st.builds(
    NextStep,
    st.sampled_from(Step),
    st.lists(st.integers(0, 99), max_size=10, unique=True).map(tuple),
    times,
    shares,
    shares,
)
answers = st.builds(
    Answer,
    margin=st.floats(0, 1),
    obstacles=st.lists(obstacles, max_size=9),
    unbeaten=st.lists(unbeaten, max_size=4),
    beats_blind_controls=st.booleans(),
    strongest_blind=st.none() | st.builds(BlindControl, st.sampled_from(["border_only"]), shares, shares),
    families=st.lists(results, max_size=9),
    take=st.none() | st.builds(Taken, st.integers(0, 9), words, counts, st.booleans(), st.booleans()),
    cost=st.none() | st.tuples(costs, costs),
    next_step=steps,
    images_or_parameters=st.dictionaries(words, st.builds(NotComputed, words), max_size=2),
)
studies = st.builds(
    lambda name, sweep, dataset, epochs: study().model_copy(
        update={"name": name, "sweep_name": sweep, "dataset": dataset, "sweep": {"protocol": {"epochs": epochs}}}
    ),
    words,
    st.sampled_from(["widths", "mine"]),
    words,
    st.lists(st.integers(1, 99), min_size=1, max_size=30),
)


@settings(max_examples=12)
@given(answers, studies)
def test_no_answer_has_more_than_120_words(answer: Answer, of: Study) -> None:
    assert len(answer_text(answer, of).split()) <= MOST_WORDS == 120


@settings(max_examples=12)
@given(answers)
def test_an_answer_has_no_term_of_statistics_and_no_missing_number(answer: Answer) -> None:
    text = answer_text(answer, study())
    assert not FORBIDDEN.search(text), text


@settings(max_examples=12)
@given(answers)
def test_an_obstacle_overrules_the_choice_in_the_first_sentence(answer: Answer) -> None:
    first, *_ = answer_sentences(answer, study())
    assert first.startswith("This study cannot say which size to take") == bool(answer.obstacles)


@pytest.mark.parametrize("page", PUBLISHED, ids=lambda page: page.parent.name)
def test_a_published_answer_has_at_most_120_words_and_no_term_of_statistics(page: Path) -> None:
    text = page.read_text().split("\n", 1)[1]
    assert len(text.split()) <= MOST_WORDS
    assert not FORBIDDEN.search(text)


def test_gains_are_said_in_points() -> None:
    assert points(ContrastEstimate(0.1755, 0.04, 9, 0.0991, 0.2519, 0.001)) == "+17.6 points [+9.9, +25.2]"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (630, "630"),
        (999, "999"),
        (1240, "1.2 thousand"),
        (9_949, "9.9 thousand"),
        (9_950, "10 thousand"),
        (16_830, "17 thousand"),
        (596_770, "597 thousand"),
        (999_499, "999 thousand"),
        (999_500, "1.0 million"),
        (3_243_586, "3.2 million"),
        (138_357_544, "138 million"),
    ],
)
def test_counts_are_rounded_to_what_can_be_read(n: int, said: str) -> None:
    assert rounded_count(n) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 seconds"), (89.0, "89 seconds"), (720.0, "12 minutes"), (12_600.0, "3.5 hours")]
)
def test_times_have_the_unit_that_suits_them(seconds: float, said: str) -> None:
    assert rounded_duration(seconds) == said
