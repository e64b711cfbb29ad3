"""The answer of planted studies: obstacles, what is taken, where gains came from, and that order does not matter."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.answer.family_answer import FamilyAnswer, Shape
from bench.analyse.answer.next_step import Step
from bench.analyse.answer.obstacles import Leak, Obstacle, SevereFinding, Unbeaten, Undertrained
from bench.analyse.answer.study_answer import Answer, candidate
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.audit.audit_records import Audit, Finding, Severity
from bench.pages.answer import answer_text
from tests.analyse.planted_trials import analysed, data_of, study, trials

NOTHING = ContrastEstimate(0.0, 0.01, 5.0, -0.03, 0.03, 1.0)
CONFLICT = Finding(
    kind="label_conflict", severity=Severity.SEVERE, what="equal pictures", means="labels are wrong", to_do="mend them"
)


def rising(place: int, seed: int, fold: int) -> float:
    return (0.5, 0.8, 0.85, 0.9, 0.95)[place] - 0.05 * ((place + seed + fold) % 2)


def flat(place: int, seed: int, fold: int) -> float:
    return 0.8 + 0.05 * ((place + seed + fold) % 3)


def audited(*findings: Finding) -> Audit:
    nothing: dict[str, tuple[()]] = dict.fromkeys(
        ("classes", "distributions", "compositions", "separations", "near_duplicates", "left_out"), ()
    )
    counts = {"n_images": 60, "n_groups": 60, "n_patients": None, "n_searched": 60}
    return Audit.model_validate({"dataset": "lungs", "data_hash": "0" * 16, **counts, **nothing, "findings": findings})


def kinds(answer: Answer) -> list[type[Obstacle]]:
    return [type(each) for each in answer.obstacles]


def said(analysis: Analysis) -> str:
    return answer_text(analysis.answer, analysis.study)


def of(shape: Shape, turn: int | None = None) -> FamilyAnswer:
    return FamilyAnswer((1, 10, 100, 1000), shape, NOTHING, NOTHING, None, turn)


@pytest.mark.parametrize(
    ("answer", "means", "taken"),
    [
        (of(Shape.GAINS), [0.5, 0.8, 0.88, 0.9], 3),
        (of(Shape.GAINS), [0.5, 0.8, 0.89, 0.9], 2),
        (of(Shape.GAINS_THEN_ENOUGH), [0.5, 0.9, 0.89, 0.9], 1),
        (of(Shape.DIPS, 100), [0.8, 0.88, 0.83, 0.9], 3),
        (of(Shape.NO_GAIN_SHOWN), [0.5, 0.6, 0.7, 0.9], 0),
        (of(Shape.ENOUGH_FROM_SMALLEST), [0.8, 0.8, 0.8, 0.81], 0),
        (of(Shape.LOSES), [0.9, 0.8, 0.8, 0.7], 0),
        (of(Shape.PEAKS, 10), [0.8, 0.9, 0.91, 0.8], 1),
    ],
)
def test_a_family_proposes_the_smallest_size_to_which_no_larger_one_adds_the_margin(
    answer: FamilyAnswer, means: list[float], taken: int
) -> None:
    assert candidate(answer, np.array(means), np.array([1, 10, 100, 1000]), 0.02) == taken


def test_of_networks_of_equal_count_the_most_accurate_one_is_proposed() -> None:
    answer = replace(of(Shape.NO_GAIN_SHOWN), n_params=(1, 10))
    assert candidate(answer, np.array([0.7, 0.8, 0.9]), np.array([1, 1, 10]), 0.02) == 1


def test_a_study_without_obstacles_takes_a_size() -> None:
    analysis = analysed(trials(rising, controls={"majority_class": 0.5}))
    answer = analysis.answer
    assert answer.obstacles == ()
    assert answer.take is not None
    assert answer.take.n_params == 256_000


def test_a_larger_margin_takes_a_smaller_network() -> None:
    data = data_of(trials(rising))
    small, large = (analyse_study(data, (), margin=margin).answer.take for margin in (0.02, 0.2))
    assert small is not None
    assert large is not None
    assert large.n_params == 4000 < small.n_params


def test_where_no_gain_is_shown_the_smallest_is_taken_and_the_gain_called_open() -> None:
    analysis = analysed(trials(flat))
    take = analysis.answer.take
    assert take is not None
    assert (take.n_params, take.is_shown) == (1000, False)
    assert "no gain shown" in said(analysis)
    assert "is open" in said(analysis)


@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_four_perfect_sizes_are_no_gain(margin: float) -> None:
    analysis = analyse_study(data_of(trials(lambda *_: 1.0, n_params=(1000, 4000, 16_000, 64_000))), (), margin=margin)
    (family,) = analysis.answer.families
    assert isinstance(family.answer, FamilyAnswer)
    assert family.answer.shape in (Shape.ENOUGH_FROM_SMALLEST, Shape.NO_GAIN_SHOWN)
    assert analysis.answer.take is not None
    assert analysis.answer.take.n_params == 1000


def test_a_slope_that_is_equal_in_every_fold_is_not_surer_than_the_images_allow() -> None:
    analysis = analysed(trials(lambda place, seed, fold: 0.7 + 0.05 * place, n_params=(1000, 10_000), n_seeds=1))
    (family,) = analysis.answer.families
    assert isinstance(family.answer, FamilyAnswer)
    slope = family.answer.per_decade
    assert slope.high - slope.low > 2 * 1.96 * np.sqrt(0.05 * 0.95 / 60)  # of 3 in 60 images that differ


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_networks_of_equal_count_changes_no_answer(seed: int) -> None:
    counts = (1000, 4000, 4000, 4000, 4000)
    order = np.random.default_rng(seed).permutation(5)

    def answer(places: list[int]) -> Answer:
        frame = trials(lambda place, s, f: rising(places[place], s, f), tuple(counts[place] for place in places))
        return analysed(frame, timed=False).answer

    plain, shuffled = answer([0, 1, 2, 3, 4]), answer(order.tolist())
    for name in ("per_decade", "largest_less_smallest"):
        first, second = (getattr(each.families[0].answer, name) for each in (plain, shuffled))
        assert (first.value, first.low, first.p) == pytest.approx((second.value, second.low, second.p))
    assert plain.take is not None
    assert shuffled.take is not None
    assert plain.take.n_params == shuffled.take.n_params


def test_a_severe_finding_overrules_the_choice_and_says_what_to_do() -> None:
    data = replace(data_of(trials(rising)), audit=audited(CONFLICT))
    analysis = analyse_study(data, ())
    assert kinds(analysis.answer) == [SevereFinding]
    assert analysis.answer.take is None
    assert "This study cannot say which size to take: equal pictures have different labels" in said(analysis)
    assert "Correct the labels" in said(analysis)
    assert "Take paper_small" not in said(analysis)


def test_a_warning_of_the_audit_overrules_nothing() -> None:
    data = replace(data_of(trials(rising)), audit=audited(CONFLICT.model_copy(update={"severity": Severity.WARNING})))
    assert analyse_study(data, ()).answer.take is not None


def test_a_control_that_sees_no_pixel_and_is_as_accurate_overrules_the_choice() -> None:
    analysis = analysed(trials(rising, controls={"majority_class": 0.5, "metadata_forest": 0.92}))
    assert kinds(analysis.answer) == [Unbeaten]
    assert analysis.answer.take is None
    assert "`metadata_forest`" in said(analysis)


def test_a_simpler_predictor_of_the_object_overrules_nothing_and_is_said() -> None:
    analysis = analysed(trials(rising, controls={"majority_class": 0.5, "nearest_neighbour": 0.92}))
    assert analysis.answer.take is not None
    assert "is no more accurate than the simpler `nearest_neighbour`" in said(analysis)


def test_shuffled_labels_above_chance_overrule_the_choice() -> None:
    analysis = analysed(trials(rising, controls={"majority_class": 0.4, "shuffled_labels": 0.8}))
    assert kinds(analysis.answer) == [Leak]
    assert analysis.answer.take is None


@pytest.mark.parametrize("controls", [{"majority_class": 0.45, "pixel_logistic": 0.81}, {"majority_class": 0.45}])
def test_an_undertrained_best_network_overrules_the_choice(controls: dict[str, float]) -> None:
    def barely(place: int, seed: int, fold: int) -> float:
        return 0.6 + 0.01 * place + 0.05 * ((place + seed + fold) % 2)

    frame = trials(barely, controls=controls, train_accuracy=lambda place: 0.65)
    frame["train_loss"] = 0.68  # near ln 2
    analysis = analysed(frame)
    assert Undertrained in kinds(analysis.answer)
    assert analysis.answer.take is None
    assert "undertrained" in said(analysis)
    assert "`--set protocol.epochs=6`" in said(analysis)


def test_networks_behind_logistic_regression_on_their_own_training_images_are_undertrained() -> None:
    controls = {"majority_class": 0.45, "pixel_logistic": 0.9}
    for train_accuracy, found in ((0.8, [Undertrained]), (0.95, [])):
        frame = trials(rising, controls=controls).assign(train_accuracy=train_accuracy)
        assert kinds(analysed(frame, timed=False).answer) == found


def test_smaller_networks_may_fit_less_than_logistic_regression_if_a_larger_one_fits() -> None:
    frame = trials(rising, controls={"pixel_logistic": 0.9}, train_accuracy=lambda place: 0.6 + 0.1 * place)
    assert analysed(frame, timed=False).answer.obstacles == ()


def test_the_answer_is_about_networks_trained_on_the_most_images() -> None:
    few, all_ = (trials(rising).assign(protocol_n_train=n_train) for n_train in (20, 0))
    few = few.assign(trial_key="few-" + few["trial_key"], val_accuracy=0.55 + 0.05 * (few["fold"] % 2))
    analysis = analysed(pd.concat([few, all_], ignore_index=True), timed=False)
    assert len(analysis.answer.families) == 2
    (asked,) = analysis.answer.asked
    assert asked.family.label.endswith("all training images")
    assert asked.name == "paper_small"
    assert analysis.answer.take is not None
    assert "training images" not in analysis.answer.take.label


def test_the_largest_network_is_followed_by_larger_ones_and_a_shown_choice_by_nothing() -> None:
    largest = analysed(trials(rising)).answer
    assert largest.take is not None
    assert largest.take.is_largest
    assert largest.next_step.step is Step.LARGER
    shown = analyse_study(data_of(trials(rising)), (), margin=0.9).answer
    assert shown.take is not None
    assert shown.take.is_shown
    assert shown.next_step.step is Step.NOTHING


def test_the_study_of_one_size_has_no_choice_and_no_early_gain() -> None:
    analysis = analysed(trials(rising, n_params=(1000,)))
    assert analysis.answer.families == []
    assert analysis.answer.take is None
    assert "no two sizes can be compared" in said(analysis)
    assert study().dataset in said(analysis)
