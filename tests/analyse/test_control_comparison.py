"""The chosen network against controls: one comparison, its conclusion and its sentences, on planted studies."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import entropy
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, log_loss
from statsmodels.stats.multitest import multipletests

from bench.analyse.control_comparison import (
    Conclusion,
    ControlComparison,
    Outcome,
    class_counts_loss,
    majority_share,
)
from bench.pages.controls import control_sentences, controls_page
from bench.pages.statements import statements_page
from bench.render.markdown import markdown
from tests.analyse.planted_trials import analysed, data_of, trials

Accuracies = dict[str, Sequence[float]]
SIZES = {"small": 1000, "large": 2000}


def frame(accuracies: Accuracies, n_seeds: int = 1, losses: Accuracies | None = None) -> pd.DataFrame:
    """Trials of networks (``small``, ``large``) and of controls (any other name): accuracies by seed, then fold."""
    networks = [name for name in SIZES if name in accuracies]
    n_folds = len(next(iter(accuracies.values()))) // n_seeds
    planted = trials(
        lambda place, seed, fold: accuracies[networks[place]][seed * n_folds + fold],
        tuple(SIZES[name] for name in networks),
        n_seeds,
        n_folds,
        {name: 0.0 for name in accuracies if name not in SIZES},
    )
    of_name = planted["architecture"].where(planted["kind"] == "control", planted["n_params"].map(_name))
    place = planted["seed"] * n_folds + planted["fold"]
    for metric, values in (("val_accuracy", accuracies), ("val_loss", losses or {})):
        for name, each in values.items():
            rows = of_name == name
            planted.loc[rows, metric] = np.array(each)[place[rows]]
    if losses is None:
        planted["val_loss"] = 1 - planted["val_accuracy"]
    return planted


def _name(n_params: int) -> str:
    return "small" if n_params == SIZES["small"] else "large"


def compared(accuracies: Accuracies, n_seeds: int = 1, losses: Accuracies | None = None) -> ControlComparison:
    found = analysed(frame(accuracies, n_seeds, losses), timed=False).against_controls
    assert found is not None
    return found


def sentences(accuracies: Accuracies) -> list[str]:
    return control_sentences(compared(accuracies))


GOOD = [0.90, 0.92, 0.91, 0.93, 0.89]
BETTER = [0.95, 0.96, 0.93, 0.97, 0.94]
CHANCE = [0.52, 0.48, 0.51, 0.50, 0.49]
ALIKE = [0.91, 0.90, 0.92, 0.90, 0.92]


def test_every_page_draws_the_same_conclusion_from_the_chosen_network_alone() -> None:
    """Adjusted over the 20 pairs of all networks and controls, no lead would be significant; over the chosen one's four
    all are.
    """

    def accuracy(place: int, seed: int, fold: int) -> float:
        return 0.5 + 0.02 * place + 0.03 * ((fold + place) % 3)

    planted = trials(
        accuracy,
        n_seeds=1,
        controls=dict.fromkeys(("majority_class", "metadata_forest", "border_only", "pixel_logistic"), 0.25),
    )
    data, analysis = data_of(planted), analysed(planted)
    found = analysis.against_controls
    assert found is not None
    assert all(row.p_holm <= 0.05 < 20 * row.p for row in found.rows)
    said = control_sentences(found)
    assert said[0].endswith("beats every control here.")
    for page in (markdown(statements_page(analysis)), markdown(controls_page(data, analysis))):
        assert "\n".join(f"- {sentence}" for sentence in said) in page


def test_the_lead_is_the_mean_of_paired_differences_with_scipys_interval_after_correction() -> None:
    (row,) = compared({"small": GOOD, "majority_class": CHANCE}).rows
    differences = np.array(GOOD) - np.array(CHANCE)
    scale = np.sqrt((1 / 5 + 1 / 4) * differences.var(ddof=1))
    assert row.lead.value == pytest.approx(differences.mean())
    assert (row.lead.low, row.lead.high) == pytest.approx(stats.t.interval(0.95, 4, differences.mean(), scale))
    assert row.p == pytest.approx(2 * stats.t.sf(differences.mean() / scale, 4))
    assert row.loss_lead.value == pytest.approx(-differences.mean())


def test_folds_are_paired_within_their_seed() -> None:
    network = [0.80, 0.90, 0.70, 0.60, 0.50, 0.75]  # two seeds of three folds; the seeds' fold effects differ
    control = [0.71, 0.79, 0.60, 0.51, 0.39, 0.65]
    (row,) = compared({"small": network, "pixel_logistic": control}, n_seeds=2).rows
    differences = np.array(network) - np.array(control)
    assert row.n_pairs == 6
    assert isinstance(row.p, float)
    half = stats.t.ppf(0.975, 5) * np.sqrt((1 / 6 + 1 / 2) * differences.var(ddof=1))
    assert row.lead.high - row.lead.value == pytest.approx(half)
    assert row.loss_lead.high - row.loss_lead.value == pytest.approx(half)


def test_only_folds_that_both_have_done_are_paired() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[(planted["kind"] == "network") & (planted["fold"] == 1), "state"] = "FAILED"
    planted.loc[(planted["kind"] == "control") & (planted["fold"] == 3), "state"] = "FAILED"
    found = analysed(planted, timed=False).against_controls
    assert found is not None
    assert [(row.n_pairs, row.n_trials) for row in found.rows] == [(3, 4)]
    assert found.rows[0].lead.value == pytest.approx(np.mean([0.38, 0.40, 0.40]))
    assert (found.rows[0].accuracy, found.rows[0].loss) == pytest.approx((0.5, 0.5))


@pytest.mark.filterwarnings("error")
def test_without_a_common_fold_there_is_no_lead_and_nothing_is_decided() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[(planted["kind"] == "network") == (planted["fold"] < 2), "state"] = "FAILED"
    found = analysed(planted, timed=False).against_controls
    assert found is not None
    (row,) = found.rows
    assert (row.n_pairs, row.n_trials) == (0, 2)
    assert np.isnan([row.lead.value, row.loss_lead.value, row.p, row.p_holm]).all()
    assert row.outcome is Outcome.UNDECIDED


def test_the_network_of_the_best_accuracy_is_chosen_though_its_loss_is_worse() -> None:
    losses: Accuracies = {"small": [0.1] * 5, "large": [0.9] * 5, "majority_class": [0.7] * 5}
    found = compared({"small": GOOD, "large": BETTER, "majority_class": CHANCE}, losses=losses)
    assert (found.entry, found.n_params) == (1, 2000)
    assert found.rows[0].loss_lead.value == pytest.approx(0.2)


def test_of_equally_accurate_networks_the_smaller_one_is_chosen() -> None:
    assert compared({"small": GOOD, "large": GOOD[::-1], "majority_class": CHANCE}).n_params == 1000


@pytest.mark.parametrize("seed", [0, 1])
def test_holms_adjustment_is_statsmodels_over_the_controls_that_can_be_beaten(seed: int) -> None:
    draw = np.random.default_rng(seed)
    names = ("majority_class", "metadata_forest", "border_only", "pixel_logistic")
    drawn = {name: (draw.uniform(0.6, 0.85) + draw.normal(0, 0.05, 5)).tolist() for name in names}
    found = compared({"small": GOOD, **drawn, "shuffled_labels": CHANCE})
    assert sorted(row.name for row in found.rows) == sorted(names)
    expected = multipletests([row.p for row in found.rows], method="holm")[1]
    assert [row.p_holm for row in found.rows] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("controls", "conclusion", "as_good"),
    [
        ({"majority_class": CHANCE, "border_only": CHANCE}, Conclusion.BEATS_ALL, ()),
        ({"majority_class": CHANCE, "metadata_forest": ALIKE}, Conclusion.NO_PIXEL_NEEDED, ("metadata_forest",)),
        ({"majority_class": ALIKE, "metadata_forest": ALIKE}, Conclusion.NOTHING_LEARNT, ("majority_class",)),
        (
            {"majority_class": CHANCE, "border_only": ALIKE, "pixel_logistic": ALIKE},
            Conclusion.NO_OBJECT_NEEDED,
            ("border_only",),
        ),
        ({"majority_class": CHANCE, "pixel_logistic": BETTER}, Conclusion.SIMPLER_SUFFICES, ("pixel_logistic",)),
        ({"shuffled_labels": CHANCE}, Conclusion.NOTHING_TO_BEAT, ()),
    ],
)
def test_the_control_of_least_sight_that_is_not_shown_to_be_beaten_decides(
    controls: Accuracies, conclusion: Conclusion, as_good: tuple[str, ...]
) -> None:
    found = compared({"small": GOOD, **controls})
    assert (found.conclusion, found.as_good) == (conclusion, as_good)


@pytest.mark.parametrize(
    ("controls", "first"),
    [
        ({"majority_class": CHANCE}, "The chosen network (NAME with 1,000 parameters) beats every control here."),
        (
            {"majority_class": CHANCE, "metadata_forest": BETTER},
            "This study cannot answer the question: the chosen network (NAME with 1,000 parameters) is not shown to "
            "beat metadata_forest, which uses no pixel.",
        ),
        (
            {"majority_class": ALIKE},
            "This study cannot answer the question: the chosen network (NAME with 1,000 parameters) is not shown to "
            "beat majority_class, which always predicts the most frequent class. More images, epochs or seeds may show "
            "that something is learnt.",
        ),
        (
            {"majority_class": CHANCE, "border_only": ALIKE, "mean_intensity": ALIKE},
            "What the networks learn may not be the object: the chosen network (NAME with 1,000 parameters) is not "
            "shown to beat mean_intensity and border_only, which use brightness or the border only.",
        ),
        (
            {"majority_class": CHANCE, "pixel_logistic": ALIKE},
            "The chosen network (NAME with 1,000 parameters) beats majority_class and is not shown to beat "
            "pixel_logistic.",
        ),
    ],
)
def test_the_first_sentence_is_the_conclusion_and_claims_no_equality(controls: Accuracies, first: str) -> None:
    found = sentences({"small": GOOD, **controls})[0]
    assert re.sub(r"\(paper_small \S+ with", "(NAME with", found) == first
    assert "as good" not in found


def test_each_control_has_a_sentence_with_its_lead_and_its_adjusted_p() -> None:
    (_, majority, border) = sentences({"small": GOOD, "majority_class": CHANCE, "border_only": ALIKE})
    assert re.fullmatch(
        r"majority_class \(no pixel\): the chosen network leads by \+0\.410 \[\S+ \S+\] in accuracy "
        r"\(p [^,]+, .+ after Holm\); beaten\.",
        majority,
    )
    assert border.endswith("; not shown to be beaten.")


def test_one_fold_and_seed_decides_nothing() -> None:
    planted = frame({"small": GOOD, "majority_class": CHANCE})
    planted.loc[planted["fold"] > 0, "state"] = "FAILED"
    found = analysed(planted, timed=False).against_controls
    assert found is not None
    assert found.conclusion is Conclusion.UNDECIDED
    assert "there is 1" in control_sentences(found)[1]


def test_equal_leads_are_no_evidence_since_their_spread_is_unknown() -> None:
    found = compared({"small": [0.9] * 5, "majority_class": [0.5] * 5, "border_only": [0.9] * 5})
    assert [row.outcome for row in found.rows] == [Outcome.UNDECIDED, Outcome.NOT_SHOWN]
    assert found.conclusion is Conclusion.NO_OBJECT_NEEDED
    alone = compared({"small": [0.9] * 5, "majority_class": [0.5] * 5, "border_only": CHANCE})
    assert alone.conclusion is Conclusion.UNDECIDED
    assert control_sentences(alone)[0].endswith("beats border_only and could not be tested against majority_class.")


@pytest.mark.parametrize(("shuffled", "said"), [(CHANCE, "no leak is shown"), (GOOD, "information leaks")])
def test_shuffled_labels_above_the_majority_class_are_called_a_leak(shuffled: list[float], said: str) -> None:
    majority = [0.50, 0.49, 0.51, 0.50, 0.50]
    last = sentences({"small": BETTER, "majority_class": majority, "shuffled_labels": shuffled})[-1]
    assert last.startswith("shuffled_labels (no true label)")
    assert said in last


def test_shuffled_labels_are_paired_with_the_majority_class_within_a_seed() -> None:
    shuffled, majority = [0.5, 0.6, 0.7, 0.7, 0.6, 0.5], [0.49, 0.58, 0.69, 0.68, 0.59, 0.49]
    found = compared({"small": [0.9, 0.91] * 3, "majority_class": majority, "shuffled_labels": shuffled}, n_seeds=2)
    (leak,) = found.leaks
    assert leak.is_shown
    assert leak.above_majority is not None
    assert leak.above_majority.value == pytest.approx(np.mean(np.array(shuffled) - np.array(majority)))


def test_without_the_majority_class_shuffled_labels_have_an_accuracy_and_no_leak_is_shown() -> None:
    (leak,) = compared({"small": BETTER, "shuffled_labels": GOOD}).leaks
    assert leak.name == "shuffled_labels"
    assert leak.accuracy == pytest.approx(np.mean(GOOD))
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
