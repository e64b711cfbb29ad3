"""Exports a network of a stored study as a model that can be used: trained on all images, calibrated, in a folder."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path

import numpy as np

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.ensembles import expected_accuracy
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import Interval
from bench.analyse.export_choice import ExportChoice, choose
from bench.analyse.predictions.calibration import Calibration, calibrate
from bench.analyse.predictions.out_of_fold import OutOfFold, out_of_fold
from bench.audit.near_duplicates.prints import described
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS
from bench.audit.pictures import Measurements, measure
from bench.data import Dataset, cached_images
from bench.errors import ModelFolderError, StudyError
from bench.execute import Executor, Task
from bench.files import whole_file, writable
from bench.pages.model_card import CardData, card_metadata, caveats, model_card
from bench.pages.number_text import and_list
from bench.predict.model_folder import MODEL_JSON, PRINTS_FILE, ModelFolder
from bench.predict.portable import PORTABLE_FILE, write_portable
from bench.predict.training_prints import TrainingPrints
from bench.predict.unlike import MEASURES, TrainingRange
from bench.progress import Progress
from bench.records import NetworkTrial, Trial
from bench.render.markdown import markdown
from bench.seeds import generator
from bench.store import Store
from bench.study.study_data import StudyData
from bench.study_images import study_images
from bench.train.tensorflow_backend.exported_graph import write_graphs
from bench.whole_training_pass import train_missing, whole_trial

TRAINING_FOLDER = "training"
CARD_FILE = "README.md"
_CONVERTERS = ("tf2onnx", "onnx")
"""What Keras writes ONNX files with."""


@dataclass(frozen=True)
class Exported:
    """A finished export: its folder, the network's label and seeds, its calibration, and what speaks against it."""

    folder: Path
    label: str
    seeds: tuple[int, ...]
    calibration: Calibration
    caveats: tuple[str, ...]


def export_study(
    study_folder: Path,
    folder: Path,
    network: str | None,
    n_seeds: int,
    data: str | None,
    make_executor: Callable[[], Executor],
    cache_dir: Path,
    progress: Progress,
    *,
    anyway: bool = False,
) -> Exported:
    """Export a network of a stored study. Rerun the same call to resume a stopped one.

    Args:
        study_folder: the study's folder; nothing is written to it.
        folder: the exported folder; created if missing.
        network: its name in the study; None exports the network that the study takes.
        n_seeds: trainings; two or more form an ensemble whose probabilities are averaged.
        data: where the images are; None opens the built-in data set that the study names.
        make_executor: makes the executor that trains and writes the graphs.
        cache_dir: where decoded images and measurements are kept.
        progress: reports every stage.
        anyway: export although the study cannot answer, or a control is more accurate.

    Raises:
        StudyError: there is no such study or network, it is not advised to use it, or its training failed.
        DataError: the images cannot be read.
        ModelFolderError: a converter is missing, the folder holds another model, or the graphs cannot be written.
    """
    _require_converters()
    with Store.open_existing(study_folder) as store:
        stored = StudyData.read(store)
        analysis = analyse_study(stored)
        chosen = choose(analysis, network)
        against = tuple(caveats(chosen, stored.study))
        if against and not anyway:
            raise StudyError(
                "an export is for use, so the study must answer and no control may be more accurate; "
                f"{' '.join(against).rstrip('.')}; give --anyway to export {chosen.label} nevertheless"
            )
        records, splits = store.trial_records(), store.splits()
        found = attempt(partial(out_of_fold, stored, chosen.entry, n_seeds))
        if isinstance(found, NotComputed):
            raise StudyError(f"an export is calibrated on held-out folds; {found.reason}; rerun the sweep to finish it")
        files = frozenset(stored.read_folds()["file"])
        accuracy = _expected(analysis, stored, chosen, found)
    for line in against:
        progress.say(line)
    dataset = study_images(stored.study, files, data, "an export")
    first = _first_trial(stored, chosen, records)
    seeds = tuple(islice(dict.fromkeys([*splits, *islice(count(max(splits) + 1), n_seeds)]), n_seeds))
    by_seed = {seed: splits.get(seed, next(iter(splits.values()))) for seed in seeds}
    trials = [whole_trial(first, seed, by_seed[seed]) for seed in seeds]
    keys = tuple(trial.key for trial in trials)
    _refuse_another_model(folder, stored.study.name, chosen.label)
    calibration = calibrate(found, generator(0, 0, "conformal"))
    measurements = _measured(dataset, cache_dir, progress)
    images = _decoded(dataset, first, cache_dir, progress)
    model = ModelFolder(
        classes=stored.study.class_names,
        study=stored.study.name,
        network=chosen.label,
        input_shape=first.network.input_shape,
        trials=keys,
        seeds=seeds,
        temperature=calibration.temperature,
        level=calibration.level,
        threshold=calibration.threshold,
        training=_training_range(measurements),
    )
    with writable(folder), make_executor() as executor:
        trainings = train_missing(trials, images, by_seed, folder / TRAINING_FOLDER, executor, progress)
        graph = Task(write_graphs, (first.network, [each.weights for each in trainings], model.temperature, folder))
        with progress.stage("writing Keras, ONNX and LiteRT files", 1) as stage:
            (outcome,) = executor.run([graph])
            if outcome.value is None:
                reason = outcome.death.reason if outcome.death is not None else str(outcome.error)
                raise ModelFolderError(
                    f"a network must convert to Keras, ONNX and LiteRT files; {chosen.label} did not "
                    f"({' '.join(reason.split())[:300]}); name another network with --network"
                )
            stage.advance()
        card = CardData(
            study=stored.study,
            chosen=chosen,
            caveats=against,
            accuracy=accuracy,
            calibration=calibration,
            input_shape=first.input_shape,
            protocol=trials[0].protocol,
            seeds=seeds,
            n_folds=analysis.n_folds,
            n_study_seeds=analysis.n_seeds,
            train_accuracies=[each.train_accuracy for each in trainings],
            audit=stored.audit,
        )
        texts = {CARD_FILE: _with_metadata(card), **model.files()}
        _training_prints(dataset, measurements).save(folder / PRINTS_FILE)
        write_portable(folder / PORTABLE_FILE)
        for name, text in texts.items():
            with whole_file(folder / name) as file:
                file.write(text.encode())
    return Exported(folder, chosen.label, seeds, calibration, against)


def _expected(analysis: Analysis, data: StudyData, chosen: ExportChoice, found: OutOfFold) -> Interval | NotComputed:
    """The accuracy of the network as the study has it; of an ensemble, from its out-of-fold probabilities."""
    if found.n_members > 1:
        estimate = expected_accuracy(data, found)
        return estimate if isinstance(estimate, NotComputed) else Interval(estimate.value, estimate.low, estimate.high)
    (row,) = analysis.sizes[analysis.sizes["entry"] == chosen.entry].to_dict("records")
    if row["why_no_interval"] is not None:
        return NotComputed(str(row["why_no_interval"]))
    return Interval(row["accuracy"], row["accuracy_low"], row["accuracy_high"])


def _with_metadata(card: CardData) -> str:
    """The card's text. Its metadata stand in front, as JSON values, which are YAML too."""
    head = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in card_metadata(card).items())
    return f"---\n{head}---\n\n{markdown(model_card(card))}"


def _require_converters() -> None:
    missing = [package for package in _CONVERTERS if importlib.util.find_spec(package) is None]
    if missing:
        raise ModelFolderError(
            f"an export needs {and_list(_CONVERTERS)}; {and_list(missing)} is not installed; run python -m pip install "
            "'param-scaling-bench[export]'"
        )


def _first_trial(data: StudyData, chosen: ExportChoice, records: Mapping[str, Trial]) -> NetworkTrial:
    keys = data.done.loc[data.done["entry"] == chosen.entry, "trial_key"]
    trial = records[keys.iloc[0]]
    if not isinstance(trial, NetworkTrial) or trial.backend != "tensorflow":
        raise StudyError(
            f"an export needs a network that the backend tensorflow trains; {chosen.label} is trained by "
            f"{getattr(trial, 'backend', 'none')}; name another network with --network"
        )
    if trial.protocol.label_noise:
        raise StudyError(
            f"an exported network is trained on the true labels; {chosen.label} is trained with label_noise "
            f"{trial.protocol.label_noise:g}; name another network with --network"
        )
    return trial


def _refuse_another_model(folder: Path, study: str, label: str) -> None:
    if (folder / MODEL_JSON).is_file():
        model = ModelFolder.read(folder)
        if (model.study, model.network) != (study, label):
            raise ModelFolderError(
                f"an exported folder keeps its network; {folder} has {model.network} of {model.study}, received "
                f"{label} of {study}; give another --out"
            )


def _measured(dataset: Dataset, cache_dir: Path, progress: Progress) -> Measurements:
    with progress.stage("looking at images", len(dataset)) as stage:
        return measure(dataset, cache_dir, progress.say, stage.advance)


def _decoded(dataset: Dataset, trial: NetworkTrial, cache_dir: Path, progress: Progress) -> Path:
    title = f"decoding to {'x'.join(map(str, trial.input_shape))}"
    with progress.stage(title, len(dataset)) as stage:
        return cached_images(dataset, trial.input_shape, cache_dir, lambda _n_decoded: stage.advance())


def _training_range(measurements: Measurements) -> TrainingRange:
    pictures = measurements.pictures
    values = {name: [getattr(each, name) for each in pictures] for name in MEASURES if name != "aspect"}
    values["aspect"] = [each.width / each.height for each in pictures]
    return TrainingRange(
        modes=tuple(sorted({each.mode for each in pictures})),
        limits={name: (float(min(values[name])), float(max(values[name]))) for name in MEASURES},
    )


def _training_prints(dataset: Dataset, measurements: Measurements) -> TrainingPrints:
    settings, pictures = SEARCH_SETTINGS, measurements.pictures
    searched = np.array(
        [
            row
            for row, each in enumerate(pictures)
            if min(each.width, each.height) >= settings.shortest_side and each.darkest < each.brightest
        ],
        dtype=np.int64,
    )
    filters, descriptors = None, np.empty((0, 0), np.float32)
    if len(searched):
        filters, descriptors = described(
            lambda at: measurements.read_thumbnails(searched[at]),
            len(searched),
            settings,
            generator(0, 0, "audit_search"),
        )
    return TrainingPrints(
        files=np.array(dataset.files),
        pixel_hashes=np.array([each.pixel_hash for each in pictures]),
        searched=searched,
        descriptors=descriptors,
        filters=filters,
        least_cosine=settings.least_peculiar_agreement,
        shortest_side=settings.shortest_side,
    )
