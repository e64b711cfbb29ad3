"""Replays a design on a stored study with more trainings than it would have asked for: nothing is trained."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.data.split import Split
from bench.design.allocation import MOST_SEEDS
from bench.design.looks import Rule, take_look
from bench.design.stored import StoredNetworks
from bench.design.trial_cost import trial_flops
from bench.errors import StudyError
from bench.records import Look, LookOutcome, NetworkTrial, Trial
from bench.study.study_data import StudyData


@dataclass(frozen=True, slots=True)
class Replay:
    """What a design would have done.

    Attributes:
        looks: in order.
        training_s: for each look, the seconds that the networks' trainings so far took, one after the other.
        all_training_s: the same of all stored trainings of networks.
        n_trainings: all stored trainings of networks.
    """

    looks: tuple[Look, ...]
    training_s: tuple[float, ...]
    all_training_s: float
    n_trainings: int


def replay(
    data: StudyData, records: Mapping[str, Trial], splits: Mapping[int, Split], rule: Rule, n_first: int
) -> Replay:
    """Replay a design. A network gets no more seeds than are stored.

    Args:
        data: the study.
        records: by stored key, all its trials.
        splits: by seed.
        rule: the design's.
        n_first: the seeds of every network in the first stage.

    Raises:
        StudyError: the study has no networks of two sizes or more with a done trial.
    """
    trials = {key: trial for key, trial in records.items() if isinstance(trial, NetworkTrial) and trial.control is None}
    flops = data.trials.set_index("trial_key")["flops_per_example"]
    flops_of = {trials[key].network: int(flops[key]) for key in trials}
    networks = StoredNetworks.of(
        data, trials, lambda trial: trial_flops(trial, splits[trial.seed], flops_of[trial.network])
    )
    if not networks.families:
        raise StudyError(
            f"a design decides between sizes; {data.study.name} has fewer than 2 with done trials; replay another study"
        )
    entry_of = {(member.network, member.protocol): entry for entry, member in networks.members.items()}
    n_seeds = {entry: min(n_first, member.n_seeds) for entry, member in networks.members.items()}
    of_networks = data.trials[data.trials["trial_key"].isin(trials.keys())]
    looks: list[Look] = []
    seconds: list[float] = []
    while not looks or looks[-1].outcome is LookOutcome.GOES_ON:
        used = [
            seed in networks.seeds[entry][: n_seeds[entry]] if entry in n_seeds else False
            for entry, seed in zip(of_networks["entry"], of_networks["seed"], strict=True)
        ]
        look = take_look(rule, len(looks) + 1, networks.states(n_first, n_seeds), sum(used))
        if look.outcome is LookOutcome.IMAGES and any(each.n_seeds < MOST_SEEDS for each in networks.members.values()):
            look = look.model_copy(update={"outcome": LookOutcome.NOT_STORED})
        looks.append(look)
        seconds.append(float(of_networks.loc[used, "train_s"].sum()))
        for each in looks[-1].repeats:
            n_seeds[entry_of[each.network, each.protocol]] = each.n_seeds
    return Replay(tuple(looks), tuple(seconds), float(of_networks["train_s"].sum()), len(of_networks))
