"""Imported once by the fork server: TensorFlow and Keras, imported but not started, for every worker that is forked."""

from bench.train.runtime import import_quietly

import_quietly()
