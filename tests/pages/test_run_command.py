"""The command that gives a study more seeds: what it loads is the study's sweep with those seeds."""

import shlex
from itertools import pairwise

import pytest

from bench.pages.run_command import run_command
from bench.records import Study
from bench.sweeps import load_sweep
from tests.analyse.planted_trials import study


def stored(sweep: str, dataset: str, n_images: int, overrides: tuple[str, ...] = (), name: str | None = None) -> Study:
    loaded = load_sweep(sweep, overrides)
    return study().model_copy(
        update={
            "name": name or f"{loaded.name}-{dataset}",
            "sweep_name": loaded.name,
            "sweep": loaded.stored(),
            "dataset": dataset,
            "class_counts": (n_images - 10, 10),
        }
    )


@pytest.mark.parametrize(
    ("overrides", "dataset", "n_images"),
    [
        ((), "digits", 240),
        (("protocol.epochs=2",), "digits", 240),
        (("patient_wise=false", "folds=5", 'controls=["majority_class"]'), "lungs", 98),
        (("data.images=100",), "digits", 100),
    ],
)
def test_the_command_loads_the_stored_sweep_with_the_seeds(
    overrides: tuple[str, ...], dataset: str, n_images: int
) -> None:
    of = stored("widths", dataset, n_images, overrides)
    command = shlex.split(run_command(of, (0, 1, 2)))
    assert command[:6] == ["python", "-m", "bench", "run", "--sweep", "widths"]
    sets = tuple(value for option, value in pairwise(command) if option == "--set")
    data = command[command.index("--data") + 1] if "--data" in command else None
    loaded = load_sweep("widths", sets, data)
    assert loaded.stored() == {**of.sweep, "seeds": [0, 1, 2]}
    assert loaded.data.source == ("digits" if dataset == "digits" else "path/to/lungs")
    assert loaded.data.images == (n_images if dataset == "digits" else None)


def test_a_built_in_data_set_is_named_and_another_one_is_a_path() -> None:
    assert "--data phantom" in run_command(stored("widths", "phantom", 98), (0,))
    assert "--data path/to/lungs" in run_command(stored("widths", "lungs", 98), (0,))


def test_a_study_of_another_name_keeps_it() -> None:
    assert "--study mine" in run_command(stored("widths", "digits", 240, name="mine"), (0,))
    assert "--study" not in run_command(stored("widths", "digits", 240), (0,))


def test_a_sweep_that_is_not_built_in_is_a_file_of_the_user() -> None:
    of = stored("widths", "digits", 240).model_copy(update={"sweep_name": "mine"})
    assert "--sweep path/to/mine.toml --data digits" in run_command(of, (0,))


def test_a_grid_that_is_not_the_built_in_one_is_a_file_of_the_user() -> None:
    of = stored("widths", "digits", 240)
    grown = of.model_copy(update={"sweep": {**of.sweep, "grid": []}})
    assert "--sweep path/to/widths.toml" in run_command(grown, (0,))
