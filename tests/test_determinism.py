from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bench.determinism import compare_rerun, rerun_trial, stored_trial
from bench.errors import DataError, StudyError
from bench.execute import InlineExecutor
from bench.store import Store
from tests.cli.command_line import bench
from tests.store.planted import SMALL, Planted, cost, network


def inline() -> InlineExecutor:
    from bench.train.tensorflow_backend.runtime import configure

    return InlineExecutor(partial(configure, 1))


def test_a_stored_row_is_its_trial_again(tmp_path):
    planted = Planted({network(width=0.5, dropout=0.25): cost(1000), network("gru_rows", None, units=8): cost(50)})
    with Store.open_existing(planted.write(tmp_path)) as store:
        rows = store.trials()
    assert [stored_trial(row).key for _, row in rows.iterrows()] == [trial.key for trial in planted.trials]


def test_one_bit_of_one_probability_is_found(tmp_path):
    trial = SMALL.trials[0]
    again = SMALL.result(trial).metrics
    with Store.open_existing(SMALL.write(tmp_path)) as store:
        row = store.trials().iloc[0]
        stored = store.predictions([trial.key])
    names = SMALL.study.class_names
    assert compare_rerun(trial, stored, row, again, names).is_identical
    again.probabilities[2, 1] = np.nextafter(again.probabilities[2, 1], np.float32(2))
    found = compare_rerun(trial, stored, row, again, names)
    assert not found.is_identical
    assert (found.n_equal_images, found.n_images) == (5, 6)
    assert 0 < found.largest_difference < 1e-6


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> Path:
    """The smoke sweep, trained in this process."""
    from bench import pipeline
    from bench.progress import Progress
    from bench.sweeps import load_sweep

    folder = tmp_path_factory.mktemp("determinism")
    sweep = load_sweep("smoke", ("grid.0.width=0.125",))
    with (folder / "log").open("w") as log:
        outcome = pipeline.run_sweep(sweep, None, folder, inline, 1, folder / "cache", Progress(log))
    return outcome.folder


def test_a_rerun_gives_the_stored_bits(smoke, tmp_path):
    rerun = rerun_trial(smoke, None, None, inline, tmp_path)
    assert rerun.is_identical
    assert rerun.n_images == 30


def test_the_command_says_so_and_a_changed_store_is_found(smoke, tmp_path, monkeypatch, capsys):
    code, out, _ = bench(monkeypatch, capsys, "determinism", str(smoke))
    assert code == 0
    assert "30 of 30 held-out images have the stored probabilities to the last bit" in out


def test_what_cannot_be_rerun_is_refused_in_one_line(smoke, tmp_path):
    with pytest.raises(StudyError, match="has none with the key nonsense"):
        rerun_trial(smoke, "nonsense", None, inline, tmp_path)
    with pytest.raises(StudyError, match="needs the images of the study, digits"):
        rerun_trial(smoke, None, "phantom", inline, tmp_path)
    with pytest.raises(DataError, match="lungs does not exist"):
        rerun_trial(SMALL.write(tmp_path / "lungs"), None, None, inline, tmp_path)
