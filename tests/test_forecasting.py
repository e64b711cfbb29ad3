"""The forecast of a run counts training, timing, start-up and report; of a design, from the first to the last stage."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bench.environment import usable_cpus
from bench.execute import Outcome, Task
from bench.forecasting import REPORT_S, Forecast, forecast
from bench.planning import plan
from bench.progress import quiet
from bench.records import NetworkTrial, TimedPart
from bench.records.measurement import Counters
from bench.sweeps import load_sweep
from bench.timing import TimingTask
from bench.timing.network_times import PartTimes
from tests.design.planted_world import Planted, flat, run_planted

OVERHEAD_S, S_PER_FLOP, BESIDE_S = 0.01, 2e-11, 1.5
COMMAND = ("controls=[]", "data.images=150")


class Machine:
    """Takes ``OVERHEAD_S`` per step, ``S_PER_FLOP`` for its arithmetic and ``BESIDE_S`` beside the steps of a task."""

    def __init__(self) -> None:
        self.now = 0.0
        self.n_params: Callable[[TimingTask], int] = lambda task: round(10_000 * (task.network.width or 1) ** 2)

    def prepare(self, tasks: Sequence[TimingTask]) -> None:
        pass

    def measure(self, task: TimingTask) -> Outcome:
        step_s = OVERHEAD_S + S_PER_FLOP * 3 * task.batch_size * 3000 * self.n_params(task)
        step_ns = round(1e9 * step_s)
        self.now += BESIDE_S + 9 * step_s
        times = PartTimes(TimedPart.STEP, (step_ns,) * 6, (step_ns,) * 3, Counters(*[0] * 4))
        return Outcome(0, 1, value=(times,))


class Workers(Planted):
    def __init__(self, machine: Machine, n_workers: int) -> None:
        super().__init__(flat, 0.1, n_workers, lambda: None)
        self._machine = machine

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        if tasks[0].function.__name__ != "measure_network":
            yield from super().run(tasks)
            return
        before = self._machine.now
        for task in tasks:  # at the same time
            self._machine.now = before
            yield self._machine.measure(task.arguments[0])


def forecast_of(folder: Path, *overrides: str, n_workers: int = 2) -> tuple[Forecast, list[NetworkTrial], float]:
    machine = Machine()
    executor = Workers(machine, n_workers)
    sweep = load_sweep("widths", [*COMMAND, *overrides])
    decided = plan(sweep, "planned", folder, executor, folder / "cache", quiet())
    found = forecast(decided, folder / "planned", executor, machine, lambda: machine.now, planned_s=5.0)
    arithmetic = sum(map(decided.arithmetic, decided.network_trials))
    steps = sum(map(decided.train_steps, decided.network_trials))
    return found, list(decided.network_trials), steps * OVERHEAD_S + arithmetic * S_PER_FLOP


def test_training_time_follows_from_the_steps_of_two_networks_and_the_number_of_workers(tmp_path: Path) -> None:
    found, _, one_by_one_s = forecast_of(tmp_path)
    assert found.training_s == pytest.approx(one_by_one_s / 2, rel=1e-3)


def test_the_total_counts_timing_tracing_start_up_and_report(tmp_path: Path) -> None:
    found, trials, _ = forecast_of(tmp_path)
    networks = {trial.network for trial in trials}
    steps_s = [OVERHEAD_S + S_PER_FLOP * 3 * 32 * 3000 * round(10_000 * (each.width or 1) ** 2) for each in networks]
    assert found.timing_s == pytest.approx(
        3 * sum(BESIDE_S / len(usable_cpus()) + 23 * each for each in steps_s), rel=1e-3
    )
    assert found.other_s == pytest.approx(5.0 + 14 * BESIDE_S / 2 + REPORT_S, rel=1e-3)
    assert found.total_s == found.training_s + found.timing_s + found.other_s


def test_a_design_has_a_range_from_the_first_stage_to_all_stages_and_a_plain_grid_none(tmp_path: Path) -> None:
    staged, _, _ = forecast_of(tmp_path)
    two, _, _ = forecast_of(tmp_path, "design.stages=2")
    one, _, _ = forecast_of(tmp_path, "design.stages=1")
    assert staged.most_training_s == pytest.approx(2.25 * staged.training_s)
    assert two.most_training_s == pytest.approx(2 * two.training_s)
    assert one.most_training_s == one.training_s


def test_what_a_plan_finds_is_assumed_without_a_pilot_and_from_stored_trainings_with_one(tmp_path: Path) -> None:
    found, _, _ = forecast_of(tmp_path)
    assert [(each.family, each.stage) for each in found.findable] == [
        *(("paper_small", 1), ("paper_small", 3)),
        *(("paper_large", 1), ("paper_large", 3)),
    ]
    assert all(each.is_assumed and 0 < each.per_decade < 0.5 for each in found.findable)

    pilot = run_planted(tmp_path, flat, design="")
    machine = Machine()
    executor = Workers(machine, 1)
    after = forecast(pilot, tmp_path / "planted", executor, machine, lambda: machine.now, planned_s=0.0)
    (of_pilot,) = after.findable
    assert (of_pilot.family, of_pilot.stage, of_pilot.is_assumed, of_pilot.n_seeds) == (
        "paper_small",
        None,
        False,
        (1, 1),
    )
