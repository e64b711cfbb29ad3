"""Time and memory of commands on large plans and stores: ``python -m benchmarks.scale``.

Stores of made-up results (two classes, 100 images, five folds, ten epochs per trial) are written, and the commands
``status`` and ``report`` run on each in a process of their own; so does ``run --dry-run`` on sweeps of as many trials.
Nothing is trained. Prints one row per command and size: wall seconds, seconds of processors, and peak memory of the
command's process. The processor time of the dry run's worker processes, which count parameters and time two networks,
is not counted.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.data.folds import assign_folds
from bench.data.split import Split
from bench.records import (
    Environment,
    EpochMetrics,
    Network,
    NetworkCost,
    NetworkTrial,
    Protocol,
    Study,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.store import Store, StudyPlan
from bench.store.result_rows import insert_result

N_IMAGES, N_FOLDS, N_EPOCHS = 100, 5, 10
CLASSES = ("a", "b")
SMALLEST, DECADES = 1_000, 3.0
ENVIRONMENT = Environment({"cpu": "none"})


def plan_of(n_networks: int, n_seeds: int) -> StudyPlan:
    """A plan of that many networks, each trained on every fold with every seed."""
    labels = np.arange(N_IMAGES) % 2
    splits = {
        seed: Split(labels, np.arange(N_IMAGES), assign_folds(labels, N_FOLDS, seed, None, CLASSES))
        for seed in range(n_seeds)
    }
    places = np.linspace(0, 1, n_networks) if n_networks > 1 else np.zeros(1)
    networks = {
        Network(architecture="paper_small", width=1.0 + number, axes=(), input_shape=(32, 32, 1), n_classes=2): size
        for number, size in enumerate(np.round(SMALLEST * 10 ** (DECADES * places)).astype(int).tolist())
    }
    trials = [
        NetworkTrial(
            network=network,
            protocol=Protocol(epochs=N_EPOCHS),
            dataset="made-up",
            data_hash="0" * 16,
            split_hash=split.hash,
            n_folds=N_FOLDS,
            fold=fold,
            seed=seed,
        )
        for network in networks
        for seed, split in splits.items()
        for fold in range(N_FOLDS)
    ]
    study = Study(
        name="scale",
        sweep_name="scale",
        sweep={"name": "scale", "seeds": list(splits)},
        dataset="made-up",
        data_hash="0" * 16,
        class_names=CLASSES,
        class_counts=(N_IMAGES // 2, N_IMAGES // 2),
        has_patients=False,
        patient_wise=False,
        best_accuracy=None,
    )
    costs = {network.key: NetworkCost(size, size, 30 * size, 400) for network, size in networks.items()}
    files = tuple(f"{row:03d}.png" for row in range(N_IMAGES))
    return StudyPlan(study=study, trials=trials, costs=costs, files=files, patients=None, splits=splits)


def write(folder: Path, plan: StudyPlan) -> float:
    """Write a store with a result for every trial; seconds of the registration."""
    draw = np.random.default_rng(0)
    started = time.perf_counter()
    with Store.create_or_open(folder) as store:
        store.register(plan)
        registered_s = time.perf_counter() - started
        with store._database.writing() as connection:  # in one transaction, since only reading is measured
            for trial in plan.trials:
                split = plan.splits[trial.seed]
                rows = np.flatnonzero(split.assignment == trial.fold)
                size = plan.costs[trial.network.key].n_params if isinstance(trial, NetworkTrial) else 0
                hits = draw.random(len(rows)) < 0.7 + 0.05 * np.log10(size / SMALLEST)
                right = np.eye(2, dtype=np.float32)[split.labels[rows]]
                probabilities = np.where(hits[:, None], 0.25 + 0.5 * right, 0.75 - 0.5 * right).astype(np.float32)
                accuracy = float(hits.mean())
                epochs = tuple(EpochMetrics(n, 1 / n, accuracy, 1 / n, accuracy) for n in range(1, N_EPOCHS + 1))
                metrics = TrialMetrics(epochs, accuracy, 0.3, accuracy, 0.4, 1.0, rows, probabilities)
                insert_result(connection, TrialResult(trial.key, TrialState.DONE, 1, metrics=metrics), ENVIRONMENT)
    return registered_s


def measured(*command: str) -> str:
    """Wall seconds, processor seconds and peak memory of ``python -m bench``, as cells of a table."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bench", *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"bench {' '.join(command)} ended with {process.returncode}")
    wall_s = time.perf_counter() - started
    return f"{wall_s:.1f} | {used.ru_utime + used.ru_stime:.1f} | {used.ru_maxrss / 2**20:.2f}"


def sweep_file(folder: Path, n_trials: int) -> Path:
    """A sweep of ten networks with as many seeds as ``n_trials`` need."""
    path = folder / f"sweep-{n_trials}.toml"
    seeds = ", ".join(map(str, range(n_trials // (10 * N_FOLDS))))
    widths = ", ".join(str(0.1 * number) for number in range(1, 11))
    path.write_text(
        f'name = "scale-{n_trials}"\ndescription = "made up"\nfolds = {N_FOLDS}\nseeds = [{seeds}]\ncontrols = []\n'
        f'input_shape = [32, 32, 1]\n[data]\nsource = "digits"\nimages = {N_IMAGES}\n[protocol]\nepochs = {N_EPOCHS}\n'
        f'[[grid]]\narchitecture = "paper_small"\nwidth = [{widths}]\n'
    )
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, nargs="*", default=[10, 60, 200, 1_000])
    parser.add_argument("--trials", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--plans", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    asked = parser.parse_args(arguments)
    print("| command | size | wall s | processor s | peak GiB |\n|---|---|---|---|---|")
    sizes = [(f"{n:,} networks, {n * N_FOLDS:,} trials", n, 1) for n in asked.networks]
    sizes += [(f"{n:,} trials of one network", 1, n // N_FOLDS) for n in asked.trials]
    for label, n_networks, n_seeds in sizes:
        with tempfile.TemporaryDirectory() as folder:
            registered_s = write(Path(folder), plan_of(n_networks, n_seeds))
            print(f"| registration | {label} | {registered_s:.1f} | | |", flush=True)
            for name in ("status", "report"):
                print(f"| {name} | {label} | {measured(name, folder)} |", flush=True)
    for n_trials in asked.plans:
        with tempfile.TemporaryDirectory() as folder:
            command = ["run", "--sweep", str(sweep_file(Path(folder), n_trials)), "--dry-run", "--results", folder]
            print(f"| run --dry-run | {n_trials:,} trials of ten networks | {measured(*command)} |", flush=True)


if __name__ == "__main__":
    main()
