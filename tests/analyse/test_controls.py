"""Networks beside controls: the corrected interval, and the verdict in words, on planted trials."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.analyse.control_comparison import compare, corrected_resampled_interval, verdict


def trials(accuracies: dict[str, list[float]], n_folds: int = 5) -> pd.DataFrame:
    """Trials of networks (``small``, ``large``) and of controls (any other name), an accuracy a fold."""
    return pd.DataFrame(
        [
            {
                "kind": "network" if name in ("small", "large") else "control",
                "architecture": name,
                "network_key": name,
                "protocol_epochs": 3,
                "n_params": {"small": 1000, "large": 2000}.get(name, 0),
                "n_folds": n_folds,
                "seed": 0,
                "fold": fold,
                "state": "DONE",
                "val_accuracy": value,
                "val_loss": 1 - value,
            }
            for name, values in accuracies.items()
            for fold, value in enumerate(values)
        ]
    )


GOOD = [0.90, 0.92, 0.91, 0.93, 0.89]
BETTER = [0.95, 0.96, 0.93, 0.97, 0.94]
CHANCE = [0.52, 0.48, 0.51, 0.50, 0.49]


def test_an_uncorrected_ratio_of_zero_gives_students_interval() -> None:
    values = np.array(GOOD)
    interval = corrected_resampled_interval(values, 0.0)
    expected = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_the_correction_adds_the_ratio_of_test_to_training_size_to_the_variance() -> None:
    values = np.array(GOOD)
    half = corrected_resampled_interval(values, 0.25).high - values.mean()
    assert half == pytest.approx(stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 1 / 4) * values.var(ddof=1)))


def test_one_value_has_a_mean_and_no_interval() -> None:
    interval = corrected_resampled_interval(np.array([0.1]), 0.5)
    assert interval.mean == pytest.approx(0.1)
    assert np.isnan(interval.low)
    assert not interval.above_zero
    assert "no interval" in str(interval)


def test_differences_are_taken_fold_by_fold() -> None:
    wavy = [0.1, 0.9, 0.2, 0.8, 0.3]
    pairs = compare(trials({"small": [value + 0.05 for value in wavy], "pixel_logistic": wavy}))
    assert str(pairs["accuracy"][0]) == "+0.050 [+0.050, +0.050]"
    assert pairs["n_pairs"].tolist() == [5]


def test_only_folds_that_both_have_done_are_compared() -> None:
    table = trials({"small": GOOD, "majority_class": CHANCE})
    table.loc[1, "state"] = "FAILED"
    assert compare(table)["n_pairs"].tolist() == [4]


def test_a_network_that_beats_all_is_said_to() -> None:
    sentences = verdict(trials({"small": GOOD, "large": BETTER, "majority_class": CHANCE, "border_only": CHANCE}))
    assert sentences[0] == "The best network (large with 2,000 parameters) beats every control here."
    assert sentences[1].startswith("majority_class (no pixel): 2 of 2 networks beat it; large with 2,000 parameters")
    assert "+0.450 [" in sentences[1]


def test_where_a_control_without_pixels_is_as_good_the_set_cannot_answer() -> None:
    sentences = verdict(trials({"small": GOOD, "metadata_forest": BETTER, "majority_class": CHANCE}))
    assert sentences[0].startswith(
        "This data set cannot answer the question: metadata_forest, without a look at a pixel"
    )
    assert "0 of 1 networks beat it" in next(s for s in sentences if s.startswith("metadata_forest"))


def test_networks_that_do_not_beat_the_majority_class_say_nothing_of_the_data_set() -> None:
    sentences = verdict(trials({"small": CHANCE, "metadata_forest": CHANCE, "majority_class": CHANCE}))
    assert sentences[0].startswith(
        "This study cannot answer the question: the best network (small with 1,000 parameters) is not shown to beat "
        "majority_class"
    )
    assert not any("data set cannot" in sentence for sentence in sentences)


def test_where_the_border_is_as_good_it_need_not_be_the_object() -> None:
    sentences = verdict(trials({"small": GOOD, "border_only": GOOD, "majority_class": CHANCE}))
    assert sentences[0].startswith("What the networks learn need not be the object: border_only")


def test_where_only_a_simple_classifier_is_as_good_that_is_said() -> None:
    sentences = verdict(trials({"small": GOOD, "pixel_logistic": GOOD, "majority_class": CHANCE}))
    assert "not shown to do better than pixel_logistic" in sentences[0]


@pytest.mark.parametrize(("shuffled", "said"), [(CHANCE, "no leak shows"), (GOOD, "something leaks")])
def test_shuffled_labels_above_the_majority_class_are_called_a_leak(shuffled: list[float], said: str) -> None:
    low = [value - 0.01 for value in CHANCE]
    last = verdict(
        trials(
            {
                "small": BETTER,
                "majority_class": low if said == "something leaks" else CHANCE,
                "shuffled_labels": shuffled,
            }
        )
    )[-1]
    assert last.startswith("shuffled_labels (no true label)")
    assert said in last


def test_without_controls_there_is_no_verdict() -> None:
    assert verdict(trials({"small": GOOD})) == []
    assert verdict(trials({"majority_class": GOOD})) == []


def test_one_fold_and_seed_decides_nothing() -> None:
    assert "cannot be said from one fold" in verdict(trials({"small": [0.9], "majority_class": [0.5]}))[0]
