import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.answer.family_answer import Shape
from bench.analyse.claims import Claim, ClaimVerdict
from bench.analyse.estimates.image_scores import Score, image_scores
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import two_level
from bench.analyse.sizes.each_network import step_blocks
from bench.analyse.sizes.law_fits import GuideLine, ScalingFit
from bench.pages.appendix import appendix_page
from bench.pages.statements import statements_page
from bench.render.analysis_json import analysis_json
from bench.render.markdown import markdown
from tests.analyse.planted_trials import analysed, data_of, trials


def rising(place: int, seed: int, fold: int) -> float:
    return 0.6 + 0.06 * place + 0.01 * int(np.random.default_rng([place, seed, fold]).integers(0, 5))


def text_and_json(analysis: Analysis) -> tuple[str, dict[str, Any]]:
    """Both forms; neither may hold a NaN."""
    text, values = markdown(statements_page(analysis)), analysis_json(analysis)
    assert "nan" not in text.lower()
    assert "NaN" not in values
    return text, json.loads(values)


def test_a_study_whose_sizes_improve_says_so_with_its_numbers() -> None:
    text, values = text_and_json(analysed(trials(rising)))
    assert "paper_small: gains (1,000 to 256,000 parameters" in text
    assert values["axes"][0]["verdict"]["shape"] == Shape.GAINS
    assert values["sizes"][0]["entry"] == "paper_small ×1"
    assert len(values["axes"][0]["comparisons"]) == 10
    assert len(values["axes"][0]["scaling"]["error"]["n_params"]["values"]) == 5
    assert values["detectable_per_decade"]["paper_small"] > 0


def test_the_same_trials_give_the_same_json() -> None:
    first, second = (analysis_json(analysed(trials(rising))) for _ in range(2))
    assert first == second


def test_one_size_gets_its_intervals_and_a_line_that_there_is_no_other() -> None:
    text, values = text_and_json(analysed(trials(rising, n_params=(1000,))))
    assert "There is only one size" in text
    assert values["axes"] == []
    assert values["sizes"][0]["accuracy_low"] is not None
    assert values["detectable_per_decade"] == {}


def test_one_seed_has_no_variance_components_and_everything_else() -> None:
    analysis = analysed(trials(rising, n_seeds=1))
    _, values = text_and_json(analysis)
    assert "variance components need 2 seeds or more; there is 1" in markdown(appendix_page(analysis))
    assert values["axes"][0]["verdict"]["shape"] == Shape.GAINS
    assert values["sizes"][0]["accuracy_low"] is not None


def test_one_trial_a_size_keeps_wilsons_intervals_and_no_others() -> None:
    frame = trials(lambda place, seed, fold: rising(place, seed, fold) if fold == 0 else None, n_seeds=1)
    analysis = analysed(frame)
    text, values = text_and_json(analysis)
    assert "No interval for paper_small ×1: its variance over trainings needs 2 done folds or more of one seed." in text
    assert values["sizes"][0]["accuracy_low"] is None
    assert values["sizes"][0]["pooled_accuracy_low"] > 0
    assert analysis.answer.take is None
    assert isinstance(analysis.axes[0].slope, NotComputed)


def test_failed_trials_leave_pairs_of_what_is_done_and_a_line_on_what_is_left_out() -> None:
    frame = trials(lambda place, seed, fold: None if (place, seed, fold) == (2, 1, 1) else rising(place, seed, fold))
    analysis = analysed(frame)
    text, _ = text_and_json(analysis)
    assert "1 trial not done and left out" in text
    assert "use the 5 pairs of seed and fold in which every size is done; 1 are left out" in text
    assert analysis.axes[0].comparisons["low"].notna().all()
    assert "variance components need every seed and fold" in markdown(appendix_page(analysis))


def test_a_size_without_any_done_trial_is_left_out() -> None:
    analysis = analysed(trials(lambda place, seed, fold: None if place == 1 else rising(place, seed, fold)))
    text_and_json(analysis)
    assert analysis.sizes["n_params"].tolist() == [1000, 16_000, 64_000, 256_000]


def test_nothing_done_is_said() -> None:
    text, values = text_and_json(analysed(trials(lambda place, seed, fold: None)))
    assert "no trial of a network is done" in text
    assert values["sizes"] == []


def test_constant_accuracy_shows_no_gain() -> None:
    text, values = text_and_json(analysed(trials(lambda place, seed, fold: 0.9)))
    assert values["axes"][0]["verdict"]["shape"] in (Shape.NO_GAIN_SHOWN, Shape.ENOUGH_FROM_SMALLEST)
    assert values["sizes"][0]["pooled_accuracy_low"] == pytest.approx(0.799, abs=2e-3)
    assert "improves" not in text


def test_perfect_accuracy_has_a_flat_guide_line_of_finite_numbers() -> None:
    frame = trials(lambda place, seed, fold: 1.0, n_params=tuple(1000 * 4**place for place in range(7)))
    _, values = text_and_json(analysed(frame))
    assert values["axes"][0]["scaling"]["error"]["n_params"]["values"] == [0.0] * 7


def test_without_timing_everything_but_times_is_said() -> None:
    text, values = text_and_json(analysed(trials(rising), timed=False))
    assert "Law of step_ms: not fitted: not every size is timed" in text
    assert "steps are not timed" in text
    assert values["sizes"][0]["step_ms"] is None
    assert values["sizes"][0]["front_probability"] is not None


def test_two_sizes_have_a_pair_and_no_law() -> None:
    text, values = text_and_json(analysed(trials(rising, n_params=(1000, 4000))))
    assert "a law needs 7 sizes or more; there are 2" in text
    assert len(values["axes"][0]["comparisons"]) == 1


def test_the_interpolation_threshold_is_the_first_size_that_fits_its_training_set() -> None:
    frame = trials(rising, train_accuracy=lambda place: 1.0 if place >= 3 else 0.95)
    analysis = analysed(frame)
    assert analysis.axes[0].interpolates_from == 3
    text = markdown(statements_page(analysis))
    assert "from paper_small ×4 on, a mean of 99% or more of the training set is fitted" in text


def test_controls_are_no_sizes() -> None:
    analysis = analysed(trials(rising, controls={"majority_class": 0.5, "metadata_forest": 0.84}))
    _, values = text_and_json(analysis)
    assert len(analysis.sizes) == 5
    assert [control["name"] for control in values["controls"]] == ["majority_class", "metadata_forest"]


def test_the_json_has_a_row_per_control_with_the_fields_of_a_pair() -> None:
    _, values = text_and_json(analysed(trials(rising, controls={"majority_class": 0.5, "shuffled_labels": 0.5})))
    (row,) = values["against_controls"]
    assert (row["first"], row["second"]) == ("majority_class", "paper_small \N{MULTIPLICATION SIGN}5")
    assert row["low"] < row["mean"] < row["high"]
    assert values["chosen_against_controls"]["leaks"][0]["name"] == "shuffled_labels"


LARGER = Claim(statement="larger is better", source="p", metric="accuracy", n_params=1000, larger_n_params=256_000)


@pytest.mark.parametrize(
    ("controls", "verdict"),
    [({"metadata_forest": 0.99}, ClaimVerdict.UNANSWERABLE), ({"majority_class": 0.5}, ClaimVerdict.REPRODUCED)],
)
def test_a_claim_is_unanswerable_where_a_control_does_as_well(
    controls: dict[str, float], verdict: ClaimVerdict
) -> None:
    analysis = analysed(trials(rising, controls=controls), claims=(LARGER,))
    assert analysis.claims[0].verdict is verdict
    assert str(verdict) in markdown(statements_page(analysis))


def test_networks_that_differ_in_more_than_size_are_compared_and_said_to() -> None:
    frame = trials(rising, n_params=(1000, 4000))
    frame.loc[frame["n_params"] == 4000, "architecture"] = "paper_large"
    analysis = analysed(frame)
    assert analysis.axes[0].family.is_mixed
    assert "differ in more than their size" in markdown(statements_page(analysis))


def test_seeds_that_share_splits_have_three_components() -> None:
    analysis = analysed(trials(rising).assign(split_hash="same"))
    assert analysis.splits_are_shared
    assert " split |" in markdown(appendix_page(analysis))
    assert "mean of a repetition" not in markdown(appendix_page(analysis))
    own = analysed(trials(rising))
    assert "Each seed draws its own folds here" in markdown(appendix_page(own))


def test_published_figures_that_overlap_are_said_to() -> None:
    claims = tuple(
        Claim(statement="s", source="p", metric="accuracy", n_params=n, value=value, n_images=n_images)
        for n, value, n_images in ((1000, 0.8788, 33), (4000, 1.0, 10))
    )
    text = markdown(statements_page(analysed(trials(rising), claims=claims)))
    assert "0.879 [0.727, 0.952] of 33 images and 1.000 [0.722, 1.000] of 10 overlap" in text


def test_every_number_of_the_sizes_is_in_the_json() -> None:
    analysis = analysed(trials(rising))
    values = json.loads(analysis_json(analysis))
    for row, shown in zip(analysis.sizes.to_dict("records"), values["sizes"], strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                assert shown[name] == (None if np.isnan(value) else value)


def test_with_five_sizes_no_law_is_named_and_the_page_says_why() -> None:
    analysis = analysed(trials(rising))
    assert {type(fit) for fit in analysis.axes[0].fits.values()} == {GuideLine}
    text = markdown(statements_page(analysis))
    assert "Law of error: none: a law needs 7 sizes or more; there are 5. The guide line" in text


def test_with_seven_sizes_the_law_of_step_times_is_weighted_by_its_rounds() -> None:
    frame = trials(rising, n_params=tuple(1000 * 4**place for place in range(7)))
    law = analysed(frame).axes[0].fits["step_ms", "n_params"]
    assert isinstance(law, ScalingFit)
    assert law.best.name == "saturating power law"
    assert law.best.parameters["b"].value == pytest.approx(-1, abs=0.05)


def test_steps_of_one_round_have_a_guide_line_and_no_law() -> None:
    frame = trials(rising, n_params=tuple(1000 * 4**place for place in range(7)))
    text = markdown(statements_page(analysed(frame, n_rounds=1)))
    assert "Law of step_ms: none: a law needs 2 timing rounds or more; there is 1." in text


def test_intervals_of_accuracy_stay_within_0_and_1() -> None:
    high = analysed(trials(lambda place, seed, fold: 0.9 + 0.05 * ((fold + seed) % 3), n_seeds=1)).sizes
    assert high["accuracy_high"].max() < 1.0
    low = analysed(trials(lambda place, seed, fold: 0.1 - 0.05 * ((fold + seed) % 3), n_seeds=1)).sizes
    assert 0.0 < low["accuracy_low"].min() < low["accuracy"].min()


def test_a_timing_round_that_lacks_a_network_is_no_block() -> None:
    steps = pd.DataFrame({"round": [0, 0, 0, 1, 1], "entry": [0, 0, 1, 0, 1], "step_ms": [1.0, 3.0, 5.0, 4.0, 6.0]})
    assert step_blocks(steps, [0, 1]).tolist() == [[2.0, 5.0], [4.0, 6.0]]
    assert step_blocks(steps[:-1], [0, 1]).tolist() == [[2.0, 5.0]]


def test_scores_of_a_size_are_means_over_images_with_the_two_level_interval() -> None:
    data = data_of(trials(rising), timed=False)
    size = analyse_study(data, ()).sizes.iloc[0]
    family = {entry: float(n) for entry, n in zip(data.summary["entry"], data.summary["n_params"], strict=True)}
    scores = image_scores(data)
    loss = two_level(scores[Score.LOSS], [family]).contrast(np.eye(5)[0])
    assert (size["loss"], size["loss_low"], size["loss_high"]) == pytest.approx((loss.value, loss.low, loss.high))
    accuracy = two_level(scores[Score.ACCURACY], [family]).proportion(0)
    assert (size["accuracy"], size["accuracy_low"]) == pytest.approx((accuracy.value, accuracy.low))
    assert size["accuracy"] == size["pooled_accuracy"]
