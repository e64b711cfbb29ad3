"""The whole way through on the smoke sweep: same numbers for any executor, nothing lost, nothing done twice."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from bench.store import Store

LONGER = ["--set", "protocol.epochs=500"]
ONE_NETWORK = ["--set", 'grid=[{architecture="paper_small", width=0.125}]', "--set", "controls=[]"]
NUMBERS = ["train_accuracy", "train_loss", "val_accuracy", "val_loss", "state", "split_hash"]


def bench(*arguments: str, timeout_s: float = 250) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def numbers(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Everything a study measured that is not a time, to the last bit, in an order of its own."""
    with Store.open_existing(folder) as store:
        trials = store.trials().set_index("trial_key").sort_index()
        epochs = store.epochs().sort_values(["trial_key", "epoch"], ignore_index=True)
        predictions = store.predictions(list(trials.index))
    return trials[NUMBERS], epochs, predictions


def assert_same_numbers(left: Path, right: Path) -> None:
    for one, other in zip(numbers(left), numbers(right), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke sweep, run once with one worker and not interrupted."""
    results = tmp_path_factory.mktemp("reference")
    finished = bench("run", "--sweep", "smoke", "--results", str(results), "--workers", "1")
    assert finished.returncode == 0, finished.stderr
    return results / "smoke-digits"


@pytest.mark.parametrize(
    "arguments",
    [["--workers", "2"], pytest.param(["--workers", "3"], marks=pytest.mark.slow), ["--executor", "inline"]],
    ids=" ".join,
)
def test_numbers_are_the_same_to_the_last_bit_for_any_executor(
    reference: Path, tmp_path: Path, arguments: list[str]
) -> None:
    finished = bench("run", "--sweep", "smoke", "--results", str(tmp_path), *arguments)

    assert finished.returncode == 0, finished.stderr
    assert_same_numbers(reference, tmp_path / "smoke-digits")


def test_the_run_leaves_the_documented_files(reference: Path) -> None:
    names = {path.name for path in reference.iterdir()}

    assert {
        "study.sqlite",
        "trials.csv",
        "summary.csv",
        "summary.md",
        "summary.tex",
        "accuracy.png",
        "accuracy.svg",
        "loss.png",
        "loss.svg",
        "step_ms.png",
        "step_ms.svg",
        "curves.png",
        "splits.csv",
        "environment.json",
    } <= names


def test_the_summary_has_a_time_for_every_network(reference: Path) -> None:
    summary = pd.read_csv(reference / "summary.csv").query("kind == 'network'")

    assert len(summary) == 3
    assert (summary["step_ms_q1"] <= summary["step_ms_median"]).all()
    assert (summary["step_ms_median"] <= summary["step_ms_q3"]).all()
    with Store.open_existing(reference) as store:
        samples = store.step_times()
    assert samples.groupby("network_key").size().min() >= 30


def test_the_same_command_again_trains_nothing_and_rebuilds_the_same_tables(reference: Path) -> None:
    before = {name: (reference / name).read_bytes() for name in ("trials.csv", "summary.csv", "splits.csv")}

    finished = bench("run", "--sweep", "smoke", "--results", str(reference.parent))

    assert finished.returncode == 0, finished.stderr
    assert "trials are stored already" in finished.stderr
    assert before == {name: (reference / name).read_bytes() for name in before}


def test_a_changed_sweep_under_the_same_study_name_is_refused_with_the_difference(reference: Path) -> None:
    before = (reference / "trials.csv").read_bytes()

    finished = bench("run", "--sweep", "smoke", "--results", str(reference.parent), "--set", "protocol.epochs=3")

    assert finished.returncode == 2
    assert "epochs" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert (reference / "trials.csv").read_bytes() == before


def test_a_larger_sweep_trains_what_is_new_and_keeps_every_row_and_the_controls_network(tmp_path: Path) -> None:
    def run(widths: list[float], seeds: list[int]) -> pd.DataFrame:
        grid = f'grid=[{{architecture="paper_small", width={widths}}}]'
        sweep = ["run", "--sweep", "smoke", "--set", grid, "--set", f"seeds={seeds}", "--executor", "inline"]
        finished = bench(*sweep, "--results", str(tmp_path))
        assert finished.returncode == 0, finished.stderr
        return pd.read_csv(tmp_path / "smoke-digits" / "trials.csv")

    first = run([0.125], [0])
    larger = run([0.125, 0.25], [0, 1])

    assert "plan_round" not in first.columns
    assert larger["plan_round"].value_counts().to_dict() == {1: len(first), 2: len(larger) - len(first)}
    pd.testing.assert_frame_equal(larger.loc[larger["plan_round"] == 1, first.columns], first, check_exact=True)
    assert len(larger) == (2 + 2) * 2 * 2
    shuffled = larger[larger["architecture"] == "shuffled_labels"]
    assert set(shuffled["width"]) == {0.125}
    assert set(larger["state"]) == {"DONE"}


@pytest.mark.parametrize("executor", ["pool", "inline"])
def test_a_diverging_trial_is_stored_as_failed_with_its_step_and_the_exit_code_says_so(
    tmp_path: Path, executor: str
) -> None:
    # Adam's first step moves every output bias by about this rate, up or down by the class's share of the batch: next
    # to float32's largest number, so that two of them lie infinitely far apart on any processor.
    diverging = ["--set", "protocol.optimizer=adam", "--set", "protocol.learning_rate=3.4e38", "--executor", executor]

    finished = bench("run", "--sweep", "smoke", "--results", str(tmp_path), *ONE_NETWORK, *diverging)

    assert "Traceback" not in finished.stderr
    assert (tmp_path / "smoke-digits" / "accuracy.png").exists()

    assert finished.returncode == 1
    trials = pd.read_csv(tmp_path / "smoke-digits" / "trials.csv")
    failed = trials[trials["state"] == "FAILED"]
    assert len(failed) == len(trials) == 2
    assert set(failed["failure"]) == {"diverged"}
    assert (failed["failed_step"] == 2).all()
    assert failed["error"].str.contains("the loss became").all()
    assert failed["val_accuracy"].isna().all()


def test_a_network_that_only_a_worker_finds_impossible_is_one_line_and_nothing_written(tmp_path: Path) -> None:
    too_narrow = ["--set", 'grid=[{architecture="paper_small", width=0.001}]', "--results", str(tmp_path)]

    for extra in ([], ["--dry-run"]):
        finished = bench("run", "--sweep", "smoke", *too_narrow, *extra)

        assert finished.returncode == 2
        *progress, line = finished.stderr.splitlines()
        assert line.startswith("error: paper_small: ")
        assert all(re.match(r"[\w ]+: \d+/\d+, ", stage) for stage in progress)
        assert not any(tmp_path.iterdir())


def test_a_dry_run_prints_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    finished = bench("run", "--sweep", "smoke", "--results", str(tmp_path), "--dry-run")

    assert finished.returncode == 0, finished.stderr
    assert "paper_small" in finished.stdout
    assert "10 trials" in finished.stdout
    assert not any(tmp_path.iterdir())


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("n_kills", "n_seeds"), [(2, 8), pytest.param(5, 20, marks=pytest.mark.slow)])
def test_kill_9_again_and_again_in_training_loses_nothing_and_the_rerun_gives_an_uninterrupted_runs_rows(
    tmp_path: Path, n_kills: int, n_seeds: int
) -> None:
    sweep = ["run", "--sweep", "smoke", "--set", f"seeds={list(range(n_seeds))}", "--set", "protocol.epochs=20"]
    sweep += [*ONE_NETWORK, "--workers", "2"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    draw = random.Random(2026)
    stored: set[str] = set()
    for _ in range(n_kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench", *sweep, "--results", str(killed)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # One more stored trial than before: this process is training now, and the next trials are under way.
        wait_until(partial(more_is_stored_or_it_ended, killed / "smoke-digits", len(stored), process))
        time.sleep(draw.uniform(0.0, 0.5))
        assert process.poll() is None, "the run ended before it was killed"
        process.kill()
        process.wait()
        now = stored_trials(killed / "smoke-digits")
        assert stored < now, "a stored trial was lost"
        stored = now

    for results in (killed, whole):
        finished = bench(*sweep, "--results", str(results))
        assert finished.returncode == 0, finished.stderr
    assert_same_numbers(whole / "smoke-digits", killed / "smoke-digits")


def more_is_stored_or_it_ended(folder: Path, n_before: int, process: subprocess.Popen[bytes]) -> bool:
    return len(stored_trials(folder)) > n_before or process.poll() is not None


def wait_until(holds: Callable[[], bool], timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def stored_trials(folder: Path) -> set[str]:
    if not (folder / "study.sqlite").exists():
        return set()
    with Store.open_existing(folder) as store:
        trials = store.trials()
    return set(trials.loc[trials["state"] == "DONE", "trial_key"])


def test_a_second_process_on_a_running_study_is_refused_and_trains_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "run", "--sweep", "smoke", "--results", str(tmp_path)]
    first = subprocess.Popen([*command, *LONGER], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "smoke-digits" / "study.sqlite").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        second = bench(*command[3:], *LONGER)
    finally:
        first.kill()
        first.wait()

    assert second.returncode == 2
    assert f"process {first.pid}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("after_s", [1.0, 2.5])
def test_ctrl_c_while_everything_still_starts_is_one_line(tmp_path: Path, after_s: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "run", "--sweep", "smoke", "--results", str(tmp_path), *LONGER],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)

    # Python itself ends by SIGINT where the interrupt fell into an ``eval``, as of an import; a shell calls both 130.
    assert process.returncode in (130, -signal.SIGINT)
    assert "interrupted" in stderr.splitlines()[-1]
    assert "Traceback" not in stderr


@pytest.mark.parametrize(("number", "to_whole_group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_an_interrupt_stops_cleanly_and_says_how_to_resume(
    tmp_path: Path, number: signal.Signals, to_whole_group: bool
) -> None:
    results, scratch = tmp_path / "results", tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "run", "--sweep", "smoke", "--results", str(results), *LONGER],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    deadline = time.monotonic() + 60
    while not (results / "smoke-digits" / "study.sqlite").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    (os.killpg if to_whole_group else os.kill)(process.pid, number)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "rerun the same command to resume" in stderr
    assert "Traceback" not in stderr
    assert [path.name for path in scratch.iterdir() if path.name.startswith("param-scaling-bench-")] == []
