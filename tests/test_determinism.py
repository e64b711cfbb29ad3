from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.determinism import compare_rerun, rerun_trial
from bench.errors import DataError, StudyError
from bench.records import NetworkTrial
from bench.store import Store
from bench.training_pass import training_executor
from tests.cli.command_line import bench
from tests.store.planted import SMALL

inline = partial(training_executor, "inline", 1)


def test_one_bit_of_one_probability_is_found(tmp_path: Path) -> None:
    trial = SMALL.trials[0]
    again = SMALL.result(trial).metrics
    assert isinstance(trial, NetworkTrial)
    assert again is not None
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
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke sweep, trained in this process."""
    from bench import pipeline
    from bench.progress import Progress
    from bench.sweeps import load_sweep

    folder = tmp_path_factory.mktemp("determinism")
    sweep = load_sweep("smoke", ("grid.0.width=0.125",))
    with (folder / "log").open("w") as log:
        outcome = pipeline.run_sweep(sweep, None, folder, inline, folder / "cache", Progress(log))
    return outcome.folder


def test_a_rerun_gives_the_stored_bits(smoke: Path, tmp_path: Path) -> None:
    rerun = rerun_trial(smoke, None, None, inline, tmp_path)
    assert rerun.is_identical
    assert rerun.n_images == 30


def test_the_command_says_so_and_a_changed_store_is_found(
    smoke: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = bench(monkeypatch, capsys, "determinism", str(smoke))
    assert code == 0
    assert "30 of 30 held-out images have the stored probabilities to the last bit" in out


def test_what_cannot_be_rerun_is_refused_in_one_line(smoke: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="has none with the key nonsense"):
        rerun_trial(smoke, "nonsense", None, inline, tmp_path)
    with pytest.raises(StudyError, match="needs the images of the study, digits"):
        rerun_trial(smoke, None, "phantom", inline, tmp_path)
    with pytest.raises(DataError, match="lungs does not exist"):
        rerun_trial(SMALL.write(tmp_path / "lungs"), None, None, inline, tmp_path)


def test_a_rerun_leaves_out_the_files_that_the_study_left_out(tmp_path: Path) -> None:
    from bench import pipeline
    from bench.progress import Progress
    from bench.sweeps import load_sweep

    draw = np.random.default_rng(0)
    for name in ("dark", "light"):
        (tmp_path / "lungs" / name).mkdir(parents=True)
        for number in range(12):
            pixels = draw.integers(0, 255, (32, 32), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "lungs" / name / f"{number:02d}.png")
    (tmp_path / "lungs" / "dark" / "03.png").write_bytes(b"no image")
    data = str(tmp_path / "lungs")
    overrides = (f'data={{source="{data}"}}', 'grid=[{architecture="paper_small", width=0.125}]', "controls=[]")
    with (tmp_path / "log").open("w") as log:
        outcome = pipeline.run_sweep(
            load_sweep("smoke", overrides), None, tmp_path, inline, tmp_path / "cache", Progress(log), skip_bad=True
        )
    rerun = rerun_trial(outcome.folder, None, data, inline, tmp_path / "cache")
    assert rerun.is_identical


def test_a_rerun_keeps_groups_together_in_the_inner_validation_part_as_the_run_did(tmp_path: Path) -> None:
    from bench import pipeline
    from bench.progress import Progress
    from bench.sweeps import load_sweep

    overrides = (
        'data.source="phantom"',
        'grid=[{architecture="paper_small", width=0.125}]',
        "controls=[]",
        "protocol.inner_share=0.25",
    )
    with (tmp_path / "log").open("w") as log:
        outcome = pipeline.run_sweep(
            load_sweep("smoke", overrides), None, tmp_path, inline, tmp_path / "cache", Progress(log)
        )
    rerun = rerun_trial(outcome.folder, None, None, inline, tmp_path / "cache")
    assert (rerun.n_equal_images, rerun.is_identical) == (rerun.n_images, True)
