"""``Engine``: Keras's training and test steps, compiled once per network and protocol.

A script that calls ``model.fit`` builds, compiles and feeds a model in every trial. Here ``model.train_step`` and
``model.test_step`` are each traced once into a graph that gathers its batch from tensors that stay in memory, and a
trial only resets weights, optimizer state and random state. The arithmetic of each step is Keras's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.records import Network, Protocol
from bench.train.tensorflow_backend.augmentation import build_augmenters
from bench.train.tensorflow_backend.optimizers import build_optimizer
from bench.train.tensorflow_backend.precision import build_model

SEED_VARIABLE = "seed_generator_state"
"""Keras's name for the state of a random layer."""


class Engine:
    """A model and an optimizer with compiled steps that take row numbers.

    Args:
        build: returns a fresh, uncompiled model with newly drawn weights, of the same architecture at each call.
        optimizer: a Keras optimizer that no other model uses.
        loss: a Keras loss or its name; targets are one-hot rows.
        augmenters: Keras's random preprocessing layers, applied to training batches only.
        weighted: whether ``train_on_rows`` is given class weights.

    ``images`` (n, height, width, channels) and ``labels`` (n, n_classes), both float32 tensors, and ``rows`` (batch,),
    int32, are arguments of the compiled functions and not captured by them, so one engine works with any data set.
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
            step: the function of a batch.
            batch_size: a fixed number of rows; None allows any number.
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
        """Compile these steps now instead of at their first use."""
        for step in steps:
            getattr(self, f"_{step}_step")

    def is_prepared(self, step: Literal["train", "test", "predict"]) -> bool:
        """Whether this step is compiled."""
        return f"_{step}_step" in vars(self)  # where ``cached_property`` keeps it

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
        """Reset the engine to the state of a newly built and compiled model.

        Args:
            weights_seed: Keras's global seed while weights are drawn.
            dropout_seed: returns the seed of the model's i-th random layer, counted from 0 by its variables.
            augmenter_seed: returns the seed of the i-th augmenter, counted from 0.
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
        """A copy of the model's weights, including statistics of batch normalisation, for ``set_weights``."""
        return [variable.numpy().copy() for variable in self.model.weights if variable.name != SEED_VARIABLE]

    def set_weights(self, weights: Sequence[NDArray[np.float32]]) -> None:
        """Restore weights that ``weights`` returned."""
        variables = [variable for variable in self.model.weights if variable.name != SEED_VARIABLE]
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def train_on_rows(
        self, images: Any, labels: Any, rows: NDArray[np.int32], class_weights: Any = None
    ) -> Mapping[str, Any]:
        """Take one optimizer step on one batch; return Keras's running metrics since ``reset_metrics``.

        Args:
            images: see the class.
            labels: see the class.
            rows: see the class.
            class_weights: (n_classes,) float32 tensor, for a ``weighted`` engine. As with Keras's ``class_weight``, the
                loss is then the sum of weighted losses divided by the number of examples.
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
        """Restart Keras's running means."""
        self.model.reset_metrics()


@lru_cache(maxsize=1)
def compiled_engine(network: Network, protocol: Protocol) -> Engine:
    """The engine of a network under a protocol. The previous one is dropped, so a process has one at a time."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return Engine(
        lambda: build_model(network, protocol.precision),
        build_optimizer(protocol),
        protocol.loss,
        build_augmenters(protocol),
        weighted=protocol.class_balance == "class_weight",
    )


def _tensor(rows: NDArray[np.int32]) -> Any:
    import tensorflow as tf

    return tf.constant(rows, tf.int32)
