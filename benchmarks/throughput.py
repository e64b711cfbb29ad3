"""Wall time of a small sweep: the harness against the plain loop, start-up included.

    python -m benchmarks.throughput [--seeds 8] [--epochs 25] [--rounds 1] [--programs plain harness "bare steps"]

Trains `paper_small` at 70x70x3 on the phantom data set: 5 folds x --seeds trials. All programs use the same model,
number of folds, epochs and batch size. Five programs take turns, each in fresh processes. Each round prints their wall
seconds:

plain           the usual loop: for each trial build, compile, model.fit, evaluate; TensorFlow's defaults
plain+onednn    the same with oneDNN switched on, as the harness does (a default on some CPUs only)
harness         this package's plan, training and store, with one worker per core
harness, dask   the same on a Dask cluster of one worker per core
bare steps      only the compiled training and test steps of the harness, as many as the sweep has, in as many
                processes: no reset, no seeds, no store; timed from the first step to the last, without start-up
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDS = 5
BATCH_SIZE = 32
N_IMAGES = 98


def plain(seeds: int, epochs: int) -> None:
    import keras
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    import architectures
    from bench.data import cached_images, open_dataset

    dataset = open_dataset("phantom")
    with tempfile.TemporaryDirectory() as folder:
        images = np.load(cached_images(dataset, (70, 70, 3), Path(folder)))
    labels = keras.utils.to_categorical(dataset.labels)
    for seed in range(seeds):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(images, dataset.labels):
            keras.utils.set_random_seed(seed)
            model = architectures.get("paper_small").build((70, 70, 3), 2)
            model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
            model.fit(
                images[train],
                labels[train],
                batch_size=BATCH_SIZE,
                epochs=epochs,
                validation_data=(images[test], labels[test]),
                verbose=0,
            )
            model.evaluate(images[test], labels[test], verbose=0)


SWEEP = """
name = "throughput"
description = "paper_small at 70x70x3 on the phantom set"
folds = {folds}
seeds = {seeds}
patient_wise = false
bind_duplicates = false
controls = []
input_shape = [70, 70, 3]
[data]
source = "phantom"
[protocol]
optimizer = "adam"
learning_rate = 0.001
batch_size = {batch_size}
epochs = {epochs}
[[grid]]
architecture = "paper_small"
"""


def harness(seeds: int, epochs: int, executor_name: str = "pool") -> None:
    from bench.environment import usable_cores
    from bench.planning import decode, plan
    from bench.progress import Progress
    from bench.store import Store
    from bench.sweeps import load_sweep
    from bench.training_pass import train, training_executor

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        file = folder / "throughput.toml"
        file.write_text(SWEEP.format(folds=FOLDS, seeds=list(range(seeds)), batch_size=BATCH_SIZE, epochs=epochs))
        progress = Progress(sys.stderr)
        with (
            training_executor(executor_name, usable_cores()) as executor,
            Store.create_or_open(folder / "study") as store,
        ):
            decided = plan(load_sweep(str(file)), None, folder, executor, Path(folder), progress)
            images = decode(decided, folder / "cache", progress)
            store.register(decided.registered)
            started = time.perf_counter()
            train(decided, images, store, executor, progress)
            if executor_name == "pool":
                print(f"training stage {time.perf_counter() - started:.1f}")
            counts = store.counts()
        assert (counts.done, counts.pending) == (FOLDS * seeds, 0), counts


def bare_steps(n_trials: int, epochs: int) -> float:
    """Seconds that the compiled steps of this number of trials take in this process."""
    import numpy as np
    import tensorflow as tf

    from bench.records import Network, Protocol
    from bench.train.tensorflow_backend.engine import compiled_engine
    from bench.train.tensorflow_backend.resident import one_hot

    network = Network(
        architecture="paper_small",
        width=1.0,
        axes=(("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", "softmax")),
        input_shape=(70, 70, 3),
        n_classes=2,
    )
    engine = compiled_engine(network, Protocol(batch_size=BATCH_SIZE, epochs=epochs))
    engine.reset(0, lambda layer: layer)
    images = tf.constant(np.random.default_rng(0).random((N_IMAGES, 70, 70, 3), dtype=np.float32))
    labels = one_hot(np.arange(N_IMAGES) % 2, 2)
    n_test = N_IMAGES // FOLDS
    train_rows = np.arange(N_IMAGES - n_test, dtype=np.int32)
    test_rows = np.arange(n_test, dtype=np.int32)
    engine.train_on_rows(images, labels, train_rows[:BATCH_SIZE])
    started = time.perf_counter()
    for _ in range(n_trials * epochs):
        for start in range(0, len(train_rows), BATCH_SIZE):
            float(engine.train_on_rows(images, labels, train_rows[start : start + BATCH_SIZE])["loss"])
        float(engine.test_on_rows(images, labels, test_rows)["loss"])
    return time.perf_counter() - started


def bare(seeds: int, epochs: int) -> None:
    from bench.environment import usable_cores
    from bench.execute import Task
    from bench.training_pass import training_executor

    n_workers = usable_cores()
    with training_executor("pool", n_workers) as pool:
        share = FOLDS * seeds // n_workers
        tasks = [Task(bare_steps, (share, epochs), affinity=str(worker)) for worker in range(n_workers)]
        print(f"bare steps {max(outcome.value for outcome in pool.run(tasks)):.1f}")


def harness_on_dask(seeds: int, epochs: int) -> None:
    harness(seeds, epochs, "dask")


PROGRAMS = {
    "plain": plain,
    "plain+onednn": plain,
    "harness": harness,
    "harness, dask": harness_on_dask,
    "bare steps": bare,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=list(PROGRAMS), help="programs to run")
    parser.add_argument("--only", choices=PROGRAMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        PROGRAMS[arguments.only](arguments.seeds, arguments.epochs)
        return
    wall_s: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    inner_s: dict[str, list[float]] = {"training stage": [], "bare steps": []}
    for round_ in range(arguments.rounds):
        for name in arguments.programs:
            environ = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
            environ.pop("TF_ENABLE_ONEDNN_OPTS", None)
            if name == "plain+onednn":
                environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
            command = [sys.executable, "-m", "benchmarks.throughput", "--only", name]
            command += ["--seeds", str(arguments.seeds), "--epochs", str(arguments.epochs)]
            started = time.perf_counter()
            finished = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
            wall_s[name].append(time.perf_counter() - started)
            for line in finished.stdout.splitlines():
                label, _, seconds = line.rpartition(" ")
                inner_s[label].append(float(seconds))
            print(f"round {round_ + 1}: {name:14} {wall_s[name][-1]:7.1f} s", flush=True)
    n_trials = FOLDS * arguments.seeds
    median = {name: statistics.median(values) for name, values in wall_s.items() if values}
    print(f"{n_trials} trials of {arguments.epochs} epochs, medians of {arguments.rounds} round(s)")
    for name in ("plain", "plain+onednn"):
        if {name, "harness"} <= median.keys():
            print(f"throughput of the harness over {name}: {median[name] / median['harness']:.2f} times")
    if {"harness", "harness, dask"} <= median.keys():
        ratio = median["harness"] / median["harness, dask"]
        print(f"throughput of the harness on Dask over that of its pool: {ratio:.2f} times")
    if inner_s["training stage"] and inner_s["bare steps"]:
        overhead = statistics.median(inner_s["training stage"]) / statistics.median(inner_s["bare steps"]) - 1
        print(f"training stage over the bare compiled steps: {100 * overhead:+.1f} %")


if __name__ == "__main__":
    main()
