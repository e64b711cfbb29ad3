import time
from typing import Any

import pytest
from bench.timing.steps import TimingTask, time_steps

import architectures
from architectures import registry
from bench.records import Network, Protocol
from bench.train.trial import compiled_engine

pytestmark = pytest.mark.usefixtures("tensorflow_runtime")

SLEEP_S = 0.05


def planted(monkeypatch: pytest.MonkeyPatch, delays_s: list[float]) -> Network:
    """A network whose k-th training step sleeps for the k-th delay (the last one from then on)."""

    def sleeper(input_shape: tuple[int, int, int], n_classes: int) -> Any:
        import keras
        import tensorflow as tf

        remaining = list(delays_s)

        def pause(inputs: Any) -> Any:
            time.sleep(remaining.pop(0) if len(remaining) > 1 else remaining[0])
            return inputs

        class Pause(keras.layers.Layer):
            def call(self, inputs: Any, training: bool = False) -> Any:
                if not training:
                    return inputs
                paused = tf.py_function(pause, [inputs], tf.float32)
                return tf.stop_gradient(tf.ensure_shape(paused, inputs.shape) - inputs) + inputs

        inputs = keras.Input(input_shape)
        outputs = keras.layers.Dense(n_classes, activation="softmax")(keras.layers.Flatten()(Pause()(inputs)))
        return keras.Model(inputs, outputs)

    compiled_engine.cache_clear()
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY), raising=True)
    architectures.register(source="planted", min_input=(4, 4))(sleeper)
    return Network(architecture="sleeper", width=None, input_shape=(4, 4, 1), n_classes=2)


def test_a_planted_sleep_of_known_length_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    network = planted(monkeypatch, [SLEEP_S])

    times = time_steps(TimingTask(network, Protocol(batch_size=4), threads=1, n_warmup=2, n_timed=10))

    median_s = sorted(times.steps_ns)[5] / 1e9
    # A sleep can only be too long; on a busy machine each step adds its own few milliseconds.
    assert SLEEP_S <= median_s < 1.6 * SLEEP_S


def test_a_planted_slow_first_step_stays_among_the_warmup_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    network = planted(monkeypatch, [0.5, 0.0])

    times = time_steps(TimingTask(network, Protocol(batch_size=4), threads=1, n_warmup=2, n_timed=10))

    assert times.warmup_ns[0] > 0.5e9
    assert max(times.steps_ns) < 0.5e9


def test_every_sample_is_kept_in_order_with_a_clock_that_was_passed_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = planted(monkeypatch, [0.0])
    ticks = iter(range(0, 10_000, 7))

    times = time_steps(
        TimingTask(network, Protocol(batch_size=4), threads=1, n_warmup=2, n_timed=3),
        clock_ns=lambda: next(ticks),
    )

    assert times.warmup_ns == (7, 7)
    assert times.steps_ns == (7, 7, 7)
    assert times.network_key == network.key
