"""The chosen network against controls: its leads, which controls are beaten, and the sentences, on planted studies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, log_loss

from bench.analyse.analysis import analyse_study
from bench.analyse.control_comparison import ControlComparison, Outcome, class_counts_loss, majority_share
from bench.analyse.estimates.image_scores import Score, image_scores
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import ContrastEstimate, two_level
from bench.pages.controls import control_sentences, controls_page
from bench.pages.statements import statements_page
from bench.render.markdown import markdown
from tests.analyse.planted_trials import analysed, data_of, trials

Accuracies = dict[str, Sequence[float]]
SIZES = {"small": 1000, "large": 2000}
GOOD = [0.90, 0.92, 0.91, 0.93, 0.89]
BETTER = [1.0, 1.0, 0.95, 1.0, 0.95]
CHANCE = [0.52, 0.48, 0.51, 0.50, 0.49]
ALIKE = [0.91, 0.90, 0.92, 0.90, 0.92]


def frame(accuracies: Accuracies) -> pd.DataFrame:
    """Trials of networks (``small``, ``large``) and of controls (any other name): accuracies by fold."""
    networks = [name for name in SIZES if name in accuracies]
    planted = trials(
        lambda place, seed, fold: accuracies[networks[place]][fold],
        tuple(SIZES[name] for name in networks),
        n_seeds=1,
        n_folds=5,
        controls={name: 0.0 for name in accuracies if name not in SIZES},
    )
    for name, each in accuracies.items():
        rows = planted["architecture"] == name
        planted.loc[rows, "val_accuracy"] = np.array(each)[planted.loc[rows, "fold"]]
    return planted


def compared(accuracies: Accuracies) -> ControlComparison:
    found = analysed(frame(accuracies), timed=False).against_controls
    assert found is not None
    return found


def known(lead: ContrastEstimate | NotComputed | None) -> ContrastEstimate:
    assert isinstance(lead, ContrastEstimate)
    return lead


def test_every_page_has_the_same_sentences_on_the_chosen_network_alone() -> None:
    planted = frame({"small": GOOD, "large": BETTER, "majority_class": CHANCE, "border_only": ALIKE})
    data = data_of(planted, timed=False)
    analysis = analyse_study(data, ())
    said = control_sentences(analysis.against_controls)
    name = "The most accurate network (paper_small \N{MULTIPLICATION SIGN}2 with 2,000 parameters)"
    assert said[0].startswith(f"{name} beats")
    assert len(said) == 3
    for page in (markdown(statements_page(analysis)), markdown(controls_page(data, analysis))):
        assert "\n".join(f"- {sentence}" for sentence in said) in page


def test_a_lead_is_the_two_level_contrast_of_the_network_and_the_control() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    data = data_of(planted, timed=False)
    found = analyse_study(data, ()).against_controls
    assert found is not None
    scores = image_scores(data)
    expected = two_level(scores[Score.ACCURACY], [{0: 1000.0}]).contrast(np.array([1.0, -1.0]))
    lead = known(found.rows[0].lead)
    assert (lead.value, lead.low, lead.high) == pytest.approx((expected.value, expected.low, expected.high))
    loss = two_level(scores[Score.LOSS], [{0: 1000.0}]).contrast(np.array([1.0, -1.0]))
    assert known(found.rows[0].loss_lead).value == pytest.approx(loss.value)


def test_a_control_is_beaten_if_the_interval_of_the_lead_is_above_zero() -> None:
    found = compared({"small": GOOD, "majority_class": CHANCE, "border_only": ALIKE, "pixel_logistic": BETTER})
    outcomes = {row.name: row.outcome for row in found.rows}
    assert outcomes == {
        "majority_class": Outcome.BEATEN,
        "border_only": Outcome.NOT_SHOWN,
        "pixel_logistic": Outcome.NOT_SHOWN,
    }
    for row in found.rows:
        assert (row.outcome is Outcome.BEATEN) == (known(row.lead).low > 0)
    assert not found.beats_blind


def test_only_controls_that_do_not_see_the_object_must_be_beaten_to_see_it() -> None:
    assert compared({"small": GOOD, "majority_class": CHANCE, "pixel_logistic": BETTER}).beats_blind
    assert not compared({"small": GOOD, "pixel_logistic": CHANCE}).beats_blind


def test_a_control_with_a_single_done_fold_decides_nothing() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[(planted["kind"] == "control") & (planted["fold"] > 0), "state"] = "FAILED"
    found = analysed(planted, timed=False).against_controls
    assert found is not None
    assert [row.outcome for row in found.rows] == [Outcome.UNDECIDED]
    assert "could not be compared with majority_class" in control_sentences(found)[0]
    assert "2 done folds" in control_sentences(found)[1]


def test_a_control_that_fails_in_one_fold_is_compared_on_the_others() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[(planted["kind"] == "control") & (planted["fold"] == 3), "state"] = "FAILED"
    found = analysed(planted, timed=False).against_controls
    assert found is not None
    (row,) = found.rows
    assert (row.n_trials, row.outcome) == (4, Outcome.BEATEN)


def test_of_equally_accurate_networks_the_smaller_one_is_chosen() -> None:
    assert compared({"small": GOOD, "large": GOOD, "majority_class": CHANCE}).n_params == 1000


def test_no_sentence_reads_a_missing_difference_as_evidence() -> None:
    said = " ".join(
        control_sentences(compared({"small": GOOD, "majority_class": CHANCE, "border_only": ALIKE}))
        + control_sentences(compared({"small": GOOD, "majority_class": CHANCE, "shuffled_labels": CHANCE}))
    )
    assert "not shown to be beaten" in said
    for claim in ("as good", "need not", "no leak", "may not be the object"):
        assert claim not in said


@pytest.mark.parametrize(("shuffled", "said"), [(CHANCE, "does not exclude a leak"), (GOOD, "information leaks")])
def test_shuffled_labels_above_the_majority_class_are_called_a_leak(shuffled: list[float], said: str) -> None:
    found = compared({"small": BETTER, "majority_class": CHANCE, "shuffled_labels": shuffled})
    last = control_sentences(found)[-1]
    assert last.startswith("shuffled_labels (no true label)")
    assert said in last
    assert found.leaks[0].is_shown == (shuffled == GOOD)


def test_without_the_majority_class_shuffled_labels_have_an_accuracy_and_no_leak_is_shown() -> None:
    (leak,) = compared({"small": BETTER, "shuffled_labels": GOOD}).leaks
    assert leak.name == "shuffled_labels"
    assert leak.above_majority is None
    assert not leak.is_shown


def test_without_a_done_control_or_network_nothing_is_compared() -> None:
    assert analysed(frame({"small": GOOD}), timed=False).against_controls is None
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[planted["kind"] == "control", "state"] = "PENDING"
    assert analysed(planted, timed=False).against_controls is None
    assert control_sentences(None) == []


class_counts = st.lists(st.integers(1, 50), min_size=2, max_size=6)


@given(class_counts)
def test_the_reference_of_class_counts_is_what_scikit_learns_dummy_reaches(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    dummy = DummyClassifier(strategy="prior").fit(labels[:, None], labels)
    assert majority_share(counts) == pytest.approx(accuracy_score(labels, dummy.predict(labels[:, None])))
    assert class_counts_loss(counts) == pytest.approx(log_loss(labels, dummy.predict_proba(labels[:, None])))
    assert class_counts_loss(counts) == pytest.approx(entropy(counts))
