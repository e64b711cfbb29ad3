"""What tasks carry, which trials go together, and what is stored of what comes back."""

import pickle
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.data import Split
from bench.errors import NetworkOutputError
from bench.execute import InlineExecutor, Outcome, Task, WorkerDeath
from bench.records import (
    Environment,
    FailureKind,
    InputShape,
    Network,
    NetworkTrial,
    Protocol,
    TrialMetrics,
    TrialState,
)
from bench.train.training_data import TrainingData
from bench.training_pass import form_cohorts, run_trials, trial_result
from tests.train.logistic_backend import registered_logistic_backend

__all__ = ["registered_logistic_backend"]

N_IMAGES = 60
Shared = tuple[Mapping[InputShape, Path], TrainingData]


def trial(seed: int = 0, *, backend: str = "tensorflow", width: float = 1.0, fold: int = 0) -> NetworkTrial:
    return NetworkTrial(
        network=Network(architecture="paper_small", width=width, input_shape=(4, 4, 1), n_classes=2),
        protocol=Protocol(epochs=2),
        dataset="d",
        data_hash="d",
        split_hash="s",
        n_folds=3,
        fold=fold,
        seed=seed,
        backend=backend,
    )


def shared(folder: Path, n_images: int = N_IMAGES, seeds: Sequence[int] = (0,)) -> Shared:
    draw = np.random.default_rng(0)
    labels = np.arange(n_images) % 2
    images = draw.random((n_images, 4, 4, 1), dtype=np.float32) + labels[:, None, None, None].astype(np.float32)
    np.save(folder / "images.npy", images)
    split = Split(labels, np.arange(n_images), np.arange(n_images) // 2 % 3)
    return {(4, 4, 1): folder / "images.npy"}, TrainingData(dict.fromkeys(seeds, split), pd.DataFrame())


def died(reason: str) -> Outcome:
    return Outcome(0, attempts=2, death=WorkerDeath(reason))


def test_how_a_trial_ended_decides_what_is_stored_of_it() -> None:
    killed = trial_result(trial(), died("the worker process was ended by SIGKILL"), None)
    raised = trial_result(trial(), Outcome(0, attempts=1, error=ValueError("two\nlines")), None)
    refused = [MemoryError(), FileNotFoundError("no cache"), RuntimeError("ResourceExhaustedError: OOM")]
    kinds = {trial_result(trial(), Outcome(0, attempts=1, error=error), None).failure for error in refused}

    assert (killed.failure, killed.attempts) == (FailureKind.WORKER_DIED, 2)
    assert killed.error == "the worker process was ended by SIGKILL, in 2 attempts"
    assert kinds == {FailureKind.LACKED_RESOURCES}
    assert (raised.failure, raised.error) == (FailureKind.RAISED, "ValueError: two lines")


def test_a_network_that_gives_no_probabilities_fails_by_itself_and_is_not_tried_again() -> None:
    result = trial_result(trial(), Outcome(0, attempts=1, error=NetworkOutputError("logits of my_networks")), None)

    assert result.failure is FailureKind.RAISED
    assert "logits of my_networks" in str(result.error)


class Recorder(InlineExecutor):
    """Runs tasks inline and keeps how many bytes each would be as a message."""

    def __init__(self) -> None:
        super().__init__(lambda: Environment({"cpu": "planted"}))
        self.n_bytes: list[int] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        self.n_bytes = [len(pickle.dumps((task.function, task.arguments))) for task in tasks]
        return super().run(tasks)


@pytest.mark.usefixtures("registered_logistic_backend")
def test_a_task_is_no_larger_for_more_images(tmp_path: Path) -> None:
    sizes = []
    for n_images in (60, 6000):
        executor = Recorder()
        list(run_trials([trial(backend="logistic")], *shared(tmp_path, n_images), executor, lambda _: 1.0))
        sizes += executor.n_bytes

    assert sizes[0] == sizes[1] < 3000


@pytest.mark.usefixtures("registered_logistic_backend")
def test_trials_of_one_network_go_together_as_many_as_their_backend_trains_at_once() -> None:
    trials = [trial(seed, backend="logistic", width=width) for seed in range(4) for width in (0.5, 1.0)]
    one_by_one = [trial(seed) for seed in range(3)]

    cohorts = form_cohorts(trials)

    assert [len(cohort) for cohort in cohorts] == [3, 3, 1, 1]
    assert [each.seed for each in cohorts[0]] == [0, 1, 2]
    assert len({each.network for each in cohorts[0] if isinstance(each, NetworkTrial)}) == 1
    assert form_cohorts(one_by_one) == [(each,) for each in one_by_one]


@pytest.mark.usefixtures("registered_logistic_backend")
def test_every_trial_of_a_cohort_is_yielded_once_with_its_metrics_and_its_workers_environment(tmp_path: Path) -> None:
    trials = [trial(seed, backend="logistic") for seed in range(5)]

    results = list(run_trials(trials, *shared(tmp_path, seeds=range(5)), Recorder(), lambda _: 1.0))

    assert [each for each, _, _ in results] == trials
    for each, result, environment in results:
        assert result.trial_key == each.key
        assert result.state is TrialState.DONE
        assert isinstance(result.metrics, TrialMetrics)
        assert environment.values == {"cpu": "planted"}


@pytest.mark.usefixtures("registered_logistic_backend")
def test_what_trials_share_is_gone_from_the_disk_once_they_have_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    running = run_trials(
        [trial(seed, backend="logistic", fold=fold) for seed in range(2) for fold in range(3)],
        *shared(tmp_path, seeds=range(2)),
        Recorder(),
        lambda _: 1.0,
    )
    next(running)
    assert list((tmp_path / "scratch").glob("*/*.pickle"))

    assert isinstance(running, Generator)
    running.close()  # as Ctrl-C in the middle does

    assert not list((tmp_path / "scratch").iterdir())


def test_another_backend_or_other_numerics_is_another_trial_and_the_default_ones_leave_the_key_as_it_was() -> None:
    changes = [{}, {"backend": "logistic"}, {"numerics": "2"}, {"backend": "logistic", "numerics": "2"}]

    keys = [NetworkTrial.model_validate({**trial().model_dump(), **change}).key for change in changes]

    assert len(set(keys)) == 4
    assert keys[0] == "8568b760a476624a"
