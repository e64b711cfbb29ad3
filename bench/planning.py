"""Plans a study: everything that it will do is decided and checked before anything is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count, islice
from pathlib import Path

import numpy as np

from bench.analyse.answer.family_answer import MARGIN, margin_of
from bench.audit.inspection import MOST_SKIPPED, Inspection, inspect
from bench.data import Dataset, Split, assign_folds, cached_images, open_dataset
from bench.design.frozen import freeze
from bench.design.trial_cost import FITTED_FLOPS, arithmetic_flops, train_steps, trial_flops
from bench.environment import memory_bytes
from bench.errors import SweepError, WorkerError
from bench.execute import Executor, Task
from bench.progress import Progress
from bench.records import (
    ControlTrial,
    InputShape,
    Look,
    Network,
    NetworkCost,
    NetworkTrial,
    Protocol,
    Study,
    Trial,
    pair_key,
)
from bench.store import STORE_NAME, Store, StudyPlan, check_folder, check_name
from bench.sweeps import NetworkRequest, Sweep, control_trials, expand, requests
from bench.train.backend_registry import BACKENDS, DEFAULT_BACKEND
from bench.train.examples import Examples, choose_examples
from bench.train.tensorflow_backend.describe_network import describe


@dataclass(frozen=True)
class Plan:
    """Everything that a study will do, decided before anything is written.

    Attributes:
        sweep: the sweep.
        study: the study's record.
        inspection: the measurements of the images.
        splits: by seed, labels, groups and folds of every image.
        costs: by network key, the cost of every network that is trained.
        trials: the trials of the sweep's networks, those of its controls, then those that looks of its design added.
    """

    sweep: Sweep
    study: Study
    inspection: Inspection
    splits: Mapping[int, Split]
    costs: Mapping[str, NetworkCost]
    trials: tuple[Trial, ...]

    @property
    def dataset(self) -> Dataset:
        """The images, without unusable ones."""
        return self.inspection.dataset

    @property
    def margin(self) -> float:
        """The smallest gain in accuracy that counts, as the study was to be judged before its first trial."""
        return margin_of(self.study)

    @property
    def registered(self) -> StudyPlan:
        """The part of the plan that a store keeps."""
        return StudyPlan(
            study=self.study,
            trials=self.trials,
            costs=self.costs,
            files=self.dataset.files,
            patients=self.dataset.patients,
            splits=self.splits,
        )

    @property
    def network_trials(self) -> tuple[NetworkTrial, ...]:
        """The trials that train a network, including those of controls."""
        return tuple(trial for trial in self.trials if isinstance(trial, NetworkTrial))

    def examples(self, trial: NetworkTrial) -> Examples:
        """The examples on which a trial trains.

        Raises:
            DataError: see ``choose_examples``.
        """
        return choose_examples(trial.protocol, self.splits[trial.seed], trial.seed, trial.fold)

    def largest_batch(self, protocol: Protocol) -> int:
        """The most examples in a batch of a protocol: no batch holds more than all images."""
        return min(protocol.batch_size, len(self.dataset.labels))

    def engines(self) -> list[tuple[Network, Protocol]]:
        """Every network under every protocol with which it is trained, including those of controls."""
        return list(dict.fromkeys((trial.network, trial.protocol) for trial in self.network_trials))

    def train_steps(self, trial: Trial) -> int:
        """Optimizer steps of one trial over all its epochs; 0 for a control that trains no network."""
        if not isinstance(trial, NetworkTrial):
            return 0
        return train_steps(trial, self.splits[trial.seed])

    def weight(self, trial: Trial) -> float:
        """A trial's expected share of the work, in FLOPs: see ``trial_cost``."""
        if not isinstance(trial, NetworkTrial):
            return FITTED_FLOPS
        return trial_flops(trial, self.splits[trial.seed], self.costs[trial.network.key].flops_per_example)

    def arithmetic(self, trial: NetworkTrial) -> float:
        """FLOPs of a trial: see ``arithmetic_flops``."""
        return arithmetic_flops(trial, self.splits[trial.seed], self.costs[trial.network.key].flops_per_example)

    def with_look(self, look: Look) -> "Plan":
        """The plan with one more look of its design, and the trials that the look adds."""
        study = self.study.model_copy(update={"looks": (*self.study.looks, look)})
        first = [trial for trial in self.network_trials if trial.control is None and trial.seed == self.sweep.seeds[0]]
        by_pair: dict[tuple[str, str], list[NetworkTrial]] = {}
        for trial in first:
            by_pair.setdefault(pair_key(trial.network, trial.protocol), []).append(trial)
        seeds = {each: _seeds(self.sweep, each.n_seeds) for each in look.repeats}
        new_seeds = sorted({seed for several in seeds.values() for seed in several} - self.splits.keys())
        splits = {**self.splits, **_splits(self.sweep, self.inspection, new_seeds)}
        repeated = [
            trial.model_copy(update={"seed": seed, "split_hash": splits[seed].hash})
            for each in look.repeats
            for seed in seeds[each]
            for trial in by_pair.get((each.network, each.protocol), ())
        ]
        known = {trial.key for trial in self.trials}
        added = tuple(trial for trial in repeated if trial.key not in known)
        return replace(self, study=study, splits=splits, trials=(*self.trials, *added))


def plan(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    executor: Executor,
    cache_dir: Path,
    progress: Progress,
    *,
    skip_bad: bool = False,
    margin: float | None = None,
    today: date | None = None,
) -> Plan:
    """Decide every trial of a sweep. Writes only the cache. Arguments are those of ``run_sweep``.

    A study that is not stored yet begins ``today``.

    Raises:
        DataError: the data set cannot be used or divided into folds.
        StudyError: the study's folder cannot be used.
        architectures.errors.ArchitectureError: a network cannot be built as asked.
    """
    opened = open_dataset(sweep.data.source, images=sweep.data.images, skip_bad=skip_bad)
    name = study_name or f"{sweep.name}-{opened.name}"
    check_name(name)
    check_folder(results / name)
    inspection = inspect(opened, cache_dir, progress, MOST_SKIPPED if skip_bad else 0.0)
    dataset = inspection.dataset
    splits = _splits(sweep, inspection, sweep.seeds)
    asked = requests(sweep, len(dataset.class_names))
    described = _describe_all(asked, executor, progress)
    backend = BACKENDS.get(DEFAULT_BACKEND)()
    networks = expand(
        sweep,
        {request: network for request, (network, _) in described.items()},
        dataset.name,
        dataset.data_hash,
        {seed: split.hash for seed, split in splits.items()},
        backend=backend.name,
        numerics=backend.numerics,
    )
    costs = {network.key: cost for network, cost in described.values()}
    n_params = {key: cost.n_params for key, cost in costs.items()}
    stored, beside_stored = _stored(results / name)
    beside = control_trials(sweep, networks, n_params, beside_stored)
    study = Study(
        name=name,
        sweep_name=sweep.name,
        sweep=sweep.stored(),
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        class_names=dataset.class_names,
        class_counts=tuple(np.bincount(dataset.labels).tolist()),
        has_patients=dataset.patients is not None,
        patient_wise=dataset.patients is not None and sweep.patient_wise,
        best_accuracy=dataset.best_accuracy,
        frozen=freeze(sweep, MARGIN if margin is None else margin) if stored is None else stored.frozen,
        begun=today if stored is None else stored.begun,
    )
    decided = Plan(sweep, study, inspection, splits, costs, (*networks, *beside))
    if sweep.design is not None and len({n_params[trial.network.key] for trial in networks}) < 2:
        raise SweepError(f"a design decides between sizes; {sweep.name} has networks of 1 size; add one or use --fixed")
    for trial in decided.network_trials:
        decided.examples(trial)  # raises if a trial has unusable examples, before anything is written
    for look in () if stored is None else stored.looks:
        decided = decided.with_look(look)
    return decided


def _splits(sweep: Sweep, inspection: Inspection, seeds: Iterable[int]) -> dict[int, Split]:
    """By seed, the folds that a sweep draws; ``split_seed`` draws the same for all."""
    labels, class_names = inspection.dataset.labels, inspection.dataset.class_names
    groups = inspection.groups(patient_wise=sweep.patient_wise, bind_duplicates=sweep.bind_duplicates)
    drawn_by = {seed: seed if sweep.split_seed is None else sweep.split_seed for seed in seeds}
    return {
        seed: Split(labels, groups, assign_folds(labels, sweep.folds, drawn, groups, class_names))
        for seed, drawn in drawn_by.items()
    }


def _seeds(sweep: Sweep, n: int) -> tuple[int, ...]:
    """The first ``n`` seeds of a network: those of the sweep, then the integers above the largest of them."""
    return (*sweep.seeds, *islice(count(max(sweep.seeds) + 1), max(0, n - len(sweep.seeds))))[:n]


def decode(plan: Plan, cache_dir: Path, progress: Progress) -> Mapping[InputShape, Path]:
    """The cached image file of each input shape in the plan; images that are not cached yet are decoded."""
    shapes = sorted({trial.input_shape for trial in plan.trials})
    paths = {}
    for shape in shapes:
        title = f"decoding to {'x'.join(map(str, shape))}"
        with progress.stage(title, len(plan.dataset.labels)) as stage:
            paths[shape] = cached_images(
                plan.dataset, shape, cache_dir, lambda _n_decoded: stage.advance(), progress.say
            )
    return paths


def _stored(folder: Path) -> tuple[Study | None, tuple[Network, Protocol] | None]:
    """The stored study, if there is one; and the network and protocol of its controls: see ``_beside_controls``."""
    if not (folder / STORE_NAME).is_file():
        return None, None
    with Store.open_existing(folder) as store:
        rounds = store.rounds()
        return (rounds[-1] if rounds else None), _beside_controls(store.trial_records().values())


def _beside_controls(stored: Collection[Trial]) -> tuple[Network, Protocol] | None:
    """The network and protocol that the stored controls train, or a network of their input shape if they train none.

    None if the study has no controls.
    """
    fitted_on = {trial.input_shape for trial in stored if isinstance(trial, ControlTrial)}
    networks = [trial for trial in stored if isinstance(trial, NetworkTrial)]
    trained = [trial for trial in networks if trial.control is not None]
    beside = trained or [trial for trial in networks if trial.input_shape in fitted_on]
    return next(((trial.network, trial.protocol) for trial in beside), None)


def _describe_all(
    asked: Sequence[NetworkRequest], executor: Executor, progress: Progress
) -> dict[NetworkRequest, tuple[Network, NetworkCost]]:
    described = {}
    with progress.stage("counting parameters", len(asked)) as stage:
        for outcome in executor.run([Task(describe, (request, memory_bytes())) for request in asked]):
            if outcome.error is not None:
                raise outcome.error
            if outcome.death is not None:
                request = asked[outcome.index]
                raise WorkerError(f"{request.architecture} must fit into memory to be counted; {outcome.death.reason}")
            described[asked[outcome.index]] = outcome.value
            stage.advance()
    return {request: described[request] for request in asked}
