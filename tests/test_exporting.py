import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench
from bench import exporting
from bench.data import Split, cached_images
from bench.errors import ModelFolderError, StudyError
from bench.execute import Executor, Outcome, Task
from bench.exporting import Exported
from bench.progress import quiet
from bench.records import NetworkTrial, Protocol
from bench.store import Store
from bench.train.worker_tasks import train_on_all_images
from bench.training_pass import training_executor
from bench.whole_training_pass import train_missing, whole_trial
from tests import exportable_study
from tests.cli.command_line import tree
from tests.exportable_study import LARGE, SMALL, severe_finding, write_study


def inline() -> Executor:
    return training_executor("inline", 1)


def first_trial(store: Store) -> NetworkTrial:
    return next(each for each in store.trial_records().values() if isinstance(each, NetworkTrial))


def export(
    study: Path, out: Path, cache: Path, network: str | None = SMALL, n_seeds: int = 1, **changes: Any
) -> Exported:
    arguments = {"data": None, "make_executor": inline, "cache_dir": cache, "progress": quiet(), **changes}
    return exporting.export_study(study, out, network, n_seeds, **arguments)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


class Stopping:
    """An executor that is interrupted after a number of trainings."""

    def __init__(self, n: int, started: list[Task]) -> None:
        self._inner, self._n, self._started = inline(), n, started
        self.n_workers = 1

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        for place, outcome in enumerate(self._inner.run(tasks)):
            self._started.append(tasks[outcome.index])
            yield outcome
            if place + 1 == self._n:
                raise KeyboardInterrupt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __enter__(self) -> "Stopping":
        self._inner.__enter__()
        return self

    def __exit__(self, *arguments: Any) -> None:
        self._inner.__exit__(*arguments)


@pytest.fixture(scope="module")
def model(study: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported ensemble of two networks, whose export was stopped after the first training and run again."""
    before = (study / "study.sqlite").read_bytes()
    folder = tmp_path_factory.mktemp("exported") / "model"
    started: list[Task] = []
    with pytest.raises(KeyboardInterrupt):
        export(study, folder, cache, n_seeds=2, make_executor=lambda: Stopping(1, started))
    assert [path.name for path in folder.iterdir()] == ["training"]
    assert len(list((folder / "training").iterdir())) == 1
    assert export(study, folder, cache, n_seeds=2, make_executor=lambda: Stopping(9, started)).folder == folder
    assert [task.function for task in started].count(train_on_all_images) == 2
    assert (study / "study.sqlite").read_bytes() == before
    return folder


def test_the_folder_holds_the_model_its_classes_its_card_and_a_program(model: Path) -> None:
    assert {path.name for path in model.iterdir()} == {
        *("model.keras", "model.onnx", "model.tflite", "model.json", "classes.json", "README.md"),
        *("predict.pyz", "training_prints.npz", "training"),
    }
    assert json.loads((model / "classes.json").read_text()) == [str(digit) for digit in range(10)]
    described = json.loads((model / "model.json").read_text())
    assert described["seeds"] == [0, 1]
    assert sorted(f"{key}.npz" for key in described["trials"]) == sorted(
        path.name for path in (model / "training").iterdir()
    )


def test_the_network_is_trained_on_every_image_with_the_streams_of_its_own_fold(
    model: Path, cache: Path, study: Path
) -> None:
    """The exported weights are those of the engine, on all rows, at (seed, n_folds)."""
    from bench.train.examples import choose_examples
    from bench.train.tensorflow_backend.engine import compiled_engine
    from bench.train.tensorflow_backend.fit import fit
    from bench.train.tensorflow_backend.resident import ResidentData, one_hot, resident_images

    dataset = exportable_study.images()
    with Store.open_existing(study) as store:
        trial = first_trial(store)
    everything = Split(dataset.labels, np.arange(80), np.zeros(80, np.int64))
    examples = choose_examples(trial.protocol, everything, 1, 2)
    assert len(examples.train_rows) == 80
    images = resident_images(cached_images(dataset, trial.input_shape, cache))
    engine = compiled_engine(trial.network, trial.protocol)
    fit(engine, trial.protocol, examples, ResidentData(images, one_hot(dataset.labels, 10)), 1, 2)
    key = json.loads((model / "model.json").read_text())["trials"][1]
    with np.load(model / "training" / f"{key}.npz") as stored:
        for place, weights in enumerate(engine.weights()):
            np.testing.assert_array_equal(stored[str(place)], weights)


def test_a_damaged_training_is_made_again(study: Path, cache: Path, model: Path, tmp_path: Path) -> None:
    with Store.open_existing(study) as store:
        splits, first = store.splits(), first_trial(store)
    trials = [whole_trial(first, seed, splits[seed]) for seed in (0, 1)]
    images = cached_images(exportable_study.images(), first.input_shape, cache)
    shutil.copytree(model / "training", tmp_path / "training")
    path = tmp_path / "training" / f"{trials[1].key}.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    started: list[Task] = []
    found = train_missing(trials, images, splits, tmp_path / "training", Stopping(9, started), quiet())
    assert [task.arguments[-1] for task in started] == [trials[1]]
    with np.load(model / "training" / path.name) as stored:
        assert all(np.array_equal(stored[str(place)], weights) for place, weights in enumerate(found[1].weights))


def test_the_card_has_the_studys_accuracy_and_not_that_of_the_training_images(model: Path) -> None:
    card = (model / "README.md").read_text()
    head = dict(line.split(": ", 1) for line in card.split("---\n")[1].splitlines())
    (entry,) = json.loads(head["model-index"])
    (metric,) = entry["results"][0]["metrics"]
    assert 0.7 < metric["value"] < 0.98
    assert metric["args"]["low"] < metric["value"] < metric["args"]["high"]
    assert "no image is left to measure its own accuracy" in card
    assert "Do not rely on it" not in card
    assert "An ensemble of 2 networks" in card


def test_a_study_that_cannot_answer_is_refused_before_anything_is_written(cache: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", severe=severe_finding())
    before = tree(tmp_path)
    with pytest.raises(StudyError, match=r"^an export is for use, .* cannot say which size to take: .*; give --anyway"):
        export(study, tmp_path / "model", cache)
    assert tree(tmp_path) == before


def test_anyway_exports_it_and_the_card_says_so_first(cache: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", severe=severe_finding())
    exported = export(study, tmp_path / "model", cache, network=None, anyway=True)
    assert exported.label in (SMALL, LARGE)
    assert len(exported.caveats) == 1
    card = (tmp_path / "model" / "README.md").read_text().split("---\n")[2]
    assert card.split("\n\n")[1].startswith("**Do not rely on it.** Exported with --anyway. This study cannot say")
    assert "**severe: sizes of files tell the classes apart.** No accuracy means anything." in card
    assert "`digits/0001`, `digits/0002`" in card
    sizes = bench.open_study(study).analysis.sizes.set_index("entry")
    row = sizes.loc[0 if exported.label == SMALL else 1]
    assert f"{row['accuracy']:.3f} [{row['accuracy_low']:.3f}, {row['accuracy_high']:.3f}] on images" in card


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "paper_small x9"}, r"a network is named as in the study's tables; received paper_small x9; its"),
        ({"data": "phantom"}, r"an export needs the images of the study, digits with the hash"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line(
    study: Path, cache: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        export(study, tmp_path / "model", cache, **change)
    assert not (tmp_path / "model").exists()


def test_networks_trained_on_wrong_labels_are_refused(cache: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", protocol=Protocol(epochs=1, label_noise=0.2))
    with pytest.raises(StudyError, match=r"is trained on the true labels; .* label_noise 0.2"):
        export(study, tmp_path / "model", cache)


def test_a_folder_keeps_its_network(study: Path, cache: Path, model: Path) -> None:
    with pytest.raises(ModelFolderError, match=rf"has {SMALL} of widths-digits, received {LARGE} of widths-digits"):
        export(study, model, cache, network=LARGE)


@pytest.mark.slow
def test_a_training_that_fails_is_named(cache: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", protocol=Protocol(epochs=2, learning_rate=1e30, optimizer="sgd"))
    with pytest.raises(
        StudyError, match=r"must train to its end; .* did not .seed 0: the loss became (nan|inf) at step"
    ):
        export(study, tmp_path / "model", cache)


@pytest.mark.slow
def test_an_export_that_is_killed_goes_on(study: Path, model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "export", str(study), "--network", SMALL, "--seeds", "2"]
    command += ["--workers", "1", "--out", str(tmp_path / "model")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not list((tmp_path / "model" / "training").glob("*.npz")):
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
    assert not (tmp_path / "model" / "model.json").exists()
    stored = {path: path.stat().st_mtime_ns for path in (tmp_path / "model" / "training").glob("*.npz")}
    subprocess.run(command, check=True, capture_output=True)
    assert {path: path.stat().st_mtime_ns for path in stored} == stored
    assert (tmp_path / "model" / "model.json").read_bytes() == (model / "model.json").read_bytes()
    assert (tmp_path / "model" / "README.md").read_bytes() == (model / "README.md").read_bytes()


def test_the_key_of_a_training_on_all_images_is_no_key_of_a_fold(study: Path) -> None:
    with Store.open_existing(study) as store:
        records, splits, trial = store.trial_records(), store.splits(), first_trial(store)
    whole = whole_trial(trial, trial.seed, splits[trial.seed])
    assert whole.key not in records
    assert whole.fold == trial.n_folds
