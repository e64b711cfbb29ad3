"""The training step of registered architectures through the compiled engine, on every usable core.

    python -m pytest benchmarks -k "training_step and paper"

``extra_info`` identifies the network, so that ``python -m bench report DIR --timings FILE.json`` can match it.
"""

from typing import Any

import numpy as np
import pytest

import architectures
from bench.environment import memory_bytes, usable_cores
from bench.records import InputShape, Network, NetworkCost, Protocol
from bench.sweeps import expand, load_sweep, requests
from bench.sweeps.expand import NetworkRequest
from bench.timing.step_parts import arbitrary_batch
from bench.train.tensorflow_backend.describe_network import describe
from bench.train.tensorflow_backend.engine import compiled_engine
from bench.train.tensorflow_backend.runtime import configure

INPUT_SHAPE: InputShape = (96, 96, 3)
"""Large enough for every built-in architecture."""


@pytest.fixture(scope="module", autouse=True)
def every_core() -> None:
    configure(usable_cores())


@pytest.mark.parametrize("architecture", ["paper_small", "paper_large"])
def test_training_step_as_published(benchmark: Any, architecture: str) -> None:
    """Input size, batch size, optimizer and output activation from the built-in sweep ``paper``."""
    sweep = load_sweep("paper")
    described = {request: describe(request, memory_bytes()) for request in requests(sweep, n_classes=2)}
    networks = {request: network for request, (network, _) in described.items()}
    split_hashes = dict.fromkeys(sweep.seeds, "0")
    trials = expand(sweep, networks, "none", "0", split_hashes, backend="tensorflow", numerics="1")
    trial = next(trial for trial in trials if trial.network.architecture == architecture)

    run(benchmark, trial.network, dict(described.values())[trial.network], trial.protocol)


@pytest.mark.parametrize("architecture", [each.name for each in architectures.select(["*"])])
def test_training_step(benchmark: Any, architecture: str) -> None:
    """Default width and axes, 96x96x3, batch size 8, Adam."""
    registered = architectures.get(architecture)
    width = registered.axes.get("width")
    assert width is None or isinstance(width, float)
    axes = tuple(sorted((name, value) for name, value in registered.axes.items() if name != "width"))
    network, cost = describe(NetworkRequest(architecture, width, None, axes, INPUT_SHAPE, n_classes=2), memory_bytes())

    run(benchmark, network, cost, Protocol(batch_size=8))


def run(benchmark: Any, network: Network, cost: NetworkCost, protocol: Protocol) -> None:
    engine = compiled_engine(network, protocol)
    engine.reset(0, lambda layer: layer)
    images, labels = arbitrary_batch(network, protocol.batch_size)
    rows = np.arange(protocol.batch_size, dtype=np.int32)
    benchmark.extra_info.update(
        architecture=network.architecture,
        width=network.width,
        n_params=cost.n_params,
        flops_per_example=cost.flops_per_example,
        input_shape="x".join(map(str, network.input_shape)),
        batch_size=protocol.batch_size,
        threads=usable_cores(),
    )

    loss = benchmark.pedantic(
        lambda: float(engine.train_on_rows(images, labels, rows)["loss"]), warmup_rounds=6, rounds=20
    )

    assert np.isfinite(loss)
