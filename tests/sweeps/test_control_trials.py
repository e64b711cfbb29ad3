"""Which trials a sweep's controls stand for: every fold and seed, beside the network in the middle."""

import pytest

from bench import controls
from bench.errors import SweepError
from bench.records import ControlTrial, Network, NetworkTrial, Protocol, Trial
from bench.sweeps import control_trials, load_sweep
from bench.sweeps.sweep_file import Sweep
from tests.sweeps.test_expand import sweep_of, trials_of

GRID: list[dict[str, object]] = [{"architecture": "paper_small", "width": [0.25, 2.0, 0.5, 1.0]}]


def beside(sweep: Sweep, stored: tuple[Network, Protocol] | None = None) -> tuple[Trial, ...]:
    networks = trials_of(sweep)
    n_params = {t.network.key: int(1000 * (t.network.width or 1)) for t in networks}
    return control_trials(sweep, networks, n_params, stored)


def trained(trials: tuple[Trial, ...]) -> list[NetworkTrial]:
    return [trial for trial in trials if isinstance(trial, NetworkTrial)]


def test_every_control_runs_on_every_fold_and_seed_of_the_sweep_by_default() -> None:
    sweep = sweep_of(grid=GRID, seeds=[3, 4], folds=3)
    places = {(t.seed, t.fold, t.split_hash, t.n_folds) for t in trials_of(sweep)}
    for name in controls.names():
        trials = [t for t in beside(sweep) if t.control == name]
        assert {(t.seed, t.fold, t.split_hash, t.n_folds) for t in trials} == places
        assert len(trials) == len(places) == 6
    assert len({t.key for t in (*beside(sweep), *trials_of(sweep))}) == 6 * (8 + 4)


def test_a_control_that_trains_a_network_trains_the_one_in_the_middle_by_parameters() -> None:
    sweep = sweep_of(grid=GRID, protocol={"epochs": 7}, controls=["border_only"])
    assert {(t.network.width, t.protocol) for t in trained(beside(sweep))} == {(0.5, Protocol(epochs=7))}


def test_it_does_so_under_the_protocol_that_alters_the_training_data_least() -> None:
    protocol = {"label_noise": [0.3, 0.0], "n_train": [10, 0], "augment_zoom": [0.2, 0.0], "epochs": 7}
    sweep = sweep_of(grid=GRID, protocol=protocol, controls=["shuffled_labels"])
    assert {t.protocol for t in trained(beside(sweep))} == {Protocol(epochs=7)}


def test_a_control_that_trains_none_is_fitted_on_the_input_shape_of_the_network_in_the_middle() -> None:
    (trial, _) = beside(sweep_of(grid=GRID, controls="nearest_neighbour"))
    assert isinstance(trial, ControlTrial)
    assert (trial.control, trial.input_shape, trial.n_classes) == ("nearest_neighbour", (70, 70, 3), 2)


def test_controls_of_a_larger_sweep_train_the_network_that_the_stored_ones_trained() -> None:
    sweep = sweep_of(grid=GRID, controls=["border_only"])
    stored = next((t.network, t.protocol) for t in trials_of(sweep) if t.network.width == 1.0)
    assert {(t.network, t.protocol) for t in trained(beside(sweep, stored))} == {stored}


def test_controls_train_the_middle_of_a_sweep_that_no_longer_has_the_stored_network() -> None:
    sweep = sweep_of(grid=GRID, controls=["border_only"])
    absent = next((t.network, t.protocol) for t in trials_of(sweep_of(grid=[{**GRID[0], "width": 8.0}])))
    assert {t.network.width for t in trained(beside(sweep, absent))} == {0.5}


def test_a_sweep_can_do_without_controls() -> None:
    assert beside(sweep_of(grid=GRID, controls=[])) == ()


def test_controls_change_nothing_of_the_networks_trials() -> None:
    assert trials_of(sweep_of(grid=GRID, controls=[])) == trials_of(sweep_of(grid=GRID))


def test_a_study_stores_its_sweep_as_it_was_before_there_were_controls_where_it_has_none() -> None:
    assert not {"controls", "factorial"} & sweep_of(grid=GRID, controls=[]).stored().keys()
    assert load_sweep("confounds").stored().keys() > {"controls", "factorial"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("controls=majority", r"controls: a name or wildcard has to match a control; received 'majority'"),
        ('protocol.epoch_choice="least_inner_loss"', "protocol: epoch_choice least_inner_loss needs an inner valid"),
        ("protocol.n_train=-1", "protocol.n_train: must be greater than or equal to 0; received -1"),
        ("protocol.label_noise=1", "protocol.label_noise: must be less than 1; received 1"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(override: str, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        load_sweep("widths", [override])
