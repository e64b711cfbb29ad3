"""A learning rate chosen on the inner validation part, in each fold by itself."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bench.analyse.estimates.intervals import mean_with_interval
from bench.analyse.inner_choice import chosen_on_inner, nested_choices
from bench.pages.statements import statements_page
from bench.render.analysis_json import analysis_json
from bench.render.markdown import markdown
from bench.study.families import TIMES
from bench.study.summary import summarise
from tests.analyse.planted_trials import analysed, step_times, trials


def test_in_each_fold_the_rate_with_the_least_inner_loss_is_taken_whatever_it_does_on_the_held_out_fold() -> None:
    trials = pd.DataFrame(
        {
            "architecture": "a",
            "network_key": "k",
            "protocol_learning_rate": [0.1, 0.1, 0.01, 0.01],
            "protocol_epochs": 3,
            "seed": 0,
            "fold": [0, 1, 0, 1],
            "state": "DONE",
            "inner_loss": [0.5, 0.2, 0.4, 0.3],
            "val_accuracy": [0.9, 0.1, 0.2, 0.8],
        }
    )
    chosen = chosen_on_inner(trials, ["protocol_learning_rate"])
    assert chosen[["fold", "protocol_learning_rate"]].to_numpy().tolist() == [[1, 0.1], [0, 0.01]]
    assert chosen["val_accuracy"].tolist() == [0.1, 0.2]
    trials["inner_loss"] = [np.nan, 0.2, 0.4, np.nan]
    assert len(chosen_on_inner(trials, ["protocol_learning_rate"])) == 2
    assert len(chosen_on_inner(trials.assign(state="FAILED"), ["protocol_learning_rate"])) == 0


RATES = (0.001, 0.01)
# By fold of two seeds: inner loss and held-out accuracy at each rate. The inner part takes 0.001, 0.01, 0.01 each time.
INNER = {0.001: (0.3, 0.5, 0.5), 0.01: (0.4, 0.4, 0.4)}
HELD_OUT = {0.001: (0.80, 0.90, 0.60), 0.01: (0.85, 0.70, 0.75)}


def held_out_at(rate: float) -> Callable[[int, int, int], float]:
    return lambda place, seed, fold: HELD_OUT[rate][fold] + 0.01 * place + 0.02 * seed


def tuned(n_params: tuple[int, ...] = (1000, 4000)) -> pd.DataFrame:
    """Two sizes at two learning rates, with an inner validation part."""
    parts = [
        trials(held_out_at(rate), n_params).assign(protocol_learning_rate=rate, protocol_inner_share=0.2)
        for rate in RATES
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["trial_key"] += "-" + frame["protocol_learning_rate"].astype(str)
    inner = [INNER[rate][fold] for rate, fold in zip(frame["protocol_learning_rate"], frame["fold"], strict=True)]
    return frame.assign(inner_loss=inner)


def choices(frame: pd.DataFrame, **of_summary: str) -> pd.DataFrame:
    summary = summarise(frame, step_times(frame).head(0)).reset_index(names="entry").assign(**of_summary)
    columns = ["entry", "network_key", *(name for name in frame if str(name).startswith("protocol_"))]
    return nested_choices(frame.merge(summary[columns]), summary)


def test_each_network_has_the_counts_of_what_was_chosen_and_what_that_reaches_on_the_held_out_folds() -> None:
    first, second = choices(tuned()).to_dict("records")
    assert (first["over"], first["chosen"], first["n_blocks"]) == ("learning rate", {"0.01": 4, "0.001": 2}, 6)
    assert (first["n_params"], second["n_params"]) == (1000, 4000)
    # chosen 0.80, 0.70, 0.75 and best 0.85, 0.90, 0.75, and 0.02 more of each with the second seed
    assert first["accuracy"].value == pytest.approx(0.76)
    assert first["picked_accuracy"] == pytest.approx(0.8433, abs=1e-4)
    assert second["accuracy"].value == pytest.approx(0.77)


def test_the_optimism_of_picking_on_the_held_out_fold_has_the_corrected_interval() -> None:
    (first, _) = choices(tuned()).to_dict("records")
    expected = mean_with_interval(np.array([0.05, 0.20, 0.0] * 2), 1 / 2)
    assert first["accuracy_optimism"].value == pytest.approx(expected.value)
    assert first["accuracy_optimism"].high == pytest.approx(expected.high)
    assert expected.low < 0 == first["accuracy_optimism"].low
    assert first["loss_optimism"].value == pytest.approx(expected.value)  # planted losses are 1.2 less the accuracy


def test_a_rate_that_diverged_is_not_chosen_and_a_fold_with_a_pending_rate_is_left_out() -> None:
    frame = tuned((1000,))
    at_small = frame["protocol_learning_rate"] == 0.001
    diverged = frame.assign(state=np.where(at_small & (frame["fold"] == 0), "FAILED", "DONE"))
    (row,) = choices(diverged).to_dict("records")
    assert (row["chosen"], row["n_failed"], row["n_undecided"]) == ({"0.01": 6}, 2, 0)
    pending = frame.assign(state=np.where(at_small & (frame["fold"] == 0), "PENDING", "DONE"))
    (row,) = choices(pending).to_dict("records")
    assert (row["chosen"], row["n_failed"], row["n_undecided"]) == ({"0.01": 4}, 0, 2)
    assert choices(frame.assign(state=np.where(at_small, "PENDING", "DONE"))).empty


def test_what_changes_the_question_parts_networks_and_is_not_chosen() -> None:
    frame = tuned((1000,))
    longer = frame.assign(protocol_epochs=20, trial_key=frame["trial_key"] + "-long")
    found = choices(pd.concat([frame, longer], ignore_index=True))
    assert found["network"].tolist() == [f"paper_small {TIMES}1, epochs {epochs}" for epochs in (3, 20)]
    assert found["n_blocks"].tolist() == [6, 6]


def test_in_a_factorial_study_a_network_is_not_named_by_the_cell_of_one_of_its_rates() -> None:
    assert choices(tuned((1000,)), cell="all low")["network"].tolist() == [f"paper_small {TIMES}1"]


def test_without_an_inner_part_or_a_second_rate_there_is_no_choice() -> None:
    assert choices(tuned().assign(protocol_inner_share=0.0)).empty
    frame = tuned()
    assert choices(frame[frame["protocol_learning_rate"] == 0.01]).empty
    assert (
        json.loads(analysis_json(analysed(trials(lambda place, seed, fold: 0.7 + 0.01 * fold))))["chosen_on_inner"]
        == []
    )


def test_the_statements_say_what_was_chosen_and_what_picking_on_the_test_would_have_claimed() -> None:
    analysis = analysed(tuned())
    text = markdown(statements_page(analysis))
    assert "## Chosen on the inner validation part" in text
    assert "| 0.01 (4), 0.001 (2)" in text
    assert "This overstates accuracy by 0.083" in text
    (first, _) = json.loads(analysis_json(analysis))["chosen_on_inner"]
    assert first["accuracy_optimism"]["mean"] == pytest.approx(0.25 / 3)
    assert first["chosen"] == {"0.01": 4, "0.001": 2}
