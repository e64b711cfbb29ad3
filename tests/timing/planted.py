"""A network whose training step takes a known time."""

import time
from typing import Any

import pytest

import architectures
from architectures import registry
from bench.records import Network, Protocol, TimedPart
from bench.timing import TimingTask
from bench.train.tensorflow_backend.engine import compiled_engine


def sleeper(monkeypatch: pytest.MonkeyPatch, delays_s: list[float]) -> Network:
    """A network whose k-th training step sleeps for the k-th delay (the last one from then on)."""

    def build(input_shape: tuple[int, int, int], n_classes: int) -> Any:
        import keras
        import tensorflow as tf

        remaining = list(delays_s)

        def pause(inputs: Any) -> Any:
            time.sleep(remaining.pop(0) if len(remaining) > 1 else remaining[0])
            return inputs

        def call(layer: Any, inputs: Any, training: bool = False) -> Any:
            if not training:
                return inputs
            paused = tf.py_function(pause, [inputs], tf.float32)
            return tf.stop_gradient(tf.ensure_shape(paused, inputs.shape) - inputs) + inputs

        pausing = type("Pause", (keras.layers.Layer,), {"call": call})()
        inputs = keras.Input(input_shape)
        outputs = keras.layers.Dense(n_classes, activation="softmax")(keras.layers.Flatten()(pausing(inputs)))
        return keras.Model(inputs, outputs)

    compiled_engine.cache_clear()
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY), raising=True)
    architectures.register(source="planted", min_input=(4, 4))(build)
    return Network(architecture="build", width=None, input_shape=(4, 4, 1), n_classes=2)


def task(network: Network, *parts: TimedPart, n_samples: int = 10, **changes: Any) -> TimingTask:
    protocol = changes.pop("protocol", Protocol(batch_size=4))
    return TimingTask(
        network=network,
        protocol=protocol,
        parts=parts or (TimedPart.STEP,),
        threads=1,
        cpus=(0,),
        batch_size=changes.pop("batch_size", protocol.batch_size),
        n_samples=n_samples,
        **changes,
    )
