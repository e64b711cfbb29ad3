"""Overhead of the harness without training: planning 100,000 trials; storing, reading and reporting 10,000."""

from pathlib import Path
from typing import Any

import pytest

from bench.records import Network
from bench.report import write_report
from bench.store import Store
from bench.sweeps import expand, load_sweep, requests
from tests.store.planted import ENVIRONMENT, Planted, cost, network

SWEEP = f"""
name = "many"
description = "20 widths, 1,000 seeds, 5 folds"
folds = 5
seeds = {list(range(1000))}
input_shape = [70, 70, 3]
[data]
source = "digits"
[[grid]]
architecture = "paper_small"
width = {[round(0.1 * step, 1) for step in range(1, 21)]}
"""

TEN_THOUSAND = Planted(
    {network(width=width / 10): cost(1000 * width**2) for width in range(1, 21)}, seeds=range(100), n_folds=5
)


def test_planning_100_000_trials_with_their_keys(benchmark: Any, tmp_path: Path) -> None:
    file = tmp_path / "many.toml"
    file.write_text(SWEEP)

    def plan() -> set[str]:
        sweep = load_sweep(str(file))
        networks = {
            request: Network(
                architecture=request.architecture,
                width=request.width,
                axes=request.axes,
                input_shape=request.input_shape,
                n_classes=request.n_classes,
            )
            for request in requests(sweep, n_classes=10)
        }
        split_hashes = dict.fromkeys(sweep.seeds, "0")
        trials = expand(sweep, networks, "digits", "0", split_hashes, backend="tensorflow", numerics="1")
        return {trial.key for trial in trials}

    keys = benchmark.pedantic(plan, rounds=3)

    assert len(keys) == 100_000


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TEN_THOUSAND.write(tmp_path_factory.mktemp("stored"))


def test_storing_10_000_results(benchmark: Any, tmp_path: Path) -> None:
    results = [TEN_THOUSAND.result(trial) for trial in TEN_THOUSAND.trials]

    def store_all() -> int:
        with Store.create_or_open(tmp_path / "study") as store:
            TEN_THOUSAND.register(store)
            for result in results:
                store.record(result, ENVIRONMENT)
            return store.counts().done

    n_done = benchmark.pedantic(store_all, rounds=1)

    assert n_done == 10_000


def test_reading_10_000_results(benchmark: Any, stored: Path) -> None:
    def read_all() -> tuple[int, int, int]:
        with Store.open_existing(stored) as store:
            trials = store.trials()
            return len(trials), len(store.epochs()), len(store.predictions(trials["trial_key"]))

    n_rows = benchmark.pedantic(read_all, rounds=3)

    n_held_out = 12 * len(TEN_THOUSAND.networks) * len(TEN_THOUSAND.seeds)
    assert n_rows == (10_000, 30_000, n_held_out)


def test_reporting_10_000_results(benchmark: Any, stored: Path, tmp_path: Path) -> None:
    def report() -> list[Path]:
        with Store.open_existing(stored) as store:
            return write_report(store, tmp_path)

    written = benchmark.pedantic(report, rounds=1)

    assert {"trials.csv", "summary.md", "accuracy.png"} <= {path.name for path in written}
