"""The families of a plan, with variances that are assumed because nothing is trained yet."""

from collections.abc import Callable, Sequence

from bench.analyse.estimates.power import Design, assumed_levels
from bench.design.looks import FamilyState, Member
from bench.records import NetworkTrial, pair_key


def planned_states(
    trials: Sequence[NetworkTrial],
    n_params: Callable[[NetworkTrial], int],
    cost: Callable[[NetworkTrial], float],
    n_images: int,
    n_seeds: int,
) -> tuple[FamilyState, ...]:
    """The families of networks that differ in width only, of two sizes or more.

    Args:
        trials: of networks, without those of controls.
        n_params: of a trial's network.
        cost: of a trial, in a unit that does not depend on the clock.
        n_images: of the data set.
        n_seeds: of every network, in the first stage.
    """
    families: dict[tuple[object, ...], dict[tuple[str, str], list[NetworkTrial]]] = {}
    for trial in trials:
        network = trial.network
        family = (network.architecture, network.axes, network.input_shape, trial.protocol)
        families.setdefault(family, {}).setdefault(pair_key(network, trial.protocol), []).append(trial)
    names = [str(architecture) for architecture, *_ in families]
    states = []
    for place, ((architecture, *_), networks) in enumerate(families.items()):
        own = list(networks.values())
        label = str(architecture)
        if names.count(label) > 1:
            label = f"{label}, {1 + names[:place].count(label)} of {names.count(label)}"
        members = [
            Member(
                *pair_key(each[0].network, each[0].protocol),
                label=each[0].network.label,
                n_params=n_params(each[0]),
                n_seeds=n_seeds,
                cost=sum(cost(trial) for trial in each if trial.seed == each[0].seed),
            )
            for each in own
        ]
        if len({member.n_params for member in members}) > 1:
            levels = assumed_levels(Design(n_images, own[0][0].n_folds, n_seeds), len(members))
            states.append(FamilyState(label, members, levels, n_seeds * sum(member.cost for member in members)))
    return tuple(states)
