"""TensorFlow's runtime as every trial finds it: quiet, deterministic, with a set number of threads.

What is set here changes numbers or times, so it is set explicitly and stored with every result
(``bench.environment``) instead of being left to TensorFlow's defaults, which differ between CPUs.
"""

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator, MutableMapping

from bench.errors import WorkerError

FLAGS = {
    # A default only where the CPU has AVX-512 VNNI; elsewhere Eigen's convolutions cost two to three times the time.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
}


def set_flags(environ: MutableMapping[str, str]) -> None:
    """Put ``FLAGS`` into an environment; they hold for a TensorFlow that is imported after this."""
    environ.update(FLAGS)


def import_quietly() -> None:
    """Import TensorFlow and Keras without their start-up lines; these are shown after all if the import fails."""
    set_flags(os.environ)
    with _held_back_stderr():
        for package in ("tensorflow", "keras"):
            importlib.import_module(package)


def configure(intra_op_threads: int) -> None:
    """Import TensorFlow and make its operators deterministic, with this many threads within one and one between them.

    Raises:
        WorkerError: TensorFlow already runs in this process with another number of threads.
    """
    import_quietly()
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(intra_op_threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        raise WorkerError(
            "TensorFlow's thread counts are fixed once it has run; received a request for "
            f"{intra_op_threads} intra-op thread(s) where {tf.config.threading.get_intra_op_parallelism_threads()} "
            "are set: use a fresh process"
        ) from error
    tf.config.experimental.enable_op_determinism()


def configure_as_keras_does(intra_op_threads: int) -> None:
    """Import TensorFlow as a script that calls ``model.fit`` would, but with this many threads within an operator."""
    import_quietly()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(intra_op_threads)


@contextlib.contextmanager
def _held_back_stderr() -> Iterator[None]:
    """Redirect file descriptor 2, which C++ writes to; replay what was written if the body raises."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            held_back.seek(0)
            os.write(original, held_back.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
