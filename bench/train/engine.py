"""The compiled training engine: Keras's own training and test steps, compiled once for a network and a protocol.

``model.fit`` rebuilds, recompiles and re-feeds for every trial. Here ``model.train_step`` and ``model.test_step`` are
each traced once into a graph that gathers its batch from tensors that stay resident, and a trial only resets weights,
optimizer state and random state. The arithmetic is Keras's, step for step.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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


def build_model(network: Network) -> Any:
    """A fresh, uncompiled Keras model of a network, its weights drawn from Keras's global seed."""
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
        import tensorflow as tf

        self._build = build
        self.model = build()
        self.model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False)
        optimizer.build(self.model.trainable_variables)
        self._optimizer = optimizer
        self._fresh_optimizer_state = [variable.numpy() for variable in optimizer.variables]

        images = tf.TensorSpec((None, *self.model.input_shape[1:]), tf.float32)
        labels = tf.TensorSpec((None, self.model.output_shape[-1]), tf.float32)
        rows = tf.TensorSpec((None,), tf.int32)
        self._augmenter_seeds = [
            variable for layer in augmenters for variable in layer.variables if variable.name == SEED_VARIABLE
        ]

        def gathered(step: Callable[[Any], Any]) -> Callable[..., Any]:
            def on_rows(images: Any, labels: Any, rows: Any) -> Any:
                return step((tf.gather(images, rows), tf.gather(labels, rows)))

            return on_rows

        def trace(step: Callable[[Any], Any]) -> Any:
            function = tf.function(gathered(step), jit_compile=False, autograph=False)
            return function.get_concrete_function(images, labels, rows)

        def augmented(batch: tuple[Any, Any]) -> tuple[Any, Any]:
            images, labels = batch
            for layer in augmenters:
                images = layer(images, training=True)
            return images, labels

        def weighted_train_step(images: Any, labels: Any, rows: Any, class_weights: Any) -> Any:
            images, labels = augmented((tf.gather(images, rows), tf.gather(labels, rows)))
            return self.model.train_step((images, labels, tf.linalg.matvec(labels, class_weights)))

        if weighted:
            function = tf.function(weighted_train_step, jit_compile=False, autograph=False)
            class_weights = tf.TensorSpec((self.model.output_shape[-1],), tf.float32)
            self._train_step = function.get_concrete_function(images, labels, rows, class_weights)
        elif augmenters:
            self._train_step = trace(lambda batch: self.model.train_step(augmented(batch)))
        else:
            self._train_step = trace(self.model.train_step)
        self._test_step = trace(self.model.test_step)
        self._predict_step = trace(lambda batch: self.model(batch[0], training=False))

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
        for place, variable in enumerate(self._augmenter_seeds):
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
