"""TensorFlow's runtime for every trial: quiet, deterministic, with a fixed number of threads.

These settings change numbers or times. They are set explicitly and stored with every result (``bench.environment``),
since TensorFlow's defaults differ between CPUs.
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
    """Set ``FLAGS`` in an environment. They apply if TensorFlow is imported afterwards."""
    environ.update(FLAGS)


def import_quietly() -> None:
    """Import TensorFlow and Keras without their start-up lines. The lines are printed if the import fails."""
    set_flags(os.environ)
    with _held_back_stderr():
        for package in ("tensorflow", "keras"):
            importlib.import_module(package)


def configure(intra_op_threads: int) -> None:
    """Import TensorFlow with deterministic operators, this number of intra-op threads and one inter-op thread.

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
    """Import TensorFlow as a script that calls ``model.fit`` does, but with this number of intra-op threads."""
    import_quietly()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(intra_op_threads)


@contextlib.contextmanager
def _held_back_stderr() -> Iterator[None]:
    """Redirect file descriptor 2, to which C++ writes; print what was written if the body raises."""
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
