"""The cost of a sweep before it is run: one row per network and protocol, and one per control."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.records import Network, NetworkTrial, Protocol, Trial


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The trials of one network under one protocol, or of one control.

    ``label`` is the network's, with the settings that distinguish it from rows of the same label. ``steps_per_trial``
    is that of the longest trial (sizes of training folds differ slightly); ``total_steps`` is the exact sum. A control
    that trains no network has 0 parameters and 0 steps.
    """

    label: str
    n_params: int
    n_trials: int
    steps_per_trial: int
    total_steps: int


def steps_per_epoch(n_train: int, batch_size: int) -> int:
    """Optimizer steps of one pass over ``n_train`` examples, including the last, possibly smaller, batch."""
    return -(-n_train // batch_size)


def plan_rows(
    trials: Iterable[Trial], n_params: Mapping[str, int], train_steps: Callable[[Trial], int]
) -> tuple[PlanRow, ...]:
    """One row per network and protocol, in the order of the trials; then one per control.

    Args:
        trials: the trials of one sweep.
        n_params: by network key, the exact number of parameters.
        train_steps: gives a trial's optimizer steps over all its epochs.
    """
    of_networks: dict[tuple[Network, Protocol], list[int]] = {}
    of_controls: dict[tuple[str, Network | None], list[int]] = {}
    for trial in trials:
        network = trial.network if isinstance(trial, NetworkTrial) else None
        if trial.control is not None:
            of_controls.setdefault((trial.control, network), []).append(train_steps(trial))
        elif isinstance(trial, NetworkTrial):
            of_networks.setdefault((trial.network, trial.protocol), []).append(train_steps(trial))
    labels = _labels(list(of_networks))
    rows = [
        *((label, network, steps) for label, ((network, _), steps) in zip(labels, of_networks.items(), strict=True)),
        *((f"control {name}", network, steps) for (name, network), steps in of_controls.items()),
    ]
    return tuple(
        PlanRow(label, 0 if network is None else n_params[network.key], len(steps), max(steps), sum(steps))
        for label, network, steps in rows
    )


def _labels(pairs: list[tuple[Network, Protocol]]) -> list[str]:
    """The network label of each pair, with the axes and protocol fields in which pairs of that label differ."""
    settings = [{**dict(network.axes), **protocol.model_dump()} for network, protocol in pairs]
    seen: dict[str, dict[str, set[object]]] = {}
    for (network, _), values in zip(pairs, settings, strict=True):
        for name, value in values.items():
            seen.setdefault(network.label, {}).setdefault(name, set()).add(value)
    return [
        ", ".join([network.label, *(f"{n}={v}" for n, v in values.items() if len(seen[network.label][n]) > 1)])
        for (network, _), values in zip(pairs, settings, strict=True)
    ]
