"""What a sweep will cost, a row for each network under each protocol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records import Network, NetworkTrial, Protocol, Trial
from bench.sweeps import PlanRow, plan_rows, steps_per_epoch


def trial(width: float, fold: int, protocol: Protocol, activation: str = "softmax") -> NetworkTrial:
    network = Network(
        architecture="paper_small",
        width=width,
        axes=(("output_activation", activation),),
        input_shape=(70, 70, 3),
        n_classes=2,
    )
    return NetworkTrial(
        network=network,
        protocol=protocol,
        dataset="d",
        data_hash="h",
        split_hash="s",
        n_folds=2,
        fold=fold,
        seed=0,
    )


@given(st.integers(1, 10_000), st.integers(1, 600))
def test_an_epoch_has_a_step_for_each_batch_that_covering_all_examples_takes(n_train: int, batch_size: int) -> None:
    assert steps_per_epoch(n_train, batch_size) == len(range(0, n_train, batch_size))


def test_the_papers_fold_of_78_images_takes_75_steps_in_25_epochs() -> None:
    assert steps_per_epoch(78, 32) * 25 == 75


def test_a_row_sums_its_trials_and_names_the_longest() -> None:
    protocol = Protocol(epochs=1)
    trials = [trial(1.0, 0, protocol), trial(1.0, 1, protocol), trial(0.5, 0, protocol)]
    n_params = {trials[0].network.key: 1_059_106, trials[2].network.key: 265_106}
    steps: dict[Trial, int] = {trials[0]: 3, trials[1]: 4, trials[2]: 5}
    assert plan_rows(trials, n_params, steps.__getitem__) == (
        PlanRow("paper_small x1 70x70x3", 1_059_106, n_trials=2, steps_per_trial=4, total_steps=7),
        PlanRow("paper_small x0.5 70x70x3", 265_106, n_trials=1, steps_per_trial=5, total_steps=5),
    )


def test_rows_of_one_label_say_in_what_they_differ() -> None:
    trials = [trial(1.0, 0, Protocol(epochs=e), a) for e in (1, 2) for a in ("softmax", "sigmoid")]
    rows = plan_rows(trials, {t.network.key: 1_059_106 for t in trials}, lambda _: 1)
    assert [row.label.removeprefix("paper_small x1 70x70x3, ") for row in rows] == [
        "output_activation=softmax, epochs=1",
        "output_activation=sigmoid, epochs=1",
        "output_activation=softmax, epochs=2",
        "output_activation=sigmoid, epochs=2",
    ]


def test_a_network_whose_count_is_missing_is_no_row_of_a_guess() -> None:
    with pytest.raises(KeyError):
        plan_rows([trial(1.0, 0, Protocol())], {}, lambda _: 1)
