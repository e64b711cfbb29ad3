"""The compiled training engine: Keras's own training and test steps, compiled once for a network and a protocol.

``model.fit`` rebuilds, recompiles and re-feeds for every trial. Here ``model.train_step`` and ``model.test_step`` are
each traced once into a graph that gathers its batch from tensors that stay resident, and a trial only resets weights,
optimizer state and random state. The arithmetic is Keras's, step for step.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import architectures
from bench.records import Network, Protocol

SEED_VARIABLE = "seed_generator_state"
"""What Keras calls the state of a random layer."""


def build_optimizer(protocol: Protocol) -> Any:
    """The Keras optimizer of a protocol; inverse-time decay as a Keras schedule, one decay step a training step."""
    import keras

    learning_rate: Any = protocol.learning_rate
    if protocol.learning_rate_decay:
        learning_rate = keras.optimizers.schedules.InverseTimeDecay(
            protocol.learning_rate, decay_steps=1, decay_rate=protocol.learning_rate_decay
        )
    if protocol.optimizer == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=protocol.momentum)
    return {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[protocol.optimizer](learning_rate)


def build_model(network: Network, precision: str = "float32") -> Any:
    """A fresh, uncompiled Keras model of a network, its weights drawn from Keras's global seed.

    Args:
        network: what to build.
        precision: Keras's dtype policy: ``mixed_bfloat16`` computes in bfloat16 and keeps float32 weights.
    """
    import keras

    keras.config.set_dtype_policy(precision)
    architecture = architectures.get(network.architecture)
    return architecture.build(network.input_shape, network.n_classes, **network.builder_arguments)


def build_augmenters(protocol: Protocol) -> tuple[Any, ...]:
    """Keras's random preprocessing layers that a protocol asks for, in the order flip, shift, rotation, zoom, contrast.

    Pixels that come from outside the image are reflected into it, which is these layers' default; a zoom keeps the
    aspect ratio.
    """
    from keras import layers

    shift, zoom = protocol.augment_shift, protocol.augment_zoom
    turn = protocol.augment_rotation_degrees / 360
    asked = {
        layers.RandomFlip: protocol.augment_flip != "none" and {"mode": protocol.augment_flip},
        layers.RandomTranslation: shift and {"height_factor": shift, "width_factor": shift},
        layers.RandomRotation: turn and {"factor": turn},
        layers.RandomZoom: zoom and {"height_factor": zoom},
        layers.RandomContrast: protocol.augment_contrast
        and {"factor": protocol.augment_contrast, "value_range": (0.0, 1.0)},
    }
    return tuple(layer(**arguments) for layer, arguments in asked.items() if arguments)


class Engine:
    """A model and an optimizer behind compiled steps that take row numbers.

    Args:
        build: gives a fresh, uncompiled model with newly drawn weights, the same architecture at each call.
        optimizer: a Keras optimizer that no other model uses.
        loss: a Keras loss or its name; targets are one-hot rows.
        augmenters: Keras's random preprocessing layers, through which training batches pass, and no others.
        weighted: whether ``train_on_rows`` is given class weights.

    ``images`` (n, height, width, channels) and ``labels`` (n, n_classes), both float32 tensors, and ``rows`` (batch,),
    int32, are arguments of the compiled functions and not captured by them, so that one engine serves any data set.
    """

    def __init__(
        self,
        build: Callable[[], Any],
        optimizer: Any,
        loss: Any = "categorical_crossentropy",
        augmenters: Sequence[Any] = (),
        *,
        weighted: bool = False,
    ) -> None:
        self._build = build
        self.model = build()
        self.model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False)
        optimizer.build(self.model.trainable_variables)
        self._optimizer = optimizer
        self._fresh_optimizer_state = [variable.numpy() for variable in optimizer.variables]

        self._augmenters = augmenters
        self._weighted = weighted

    def trace(self, step: Callable[[Any], Any], batch_size: int | None = None) -> Any:
        """Compile a function of one batch, a pair (images, labels), into one of (images, labels, rows).

        Args:
            step: what is done with a batch.
            batch_size: fixes the number of rows; None leaves it open.
        """
        import tensorflow as tf

        def on_rows(images: Any, labels: Any, rows: Any) -> Any:
            return step((tf.gather(images, rows), tf.gather(labels, rows)))

        return tf.function(on_rows, jit_compile=False, autograph=False).get_concrete_function(
            tf.TensorSpec((None, *self.model.input_shape[1:]), tf.float32),
            tf.TensorSpec((None, self.model.output_shape[-1]), tf.float32),
            tf.TensorSpec((batch_size,), tf.int32),
        )

    def prepare(self, *steps: Literal["train", "test", "predict"]) -> None:
        """Compile these steps now, and not when each is first used."""
        for step in steps:
            getattr(self, f"_{step}_step")

    @cached_property
    def _train_step(self) -> Any:
        if self._weighted:
            return self._traced_weighted_train_step()
        if self._augmenters:
            return self.trace(lambda batch: self.model.train_step(self._augmented(batch)))
        return self.trace(self.model.train_step)

    @cached_property
    def _test_step(self) -> Any:
        return self.trace(self.model.test_step)

    @cached_property
    def _predict_step(self) -> Any:
        import tensorflow as tf

        return self.trace(lambda batch: tf.cast(self.model(batch[0], training=False), tf.float32))

    def _augmented(self, batch: tuple[Any, Any]) -> tuple[Any, Any]:
        images, labels = batch
        for layer in self._augmenters:
            images = layer(images, training=True)
        return images, labels

    def _traced_weighted_train_step(self) -> Any:
        import tensorflow as tf

        def on_rows(images: Any, labels: Any, rows: Any, class_weights: Any) -> Any:
            images, labels = self._augmented((tf.gather(images, rows), tf.gather(labels, rows)))
            return self.model.train_step((images, labels, tf.linalg.matvec(labels, class_weights)))

        n_classes = self.model.output_shape[-1]
        return tf.function(on_rows, jit_compile=False, autograph=False).get_concrete_function(
            tf.TensorSpec((None, *self.model.input_shape[1:]), tf.float32),
            tf.TensorSpec((None, n_classes), tf.float32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((n_classes,), tf.float32),
        )

    def reset(
        self,
        weights_seed: int,
        dropout_seed: Callable[[int], int],
        augmenter_seed: Callable[[int], int] = lambda layer: layer,
    ) -> None:
        """Put the engine into the state that a freshly built and compiled model would be in.

        Args:
            weights_seed: Keras's global seed while weights are drawn.
            dropout_seed: gives the seed of the model's i-th random layer, counted from 0 in the order of its variables.
            augmenter_seed: gives the seed of the i-th augmenter, counted from 0.
        """
        import keras

        keras.utils.set_random_seed(weights_seed)
        fresh = self._build()
        n_random_layers = 0
        for variable, value in zip(self.model.variables, fresh.variables, strict=True):
            if variable.name == SEED_VARIABLE:
                variable.assign([dropout_seed(n_random_layers), 0])
                n_random_layers += 1
            else:
                variable.assign(value)
        for variable, value in zip(self._optimizer.variables, self._fresh_optimizer_state, strict=True):
            variable.assign(value)
        seeds = (
            variable for layer in self._augmenters for variable in layer.variables if variable.name == SEED_VARIABLE
        )
        for place, variable in enumerate(seeds):
            variable.assign([augmenter_seed(place), 0])
        self.model.reset_metrics()

    def weights(self) -> list[NDArray[np.float32]]:
        """A copy of the model's weights, of batch normalisation's statistics too, for ``set_weights``."""
        return [variable.numpy().copy() for variable in self.model.weights if variable.name != SEED_VARIABLE]

    def set_weights(self, weights: Sequence[NDArray[np.float32]]) -> None:
        """Put weights back that ``weights`` gave."""
        variables = [variable for variable in self.model.weights if variable.name != SEED_VARIABLE]
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def train_on_rows(
        self, images: Any, labels: Any, rows: NDArray[np.int32], class_weights: Any = None
    ) -> Mapping[str, Any]:
        """One optimizer step on one batch; Keras's running metrics since ``reset_metrics``, as scalar tensors.

        Args:
            images: see the class.
            labels: see the class.
            rows: see the class.
            class_weights: (n_classes,) float32 tensor, of an engine that is ``weighted``. The loss is then, as
                Keras's ``class_weight`` has it, the sum of weighted losses over the number of examples.
        """
        weights = () if class_weights is None else (class_weights,)
        metrics: Mapping[str, Any] = self._train_step(images, labels, _tensor(rows), *weights)
        return metrics

    def test_on_rows(self, images: Any, labels: Any, rows: NDArray[np.int32]) -> Mapping[str, Any]:
        """Loss and accuracy of one batch in inference mode, added to Keras's running metrics."""
        metrics: Mapping[str, Any] = self._test_step(images, labels, _tensor(rows))
        return metrics

    def predict_rows(self, images: Any, labels: Any, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """The outputs (batch, n_classes) of one batch in inference mode."""
        outputs: NDArray[np.float32] = self._predict_step(images, labels, _tensor(rows)).numpy()
        return outputs

    def reset_metrics(self) -> None:
        """Start Keras's running means anew."""
        self.model.reset_metrics()


def _tensor(rows: NDArray[np.int32]) -> Any:
    import tensorflow as tf

    return tf.constant(rows, tf.int32)
