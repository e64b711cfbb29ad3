import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records import FailureKind, NetworkTrial, Protocol, Trial, TrialResult
from bench.store import Store
from bench.study.summary import latest_steps, summarise
from tests.store.planted import ENVIRONMENT, SMALL, Planted, cost, failed, network, step_times


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    with Store.open_existing(folder) as store:
        return store.trials(), store.step_times()


def test_a_row_for_each_network_and_protocol_in_the_order_of_registration(tmp_path: Path) -> None:
    planted = Planted(
        {
            network("paper_small", 2.0): cost(9000),
            network("gru_rows", None): cost(50),
            network("paper_small", 1.0): cost(4000),
        },
        protocols=(Protocol(epochs=3), Protocol(epochs=3, learning_rate=0.1)),
    )
    summary = summarise(*read(planted.write(tmp_path)))
    assert summary["architecture"].tolist() == ["paper_small"] * 2 + ["gru_rows"] * 2 + ["paper_small"] * 2
    assert summary["n_params"].tolist() == [9000, 9000, 50, 50, 4000, 4000]
    assert summary["n_trainable_params"].tolist() == [8998, 8998, 48, 48, 3998, 3998]
    assert summary["protocol_learning_rate"].tolist() == [0.001, 0.1] * 3
    assert summary["width"].isna().tolist() == [False, False, True, True, False, False]
    assert summary["n_trials"].tolist() == [4] * 6


def test_networks_of_one_size_that_differ_in_an_axis_are_kept_apart(tmp_path: Path) -> None:
    planted = Planted({network(dropout=0.25): cost(4000), network(dropout=0.5): cost(4000)})
    summary = summarise(*read(planted.write(tmp_path)))
    assert summary["axis_dropout"].tolist() == [0.25, 0.5]
    assert summary["n_trials"].tolist() == [4, 4]


def test_means_and_sample_deviations_are_over_done_trials_only(tmp_path: Path) -> None:
    def result(trial: Trial) -> TrialResult | None:
        if trial.seed == 1 and trial.fold == 0:
            return failed(trial, FailureKind.RAISED)
        return (
            None
            if isinstance(trial, NetworkTrial) and trial.network.width == 1.0 and trial.seed == 1
            else SMALL.result(trial, n_misses=trial.fold + trial.seed)
        )

    first, second = summarise(*read(SMALL.write(tmp_path, result))).to_dict("records")
    accuracies = [6 / 6, 5 / 6, 4 / 6]
    assert (first["n_trials"], first["n_done"], first["n_failed"]) == (4, 3, 1)
    assert first["val_accuracy_mean"] == pytest.approx(statistics.mean(accuracies))
    assert first["val_accuracy_sd"] == pytest.approx(statistics.stdev(accuracies))
    assert first["train_s_median"] == 3.5
    assert (first["train_accuracy_mean"], first["train_loss_mean"]) == pytest.approx((0.9, 0.2))
    assert (second["n_trials"], second["n_done"], second["n_failed"]) == (4, 2, 1)
    assert second["val_accuracy_mean"] == pytest.approx(11 / 12)


def test_one_trial_has_a_mean_and_no_deviation(tmp_path: Path) -> None:
    one = SMALL.write(tmp_path, lambda trial: SMALL.result(trial) if trial == SMALL.trials[0] else None, step_ns=())
    first, second = summarise(*read(one)).to_dict("records")
    assert first["val_accuracy_mean"] == pytest.approx(5 / 6)
    assert np.isnan(first["val_accuracy_sd"])
    assert np.isnan(first["step_ms_median"])
    assert second["n_done"] == 0
    assert np.isnan(second["val_accuracy_mean"])


def test_the_latest_pass_of_most_threads_without_its_warm_up_is_the_step_time(tmp_path: Path) -> None:
    folder = SMALL.write(tmp_path, step_ns=(1_000_000,) * 5)
    (first, _), protocol = SMALL.networks, SMALL.protocols[0]
    with Store.open_existing(folder) as store:
        later = step_times(first, protocol, (4_000_000, 8_000_000, 6_000_000), warmup_ns=(10**9,), pass_number=2)
        store.record_measurement(later, ENVIRONMENT)
        fewer_threads = step_times(first, protocol, (10**9,), pass_number=2, threads=1)
        store.record_measurement(fewer_threads, ENVIRONMENT)
    summary = summarise(*read(folder))
    assert summary["step_ms_median"].tolist() == [6.0, 1.0]
    assert (summary["step_ms_q1"][0], summary["step_ms_q3"][0]) == (5.0, 7.0)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=50))
def test_step_quartiles_are_numpys(step_ns: list[int]) -> None:
    steps = pd.DataFrame(
        {
            "network_key": "n",
            "protocol_epochs": 3,
            "pass_number": 1,
            "threads": 2,
            "is_warmup": False,
            "step_ns": step_ns,
        }
    )
    trials = pd.DataFrame({"network_key": ["n"], "protocol_epochs": [3], "state": ["PENDING"]}).assign(
        **dict.fromkeys(["kind", "architecture", "input_shape"], "x"),
        **dict.fromkeys(["width", "n_classes", "n_params", "n_trainable_params", "flops_per_example"], 1),
        **dict.fromkeys(["val_accuracy", "val_loss", "train_accuracy", "train_loss", "train_s"], np.nan),
    )
    row = summarise(trials, steps).iloc[0]
    expected = np.percentile(np.array(step_ns) / 1e6, [25, 50, 75])
    assert row[["step_ms_q1", "step_ms_median", "step_ms_q3"]].tolist() == pytest.approx(expected.tolist())
    assert len(latest_steps(steps)) == len(step_ns)
