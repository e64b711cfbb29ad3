"""Forecasts the time of a run: training, timing and the rest, from steps that are timed on two of its networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.design.findable import Findable, findable
from bench.design.planned import planned_states
from bench.design.stages import share_of
from bench.design.stored import StoredNetworks
from bench.environment import usable_cpus
from bench.errors import WorkerError
from bench.execute import Executor, Outcome, Task
from bench.planning import Plan
from bench.records import Network, NetworkTrial, Protocol, TimedPart
from bench.store import STORE_NAME, Store
from bench.study.study_data import StudyData
from bench.sweeps import PlanRow, plan_rows
from bench.timing import TimingTask, measure_network
from bench.timing.warm_up import MIN_WARMUP
from bench.timing_pass import Isolated, TimingSchedule
from bench.train.backend import TRAINING_THREADS

REPORT_S = 8.0
"""Seconds of analysis and report of a study of 14 networks, on a core of 2.6 GHz."""
PROCESS_S = 1.0
"""Seconds of a timing process beside its steps, where none was measured."""
_N_SAMPLES = 3
_LARGER_PROBE = 0.75


@dataclass(frozen=True)
class Forecast:
    """The forecast of a plan.

    Attributes:
        rows: one per network and protocol.
        training_s: seconds of all training; of a design, of its first stage.
        most_training_s: the same if a design trains all its stages; else ``training_s``.
        timing_s: seconds of the timing pass.
        other_s: seconds of start-up, tracing and the report.
        findable: what the plan can find of each family.
    """

    rows: tuple[PlanRow, ...]
    training_s: float
    most_training_s: float
    timing_s: float
    other_s: float
    findable: tuple[Findable, ...] = ()

    @property
    def total_s(self) -> float:
        """Seconds of the run; of a design, if it stops after its first stage."""
        return self.training_s + self.timing_s + self.other_s

    @property
    def most_total_s(self) -> float:
        """Seconds of the run if a design trains all its stages."""
        return self.most_training_s + self.timing_s + self.other_s


@dataclass(frozen=True, slots=True)
class StepCost:
    """The time of a step: ``overhead_s`` and ``s_per_flop``, and the seconds that a process spends beside its steps."""

    overhead_s: float
    s_per_flop: float
    beside_s: float

    def seconds(self, n_steps: float, flops: float) -> float:
        """Seconds of that many steps with that many FLOPs in all."""
        return n_steps * self.overhead_s + flops * self.s_per_flop


def forecast(
    plan: Plan, folder: Path, executor: Executor, isolated: Isolated, clock: Callable[[], float], planned_s: float
) -> Forecast:
    """Forecast a run of a plan from nothing.

    The training step of two networks of the plan, the smallest and one in the upper quarter by FLOPs, is timed in all
    workers at once, and then alone in a process as the timing pass does it. Other networks follow by FLOPs.

    Args:
        plan: of the run.
        folder: the study's; read if a pilot is stored there.
        executor: made by ``training_executor``; its workers have counted parameters already.
        isolated: measures in a fresh process.
        clock: seconds, monotonic.
        planned_s: seconds that planning took, which the run will take too.

    Raises:
        WorkerError: a network does not fit into memory.
    """
    engines = plan.engines()
    probes = _probes(plan, engines)

    def in_workers(task: TimingTask) -> Sequence[Outcome]:
        return list(executor.run([Task(measure_network, (task,))] * executor.n_workers))

    training = _step_cost(plan, probes, TRAINING_THREADS, in_workers, clock)
    executor.close()
    schedule = TimingSchedule()
    n_cores = len(usable_cpus())
    timing = _step_cost(plan, probes, n_cores, lambda task: [isolated.measure(task)], clock)
    n_calls = MIN_WARMUP + schedule.n_samples
    process_s = timing.beside_s / n_cores  # processes are prepared side by side
    timing_s = schedule.n_rounds * sum(
        process_s + timing.seconds(n_calls, n_calls * _step_flops(plan, *engine)) for engine in engines
    )
    n_workers = min(executor.n_workers, len(plan.trials))
    by_trial = {trial.key: _training_s(plan, trial, training) for trial in plan.network_trials}
    first_s = sum(by_trial.values()) / n_workers
    stages = 1 if plan.sweep.design is None else plan.sweep.design.stages
    of_networks = sum(by_trial[trial.key] for trial in plan.network_trials if trial.control is None) / n_workers
    most_s = first_s + of_networks * sum(share_of(stage, stages) for stage in range(2, stages + 1))
    return Forecast(
        rows=plan_rows(plan.trials, {key: cost.n_params for key, cost in plan.costs.items()}, plan.train_steps),
        training_s=first_s,
        most_training_s=most_s,
        timing_s=timing_s,
        other_s=planned_s + len(engines) * training.beside_s / n_workers + REPORT_S,
        findable=what_is_findable(plan, folder),
    )


def rest_s(plan: Plan, train_s: "pd.Series[float]") -> float:
    """Seconds of timing and report, after the training, from the times of trials.

    Args:
        plan: of the run.
        train_s: by trial key, seconds of the trials that are done.
    """
    step_s: dict[tuple[Network, Protocol], float] = {}
    for trial in plan.network_trials:
        if trial.key in train_s.index:
            step_s[trial.network, trial.protocol] = float(train_s[trial.key]) / plan.train_steps(trial)
    schedule = TimingSchedule()
    n_calls = MIN_WARMUP + schedule.n_samples
    return REPORT_S + schedule.n_rounds * sum(PROCESS_S + n_calls * each for each in step_s.values())


def what_is_findable(plan: Plan, folder: Path) -> tuple[Findable, ...]:
    """What a plan can find of each family, by the variances of stored trainings or, without any, by assumed ones.

    Args:
        plan: of the run.
        folder: the study's.
    """
    stages = None if plan.sweep.design is None else plan.sweep.design.stages
    n_seeds = len(plan.sweep.seeds)
    trials = [trial for trial in plan.network_trials if trial.control is None]
    if (folder / STORE_NAME).is_file():
        with Store.open_existing(folder) as store:
            if store.counts().done:
                stored = {
                    key: trial
                    for key, trial in store.trial_records().items()
                    if isinstance(trial, NetworkTrial) and trial.control is None
                }
                pilot = StoredNetworks.of(StudyData.read(store), stored, plan.weight).states(n_seeds)
                return findable(pilot, n_seeds, stages, is_assumed=False)
    assumed = planned_states(
        trials,
        lambda trial: plan.costs[trial.network.key].n_params,
        plan.weight,
        len(plan.dataset.labels),
        n_seeds,
    )
    return findable(assumed, n_seeds, stages, is_assumed=True)


def _probes(plan: Plan, engines: Sequence[tuple[Network, Protocol]]) -> list[tuple[Network, Protocol]]:
    by_flops = sorted(engines, key=lambda engine: _step_flops(plan, *engine))
    larger = by_flops[int(_LARGER_PROBE * (len(by_flops) - 1))]
    return list(dict.fromkeys([by_flops[0], larger]))


def _step_flops(plan: Plan, network: Network, protocol: Protocol) -> float:
    return 3.0 * plan.largest_batch(protocol) * plan.costs[network.key].flops_per_example


def _training_s(plan: Plan, trial: NetworkTrial, cost: StepCost) -> float:
    steps = plan.train_steps(trial)
    return cost.seconds(steps, plan.arithmetic(trial))


def _step_cost(
    plan: Plan,
    probes: Sequence[tuple[Network, Protocol]],
    threads: int,
    measure: Callable[[TimingTask], Sequence[Outcome]],
    clock: Callable[[], float],
) -> StepCost:
    flops, steps, beside = [], [], []
    for network, protocol in probes:
        cpus = usable_cpus() if threads > TRAINING_THREADS else ()
        task = TimingTask(
            network=network,
            protocol=protocol,
            parts=(TimedPart.STEP,),
            threads=threads,
            cpus=cpus,
            batch_size=plan.largest_batch(protocol),
            n_samples=_N_SAMPLES,
        )
        started = clock()
        times = [_times(outcome, network) for outcome in measure(task)]
        elapsed_s = clock() - started
        flops.append(_step_flops(plan, network, protocol))
        steps.append(float(np.median([each.samples_ns for each in times])) / 1e9)
        stepping_s = max(sum(each.warmup_ns) + sum(each.samples_ns) for each in times) / 1e9
        beside.append(max(0.0, elapsed_s - stepping_s))
    s_per_flop = max(0.0, (steps[-1] - steps[0]) / (flops[-1] - flops[0])) if len(probes) > 1 else steps[0] / flops[0]
    overhead_s = max(0.0, steps[0] - s_per_flop * flops[0])
    return StepCost(overhead_s, s_per_flop, float(np.mean(beside)))


def _times(outcome: Outcome, network: Network) -> Any:
    if outcome.error is not None:
        raise outcome.error
    if outcome.death is not None:
        raise WorkerError(f"{network.label} must fit into memory to be timed; {outcome.death.reason}")
    return outcome.value[0]
