"""A study on real images of digits with planted results: what an export reads of a study, made without training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.audit import Audit, Finding, Severity
from bench.data import Dataset, Split, assign_folds, open_dataset
from bench.records import (
    EpochMetrics,
    Network,
    NetworkCost,
    NetworkTrial,
    Protocol,
    Study,
    Trial,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.store import Store, StudyPlan
from tests.store.planted import ENVIRONMENT

N_IMAGES = 80
N_FOLDS = 2
SHAPE = (12, 12, 1)
SMALL, LARGE = "paper_small ×0.125", "paper_small ×0.25"


def images() -> Dataset:
    return open_dataset("digits", images=N_IMAGES)


def network(width: float) -> Network:
    axes = (("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", "softmax"))
    return Network(architecture="paper_small", width=width, axes=axes, input_shape=SHAPE, n_classes=10)


def write_study(
    folder: Path,
    *,
    seeds: Sequence[int] = (0, 1),
    shared_folds: bool = True,
    accuracies: tuple[float, float] = (0.8, 0.82),
    protocol: Protocol | None = None,
    severe: Finding | None = None,
) -> Path:
    """A study of two widths whose held-out probabilities are drawn, right as often as ``accuracies`` say."""
    dataset = images()
    protocol = protocol or Protocol(epochs=2, batch_size=16, learning_rate=0.01)
    splits = {
        seed: Split(
            dataset.labels, np.arange(N_IMAGES), assign_folds(dataset.labels, N_FOLDS, 0 if shared_folds else seed)
        )
        for seed in seeds
    }
    networks = {network(0.125): 1000, network(0.25): 2000}
    trials = [
        NetworkTrial(
            network=each,
            protocol=protocol,
            dataset=dataset.name,
            data_hash=dataset.data_hash,
            split_hash=splits[seed].hash,
            n_folds=N_FOLDS,
            fold=fold,
            seed=seed,
        )
        for each in networks
        for seed in seeds
        for fold in range(N_FOLDS)
    ]
    study = Study(
        name="widths-digits",
        sweep_name="widths",
        sweep={"name": "widths", "seeds": list(seeds), "protocol": {"epochs": 2}},
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        class_names=dataset.class_names,
        class_counts=dataset.class_counts,
        has_patients=False,
        patient_wise=False,
    )
    costs = {each.key: NetworkCost(n, n, 28 * n, 4 * n) for each, n in networks.items()}
    plan = StudyPlan(study, trials, costs, dataset.files, None, splits)
    with Store.create_or_open(folder) as store:
        store.register(plan)
        for trial in trials:
            accuracy = accuracies[list(networks).index(trial.network)]
            store.record(_result(trial, splits[trial.seed], accuracy), ENVIRONMENT)
        if severe is not None:
            store.record_audit(_audit(dataset, severe))
    return folder


def severe_finding() -> Finding:
    return Finding(
        kind="metadata_tells_classes",
        severity=Severity.SEVERE,
        what="sizes of files tell the classes apart",
        means="No accuracy means anything.",
        to_do="Collect other images.",
        files=(("digits/0001", "digits/0002"),),
    )


def _result(trial: Trial, split: Split, accuracy: float) -> TrialResult:
    draw = np.random.default_rng([trial.seed, trial.fold, round(1000 * accuracy)])
    rows = np.flatnonzero(split.assignment == trial.fold)
    labels = split.labels[rows]
    is_right = draw.random(len(rows)) < accuracy
    favoured = np.where(is_right, labels, (labels + draw.integers(1, 10, len(rows))) % 10)
    logits = draw.normal(0, 1, (len(rows), 10)) + 4 * np.eye(10)[favoured]
    probabilities = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    val_accuracy = float(np.mean(probabilities.argmax(axis=1) == labels))
    epochs = (EpochMetrics(1, 0.5, 0.9, 0.6, val_accuracy), EpochMetrics(2, 0.4, 0.95, 0.5, val_accuracy))
    metrics = TrialMetrics(epochs, 0.95, 0.2, val_accuracy, 0.5, 1.0, rows, probabilities)
    return TrialResult(trial.key, TrialState.DONE, 1, metrics=metrics)


def _audit(dataset: Dataset, finding: Finding) -> Audit:
    return Audit(
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        n_images=len(dataset),
        n_groups=len(dataset),
        n_patients=None,
        n_searched=0,
        classes=(),
        distributions=(),
        compositions=(),
        separations=(),
        near_duplicates=(),
        left_out=(),
        findings=(finding,),
    )


def picture_files(folder: Path, rows: Sequence[int]) -> list[Path]:
    """Images of the study as 8-bit PNG files."""
    from PIL import Image

    paths = []
    for row in rows:
        pixels: NDArray[np.uint8] = np.round(images().read(row)[..., 0] * 255).astype(np.uint8)
        paths.append(folder / f"{row}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths
