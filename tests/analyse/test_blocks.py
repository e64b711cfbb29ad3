"""n_test / n_train where the protocol leaves a part of the training folds out, and the intervals that follow."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analyse.analysis import Analysis
from bench.analyse.as_json import analysis_json
from bench.analyse.blocks import test_train_ratio as ratio_of
from bench.analyse.blocks import trained_share
from bench.analyse.controls import compare, corrected_resampled_interval
from bench.analyse.statements import markdown
from bench.data import assign_folds
from bench.records import Protocol
from bench.train.examples import choose_examples
from tests.analyse.planted_trials import analysed, trials


def trial(n_train: int = 0, inner_share: float = 0.0, n_folds: int = 5, n_images: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n_images": [n_images],
            "n_folds": n_folds,
            "protocol_n_train": n_train,
            "protocol_inner_share": inner_share,
        }
    )


@given(st.integers(2, 50), st.integers(50, 5000))
def test_where_all_training_folds_are_trained_on_the_ratio_is_that_of_k_folds_to_the_last_bit(n_folds, n_images):
    assert ratio_of(trial(n_folds=n_folds, n_images=n_images)) == 1 / (n_folds - 1)


@pytest.mark.parametrize(
    ("n_train", "inner_share", "expected"),
    [
        pytest.param(0, 0.5, 20 / 40, id="a half set aside"),
        pytest.param(10, 0.0, 20 / 10, id="ten examples"),
        pytest.param(10, 0.5, 20 / 10, id="ten examples of what a half set aside leaves"),
    ],
)
def test_the_ratio_is_that_of_images_held_out_to_examples_trained_on(n_train, inner_share, expected):
    assert ratio_of(trial(n_train, inner_share)) == pytest.approx(expected)


@pytest.mark.parametrize("protocol", [Protocol(inner_share=0.25), Protocol(n_train=12, inner_share=0.25), Protocol()])
def test_the_ratio_is_what_the_engines_own_choice_of_examples_has_on_average(protocol):
    labels = np.arange(96) % 2
    assignment = assign_folds(labels, 4, 0)
    folds = [choose_examples(protocol, labels, None, assignment, 0, fold) for fold in range(4)]
    chosen = sum(len(each.test_rows) for each in folds) / sum(len(each.train_rows) for each in folds)
    assert ratio_of(trial(protocol.n_train, protocol.inner_share, 4, 96)) == pytest.approx(chosen)


def test_of_trials_on_parts_of_several_sizes_the_largest_ratio_is_taken():
    few, all_ = trial(n_train=10), trial()
    assert ratio_of(few, all_) == ratio_of(all_, few) == ratio_of(pd.concat([few, all_])) == pytest.approx(2.0)
    assert trained_share(few, all_) == pytest.approx(10 / 80)


def rising(place: int, seed: int, fold: int) -> float:
    return 0.6 + 0.04 * place + 0.01 * int(np.random.default_rng([place, seed, fold]).integers(0, 5))


def sizes_and_pair(analysis: Analysis) -> tuple[list[dict], dict, dict]:
    found = json.loads(analysis_json(analysis))
    return found["sizes"], found["axes"][0]["comparisons"][0], found["against_controls"][0]


def half_width(row: dict, name: str = "") -> float:
    return row[f"{name}high"] - row[f"{name}low"]


def test_a_study_on_few_examples_has_wider_intervals_by_the_planted_ratio_and_says_why():
    frame = trials(rising, n_params=(1000, 4000), controls={"pixel_logistic": 0.5})
    few = frame.assign(protocol_n_train=np.where(frame["kind"] == "network", 8, 0))
    # 60 images in 3 folds: 20 held out over 40 trained on, or over 8; 6 trials
    wider = np.sqrt((1 / 6 + 20 / 8) / (1 / 6 + 20 / 40))
    analysis = analysed(few)
    before, after = sizes_and_pair(analysed(frame)), sizes_and_pair(analysis)
    assert half_width(after[0][0], "loss_") == pytest.approx(wider * half_width(before[0][0], "loss_"))
    for pair_before, pair_after in zip(before[1:], after[1:], strict=True):  # the control is trained on everything
        assert half_width(pair_after) == pytest.approx(wider * half_width(pair_before))
    assert analysis.power.design.ratio == pytest.approx(20 / 8)
    assert "the network trained on least, whose n_test/n_train is 2.5" in markdown(analysis)
    assert "n_test/n_train" not in markdown(analysed(frame))


def test_a_network_on_few_examples_leads_a_control_on_all_by_the_larger_ratio():
    frame = trials(rising, n_params=(1000,), controls={"pixel_logistic": 0.5})
    frame["protocol_n_train"] = np.where(frame["kind"] == "network", 8, 0)
    (lead,) = compare(frame)["accuracy"]
    network, control = (table.sort_values(["seed", "fold"]) for _, table in frame.groupby("n_params", sort=False))
    differences = network["val_accuracy"].to_numpy() - control["val_accuracy"].to_numpy()
    assert lead == corrected_resampled_interval(differences, 20 / 8)
