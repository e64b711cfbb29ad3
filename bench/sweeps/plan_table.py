"""What a sweep will cost, before it is run: a row for each network under each protocol."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.records import Network, Protocol, Trial


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The trials of one network, or of one control, under one protocol.

    ``label`` is the network's, with whatever else tells it from a row of the same label. ``steps_per_trial`` is
    of the longest trial (training folds differ by an image or so); ``total_steps`` is the exact sum.
    """

    label: str
    n_params: int
    n_trials: int
    steps_per_trial: int
    total_steps: int


def steps_per_epoch(n_train: int, batch_size: int) -> int:
    """Optimizer steps of one pass over ``n_train`` examples, the last and perhaps smaller batch included."""
    return -(-n_train // batch_size)


def plan_rows(
    trials: Iterable[Trial], n_params: Mapping[str, int], train_steps: Callable[[Trial], int]
) -> tuple[PlanRow, ...]:
    """One row for each network and protocol, in the order of the trials.

    Args:
        trials: of one sweep.
        n_params: by network key, the exact number of parameters.
        train_steps: gives a trial's optimizer steps over all its epochs.
    """
    steps: dict[tuple[Network, Protocol], list[int]] = {}
    of_controls: dict[tuple[str, Network], list[int]] = {}
    for trial in trials:
        if trial.control is None:
            steps.setdefault((trial.network, trial.protocol), []).append(train_steps(trial))
        else:
            of_controls.setdefault((trial.control, trial.network), []).append(train_steps(trial))
    networks = zip(_labels(list(steps)), ((network, counts) for (network, _), counts in steps.items()), strict=True)
    controls = ((f"control {name}", (network, counts)) for (name, network), counts in of_controls.items())
    return tuple(
        PlanRow(label, n_params[network.key], len(counts), max(counts), sum(counts))
        for label, (network, counts) in (*networks, *controls)
    )


def _labels(pairs: list[tuple[Network, Protocol]]) -> list[str]:
    """Each pair's network label, with the axes and protocol fields in which pairs of that label differ."""
    settings = [{**dict(network.axes), **protocol.model_dump()} for network, protocol in pairs]
    seen: dict[str, dict[str, set[object]]] = {}
    for (network, _), values in zip(pairs, settings, strict=True):
        for name, value in values.items():
            seen.setdefault(network.label, {}).setdefault(name, set()).add(value)
    return [
        ", ".join([network.label, *(f"{n}={v}" for n, v in values.items() if len(seen[network.label][n]) > 1)])
        for (network, _), values in zip(pairs, settings, strict=True)
    ]
