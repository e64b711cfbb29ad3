"""The training step of the paper's two networks as published, through the compiled engine, on every usable core."""

import numpy as np
import pytest

from bench.environment import usable_cores
from bench.records import Network, NetworkCost, Protocol
from bench.sweeps import expand, load_sweep, requests
from bench.train.describe import describe
from bench.train.runtime import configure
from bench.train.trial import compiled_engine, one_hot

Published = dict[str, tuple[Network, NetworkCost, Protocol]]


@pytest.fixture(scope="module")
def published() -> Published:
    """By architecture, from the built-in sweep ``paper``: input, batch size, optimizer and output as published."""
    configure(usable_cores())
    sweep = load_sweep("paper")
    described = {request: describe(request) for request in requests(sweep, n_classes=2)}
    costs = dict(described.values())
    networks = {request: network for request, (network, _) in described.items()}
    trials = expand(sweep, networks, "none", "0", dict.fromkeys(sweep.seeds, "0"))
    return {trial.network.architecture: (trial.network, costs[trial.network], trial.protocol) for trial in trials}


@pytest.mark.parametrize("architecture", ["paper_small", "paper_large"])
def test_training_step(benchmark, published: Published, architecture: str) -> None:
    import tensorflow as tf

    network, cost, protocol = published[architecture]
    engine = compiled_engine(network, protocol)
    engine.reset(0, lambda layer: layer)
    n = protocol.batch_size
    images = tf.constant(np.random.default_rng(0).random((n, *network.input_shape), dtype=np.float32))
    labels = one_hot(np.arange(n) % network.n_classes, network.n_classes)
    rows = np.arange(n, dtype=np.int32)
    benchmark.extra_info.update(
        n_params=cost.n_params,
        flops_per_example=cost.flops_per_example,
        input_shape="x".join(map(str, network.input_shape)),
        batch_size=n,
        threads=usable_cores(),
    )

    loss = benchmark.pedantic(
        lambda: float(engine.train_on_rows(images, labels, rows)["loss"]), warmup_rounds=5, rounds=30
    )

    assert np.isfinite(loss)
