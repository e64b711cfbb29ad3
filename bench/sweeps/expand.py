"""Expands a sweep into trials: first the requested networks, then their product with protocols, seeds and folds.

In between, the caller turns each request into a network, since the width for a target number of parameters is found by
building networks. All functions are pure, and results are in the order of the sweep file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from bench import controls
from bench.records import AxisValue, ControlTrial, InputShape, Network, NetworkTrial, Protocol, Trial
from bench.sweeps.grid_blocks import Block, resolve
from bench.sweeps.sweep_file import Sweep


@dataclass(frozen=True, slots=True)
class NetworkRequest:
    """A network as requested by a sweep: by width, by a target number of parameters, or (both None) without either.

    ``axes`` are all of the builder's keyword arguments but width, defaults included, sorted by name.
    """

    architecture: str
    width: float | None
    params: int | None
    axes: tuple[tuple[str, AxisValue], ...]
    input_shape: InputShape
    n_classes: int


def requests(sweep: Sweep, n_classes: int) -> tuple[NetworkRequest, ...]:
    """Every distinct network that a sweep requests.

    Raises:
        SweepError: the sweep does not fit the registered architectures.
    """
    return tuple(dict.fromkeys(r for block in resolve(sweep) for r in _block_requests(block, n_classes)))


def expand(
    sweep: Sweep,
    networks: Mapping[NetworkRequest, Network],
    dataset: str,
    data_hash: str,
    split_hashes: Mapping[int, str],
    *,
    backend: str,
    numerics: str,
) -> tuple[NetworkTrial, ...]:
    """Every trial of a sweep's networks, each once, even if several blocks or requests give the same trial.

    Args:
        sweep: the sweep.
        networks: the network of each of ``requests(sweep, n_classes)``.
        dataset: the data set's name.
        data_hash: identifies its images and labels.
        split_hashes: by seed, the hash of the fold assignment.
        backend: the name of what trains them.
        numerics: how that computes.
    """
    n_classes = next(iter(networks)).n_classes
    pairs = dict.fromkeys(
        (networks[request], protocol)
        for block in resolve(sweep)
        for request in _block_requests(block, n_classes)
        for protocol in block.protocols()
    )
    return tuple(
        NetworkTrial(
            network=network,
            protocol=protocol,
            dataset=dataset,
            data_hash=data_hash,
            split_hash=split_hashes[seed],
            n_folds=sweep.folds,
            fold=fold,
            seed=seed,
            backend=backend,
            numerics=numerics,
        )
        for network, protocol in pairs
        for seed in sweep.seeds
        for fold in range(sweep.folds)
    )


def control_trials(
    sweep: Sweep,
    networks: Sequence[NetworkTrial],
    n_params: Mapping[str, int],
    stored: tuple[Network, Protocol] | None = None,
) -> tuple[Trial, ...]:
    """The trials of a sweep's controls: each control on every fold and seed.

    A control that trains a network trains the middle one of the sweep by parameters (the smaller of two), under the
    first of its protocols that alters the training data least. A control that trains no network is fitted on that
    network's input shape, on the whole training part.

    Args:
        sweep: names its controls.
        networks: the sweep's trials, as ``expand`` gives them.
        n_params: by network key, the exact number of parameters.
        stored: the network and protocol of the stored study's controls. A larger sweep keeps them even if its middle
            network is another one.
    """
    pairs = dict.fromkeys((trial.network, trial.protocol) for trial in networks)
    chosen = stored if stored in pairs else _middle(list(pairs), n_params)
    places = [trial for trial in networks if (trial.network, trial.protocol) == chosen]
    return tuple(
        place.model_copy(update={"control": control.name}) if control.transform else _fitted(control.name, place)
        for control in controls.select(sweep.controls)
        for place in places
    )


def _middle(pairs: Sequence[tuple[Network, Protocol]], n_params: Mapping[str, int]) -> tuple[Network, Protocol]:
    by_size = sorted(dict.fromkeys(network for network, _ in pairs), key=lambda network: n_params[network.key])
    middle = by_size[(len(by_size) - 1) // 2]
    return middle, min((protocol for network, protocol in pairs if network == middle), key=_alteration)


def _fitted(name: str, place: NetworkTrial) -> ControlTrial:
    return ControlTrial.model_validate(
        {**place.place, "control": name, "input_shape": place.input_shape, "n_classes": place.network.n_classes}
    )


def _alteration(protocol: Protocol) -> tuple[object, ...]:
    """How much a protocol alters the training part; lower is less."""
    augmented = any(getattr(protocol, name) not in (0, "none") for name in Protocol.model_fields if "augment" in name)
    kept = float("inf") if protocol.n_train == 0 else protocol.n_train
    return (protocol.label_noise, -kept, protocol.inner_share, protocol.class_balance != "none", augmented)


def _block_requests(block: Block, n_classes: int) -> Iterator[NetworkRequest]:
    names = [name for name, _ in block.axes]
    for shape, (width, params) in product(block.input_shapes, block.sizes):
        for values in product(*(values for _, values in block.axes)):
            axes = tuple(zip(names, values, strict=True))
            yield NetworkRequest(block.architecture, width, params, axes, shape, n_classes)
