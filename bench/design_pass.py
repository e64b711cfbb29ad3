"""Trains a plan in the stages of its design: train, look, add a stage, until the design stops.

Each look is stored before its stage is trained. A run that resumes therefore takes the stored looks, and new ones see
the same results as an uninterrupted run would.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from bench.design.looks import Rule, take_look
from bench.design.stored import StoredNetworks
from bench.execute import Executor
from bench.forecasting import rest_s
from bench.pages.design_page import look_line
from bench.planning import Plan
from bench.progress import Progress
from bench.records import InputShape, Look, LookOutcome, Study
from bench.store import Store
from bench.study.study_data import StudyData
from bench.sweeps import DesignChoice
from bench.training_pass import train


def train_in_stages(
    plan: Plan,
    images: Mapping[InputShape, Path],
    store: Store,
    executor: Executor,
    progress: Progress,
    elapsed_s: Callable[[], float],
) -> Plan:
    """Train a plan and, if its sweep has a design, look and add stages until the design stops.

    Args:
        plan: registered in the store.
        images: the cached image file of each input shape.
        store: takes the results and the looks.
        executor: made by ``training_executor``.
        progress: reports every stage and every look.
        elapsed_s: the seconds of the study so far; read only if the design has a budget.

    Returns:
        The plan, with the looks and the trials that they added.
    """
    stored = len(plan.trials) - len(store.pending(plan.trials))
    if stored:
        progress.say(f"{stored} of {len(plan.trials)} trials are stored already")
    train(plan, images, store, executor, progress)
    while plan.sweep.design is not None and not _is_over(plan.study, plan.sweep.design):
        look = _next_look(plan, plan.sweep.design, store, executor.n_workers, elapsed_s)
        plan = plan.with_look(look)
        store.register(plan.registered)
        progress.say(look_line(look))
        train(plan, images, store, executor, progress)
    return plan


def _is_over(study: Study, design: DesignChoice) -> bool:
    """Whether the last look stopped the design; a larger budget lifts the stop of a smaller one."""
    if not study.looks or study.looks[-1].outcome is LookOutcome.GOES_ON:
        return False
    spent = study.looks[-1].budget_s
    return spent is None or (design.budget is not None and design.budget <= spent)


def _next_look(plan: Plan, design: DesignChoice, store: Store, n_workers: int, elapsed_s: Callable[[], float]) -> Look:
    stage = 1 + sum(look.outcome is LookOutcome.GOES_ON for look in plan.study.looks)
    trials = {trial.key: trial for trial in plan.network_trials if trial.control is None}
    data = StudyData.read(store)
    families = StoredNetworks.of(data, trials, plan.weight).states(len(plan.sweep.seeds))
    look = take_look(Rule(design.stages, design.until, plan.margin), stage, families, len(trials))
    if look.outcome is LookOutcome.GOES_ON and design.budget is not None:
        grown = plan.with_look(look)
        done = data.trials[data.trials["state"] == "DONE"].set_index("trial_key")["train_s"]
        seconds_per_flop = done.sum() / sum(plan.weight(trial) for trial in plan.trials if trial.key in done.index)
        next_s = sum(map(grown.weight, grown.trials[len(plan.trials) :])) * seconds_per_flop / n_workers
        if elapsed_s() + next_s + rest_s(plan, done) > design.budget:
            return look.model_copy(update={"outcome": LookOutcome.BUDGET, "repeats": (), "budget_s": design.budget})
    return look
