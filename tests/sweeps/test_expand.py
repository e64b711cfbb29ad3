"""From a sweep to its trials: the product of its axes, each trial once, whatever order the axes are written in."""

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import architectures
from bench.records import Network, NetworkTrial, Protocol
from bench.sweeps import NetworkRequest, Sweep, expand, load_sweep, requests

DOCUMENT: dict[str, Any] = {
    "name": "mine",
    "description": "a sweep of my own",
    "folds": 2,
    "seeds": [0],
    "input_shape": [70, 70, 3],
    "data": {"source": "digits"},
    "grid": [{"architecture": "paper_small"}],
}


def sweep_of(**changes: Any) -> Sweep:
    return Sweep.model_validate(DOCUMENT | changes)


def network(request: NetworkRequest, params_per_width: float = 1e6) -> Network:
    """Stands in for sizing: a target of a million parameters is width 1."""
    width = request.width if request.params is None else request.params / params_per_width
    return Network(
        architecture=request.architecture,
        width=width,
        axes=request.axes,
        input_shape=request.input_shape,
        n_classes=request.n_classes,
    )


def trials_of(sweep: Sweep, n_classes: int = 2) -> tuple[NetworkTrial, ...]:
    networks = {request: network(request) for request in requests(sweep, n_classes)}
    split_hashes = {seed: f"split-{seed}" for seed in sweep.seeds}
    return expand(sweep, networks, "digits", "data-hash", split_hashes, backend="tensorflow", numerics="1")


def distinct(values: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=most, unique=True)


AXES = st.fixed_dictionaries(
    {
        "seeds": distinct(st.integers(0, 2**32 - 1), 3),
        "input_shape": distinct(st.sampled_from([(70, 70, 3), (70, 70, 1), (32, 48, 3)]), 3),
        "protocol": st.fixed_dictionaries(
            {},
            optional={
                "optimizer": distinct(st.sampled_from(["sgd", "adam", "rmsprop"]), 3),
                "learning_rate": distinct(st.floats(1e-6, 1.0), 2),
                "batch_size": distinct(st.integers(1, 512), 2),
                "epochs": distinct(st.integers(1, 100), 2),
            },
        ),
        "width": distinct(st.floats(0.01, 4.0), 3),
        "dropout_dense": distinct(st.floats(0.0, 0.9), 3),
    }
)


def declared(axes: dict[str, Any], folds: int) -> Sweep:
    block = {
        "architecture": "paper_small",
        "width": axes["width"],
        "axes": {"dropout_dense": axes["dropout_dense"]},
    }
    rest = {key: axes[key] for key in ("seeds", "input_shape", "protocol")}
    return sweep_of(folds=folds, grid=[block], **rest)


@given(AXES, st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_there_is_one_trial_with_a_key_of_its_own_for_each_point_of_the_product(
    axes: dict[str, Any], folds: int
) -> None:
    trials = trials_of(declared(axes, folds))
    lengths = [len(axes[name]) for name in ("seeds", "input_shape", "width", "dropout_dense")]
    lengths += [len(values) for values in axes["protocol"].values()]
    assert len(trials) == folds * math.prod(lengths)
    assert len({trial.key for trial in trials}) == len(trials)


@given(AXES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_trials_do_not_depend_on_the_order_in_which_an_axis_lists_its_values(
    axes: dict[str, Any], shuffler: random.Random
) -> None:
    def shuffled(values: Any) -> Any:
        if isinstance(values, dict):
            return {name: shuffled(values[name]) for name in shuffler.sample(sorted(values), len(values))}
        return shuffler.sample(values, len(values))

    keys = {trial.key for trial in trials_of(declared(axes, 2))}
    assert {trial.key for trial in trials_of(declared(shuffled(axes), 2))} == keys


def test_trials_come_in_the_order_of_the_file_with_folds_innermost() -> None:
    sweep = sweep_of(
        seeds=[7, 3],
        protocol={"epochs": [2, 1]},
        grid=[{"architecture": "paper_small", "width": [1.0, 0.5]}, {"architecture": "gru_rows"}],
    )
    order = [(t.network.architecture, t.network.width, t.protocol.epochs, t.seed, t.fold) for t in trials_of(sweep)]
    sizes = [("paper_small", 1.0), ("paper_small", 0.5), ("gru_rows", 1.0)]
    assert order == [(*size, e, s, f) for size in sizes for e in (2, 1) for s in (7, 3) for f in (0, 1)]


def test_a_trial_carries_the_split_of_its_seed_and_the_data_it_was_planned_for() -> None:
    for trial in trials_of(sweep_of(seeds=[4, 9], folds=3)):
        assert trial.split_hash == f"split-{trial.seed}"
        assert (trial.dataset, trial.data_hash, trial.n_folds) == ("digits", "data-hash", 3)


def test_a_trial_that_two_blocks_ask_for_is_planned_once() -> None:
    grid = [{"architecture": "paper_small", "width": [0.5, 1.0]}, {"architecture": "paper_*", "width": [1.0, 2.0]}]
    trials = trials_of(sweep_of(grid=grid))
    assert len({trial.key for trial in trials}) == len(trials)
    small = [t.network.width for t in trials if t.network.architecture == "paper_small" and t.fold == 0]
    assert small == [0.5, 1.0, 2.0]


def test_a_network_that_two_blocks_ask_for_is_requested_once() -> None:
    grid = [{"architecture": "paper_small", "protocol": {"epochs": epochs}} for epochs in (1, 2)]
    assert len(requests(sweep_of(grid=grid), 2)) == 1
    assert len(trials_of(sweep_of(grid=grid))) == 4


def test_targets_of_parameters_that_one_width_meets_best_are_planned_once() -> None:
    grid = [
        {"architecture": "paper_small", "params": [500_000, 1_000_000]},
        {"architecture": "paper_small", "width": 0.5},
    ]
    asked = requests(sweep_of(grid=grid), 2)
    assert [(r.width, r.params) for r in asked] == [(None, 500_000), (None, 1_000_000), (0.5, None)]
    assert [t.network.width for t in trials_of(sweep_of(grid=grid))] == [0.5, 0.5, 1.0, 1.0]


def test_a_request_fills_in_every_axis_sorted_by_name_and_never_width() -> None:
    (asked,) = requests(sweep_of(grid=[{"architecture": "paper_large", "axes": {"output_activation": "sigmoid"}}]), 5)
    assert asked == NetworkRequest(
        architecture="paper_large",
        width=1.0,
        params=None,
        axes=(("dropout_dense_1", 0.3), ("dropout_dense_2", 0.5), ("output_activation", "sigmoid")),
        input_shape=(70, 70, 3),
        n_classes=5,
    )


def test_axes_are_sorted_whatever_order_the_builder_has_them_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("architectures.registry._REGISTRY", {})

    @architectures.register(source="this test", min_input=(1, 1))
    def unsorted(input_shape: object, n_classes: int, *, zeta: int = 1, width: float = 1.0, alpha: str = "a") -> None:
        raise NotImplementedError

    (asked,) = requests(sweep_of(grid=[{"architecture": "unsorted"}]), 2)
    assert asked.axes == (("alpha", "a"), ("zeta", 1))


def test_an_integer_for_a_float_axis_is_the_network_that_the_float_is() -> None:
    grid = [{"architecture": "paper_small", "axes": {"dropout_dense": value}} for value in (0, 0.0)]
    (asked,) = requests(sweep_of(grid=grid[:1]), 2)
    assert requests(sweep_of(grid=grid[1:]), 2) == (asked,)
    assert network(asked).key == network(requests(sweep_of(grid=grid[1:]), 2)[0]).key


def test_an_architecture_of_one_size_is_selected_by_a_wildcard_among_widths() -> None:
    grid = [{"architecture": ["resnet*", "gru_rows"], "width": [0.5, 1.0]}]
    asked = requests(sweep_of(grid=grid, input_shape=[96, 96, 3]), 2)
    assert [(r.architecture, r.width) for r in asked] == [("resnet152", None), ("gru_rows", 0.5), ("gru_rows", 1.0)]


def test_a_block_overrides_protocol_and_shape_key_by_key() -> None:
    grid = [
        {"architecture": "paper_small"},
        {"architecture": "paper_large", "input_shape": [32, 32, 1], "protocol": {"epochs": 1}},
    ]
    trials = trials_of(sweep_of(protocol={"epochs": 9, "batch_size": 8}, grid=grid))
    small, large = trials[0], trials[-1]
    assert small.protocol == Protocol(epochs=9, batch_size=8)
    assert large.protocol == Protocol(epochs=1, batch_size=8)
    assert (small.network.input_shape, large.network.input_shape) == ((70, 70, 3), (32, 32, 1))


def test_the_key_of_a_known_trial_stays_what_it_was() -> None:
    """Stored results are found by these keys. If this fails without a change of NUMBERS_VERSION, studies are lost."""
    first, *_, last = trials_of(load_sweep("paper", ["seeds=[0, 1, 2, 3, 4]"]))
    assert (first.network.architecture, first.seed, first.fold) == ("paper_small", 0, 0)
    assert (last.network.architecture, last.seed, last.fold) == ("paper_large", 4, 2)
    assert [first.key, last.key] == ["5056aa0290fecab1", "4ecf5a15a37ae878"]
