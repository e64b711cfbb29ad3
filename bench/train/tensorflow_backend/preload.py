"""Imports TensorFlow and Keras without starting them. The fork server imports this module once for all workers."""

from bench.train.tensorflow_backend.runtime import import_quietly

import_quietly()
