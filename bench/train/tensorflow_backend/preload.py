"""Imported once by the fork server: TensorFlow and Keras, imported but not started, for every worker that is forked."""

from bench.train.tensorflow_backend.runtime import import_quietly

import_quietly()
