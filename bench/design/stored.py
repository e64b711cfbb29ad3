"""The families of a stored study, as a look takes them."""

from collections.abc import Callable, Mapping

from bench.analyse.estimates.image_scores import Score, image_scores
from bench.analyse.estimates.insufficient import attempt
from bench.analyse.estimates.two_level import two_level
from bench.design.looks import FamilyState, Member
from bench.records import NetworkTrial, pair_key
from bench.study.families import Family, network_labels, size_axes
from bench.study.study_data import StudyData

Cost = Callable[[NetworkTrial], float]
"""The cost of a trial, in a unit that does not depend on the clock."""


def family_states(
    data: StudyData, trials: Mapping[str, NetworkTrial], cost: Cost, n_first_seeds: int
) -> tuple[FamilyState, ...]:
    """The families of networks that differ in size.

    Args:
        data: the study, as stored.
        trials: by stored key, the trials of its networks, without those of controls.
        cost: of a trial.
        n_first_seeds: the seeds of every network in the first stage.
    """
    scores = image_scores(data)[Score.ACCURACY]
    entry_of = data.trials.set_index("trial_key")["entry"].dropna().astype(int)
    by_entry: dict[int, list[NetworkTrial]] = {}
    for key, trial in trials.items():
        by_entry.setdefault(int(entry_of[key]), []).append(trial)
    scored = data.summary[data.summary["entry"].isin(scores.names)]
    labels = network_labels(scored)
    n_params = scored.set_index("entry")["n_params"]

    def member(entry: int) -> Member:
        own = by_entry[entry]
        seeds = {trial.seed for trial in own}
        network, protocol = pair_key(own[0].network, own[0].protocol)
        one_seed = sum(cost(trial) for trial in own if trial.seed == own[0].seed)
        return Member(network, protocol, labels[entry], int(n_params[entry]), len(seeds), one_seed)

    def state(family: Family) -> FamilyState:
        members = [member(entry) for entry in family.entries]
        levels = attempt(lambda: two_level(scores.of(family.entries)))
        return FamilyState(family.label, members, levels, n_first_seeds * sum(each.cost for each in members))

    return tuple(state(family) for family in size_axes(scored))
