"""A result whose ``record`` returned survives ``kill -9`` of its process at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.store import Store
from tests.store.planted import Planted, cost, network

STUDY = Planted({network(width=1 + index / 10): cost(1000 + index) for index in range(40)}, seeds=range(5))

WRITER = """
import sys
from pathlib import Path
from bench.store import Store, study_lock
from tests.store.planted import ENVIRONMENT
from tests.store.test_kill import STUDY

folder = Path(sys.argv[1])
print("start", flush=True)
with study_lock(folder), Store.create_or_open(folder) as store:
    STUDY.register(store)
    print("planned", flush=True)
    for trial in store.pending(STUDY.trials):
        store.record(STUDY.result(trial), ENVIRONMENT)
        print(trial.key, flush=True)
"""


def run_writer(folder: Path, until: str, and_seconds: float) -> tuple[list[str], int]:
    """Start a writer, kill it this long after it says ``until``; the keys it printed as recorded, its exit code."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        while writer.stdout.readline() not in (f"{until}\n", ""):
            pass
        time.sleep(and_seconds)
        os.kill(writer.pid, signal.SIGKILL)
        printed = writer.stdout.read()
    return [line for line in printed.splitlines() if len(line) == 16], writer.returncode


def test_no_result_is_lost_when_the_writer_is_killed_at_random_moments(tmp_path: Path) -> None:
    moments = random.Random(20)
    recorded: set[str] = set()
    n_killed = n_with_results = 0
    for attempt in range(12):
        folder = tmp_path / f"study-{attempt // 4}"  # a study is resumed three times
        recorded = set() if attempt % 4 == 0 else recorded
        keys, code = run_writer(folder, moments.choice(["start", "planned"]), moments.uniform(0.0, 0.1))
        recorded |= set(keys)
        n_killed += code == -signal.SIGKILL
        n_with_results += bool(keys)
        with Store.create_or_open(folder) as store:
            trials = store.trials()
            stored = set(trials.loc[trials["state"] == "DONE", "trial_key"])
            assert recorded <= stored
            assert len(stored - recorded) <= 1, "at most the result whose record() was about to return"
            assert store.epochs().groupby("trial_key").size().eq(3).all()
            assert len(store.epochs()) == 3 * len(stored)
            assert not stored or len(store.predictions(stored)) == 6 * len(stored)
            recorded = stored
    assert n_killed >= 10
    assert n_with_results >= 1, "the moments must hit the writing, too"


@pytest.mark.parametrize("size", [0, 100])
def test_a_store_whose_creation_was_killed_is_created_again(tmp_path: Path, size: int) -> None:
    (tmp_path / "study.sqlite").write_bytes(b"")
    (tmp_path / "study.sqlite-journal").write_bytes(b"\0" * size)
    with Store.create_or_open(tmp_path) as store:
        STUDY.register(store)
        assert store.counts().pending == len(STUDY.trials)
