"""Costs of a step other than time: memory and size of the model file; and the machine's peak."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.train.tensorflow_backend.precision import compute_dtype

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"

GEMM_SIDE = 2048
_GEMM_REPEATS = 6


def start_runtime() -> None:
    """Start TensorFlow by running one operation."""
    import tensorflow as tf

    float(tf.constant(1.0) + 1.0)


def resident_bytes() -> int | None:
    """This process's resident memory; None if the system does not report it (it is read from Linux's /proc)."""
    return _status_bytes("VmRSS")


def peak_resident_bytes() -> int | None:
    """The largest resident memory of this process since ``forget_peak``; None if the system does not report it."""
    return _status_bytes("VmHWM")


def forget_peak() -> None:
    """Reset the peak of resident memory if the system allows it (see proc(5), clear_refs)."""
    if _CLEAR_REFS.exists():
        _CLEAR_REFS.write_text(_RESET_PEAK)


def _status_bytes(field: str) -> int | None:
    if not _STATUS.exists():
        return None
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
    return int(lines[field].split()[0]) * 1024 if field in lines else None


def model_file_bytes(model: Any) -> int:
    """Bytes of an uncompiled model in Keras's own format (``.keras``): architecture and weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        return path.stat().st_size


def gemm_flops_per_s(precision: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """The machine's peak: the fastest of six products of two 2048 x 2048 matrices, 2 n^3 operations each.

    Args:
        precision: as ``Protocol.precision``.
        clock: seconds, monotonic.
    """
    import tensorflow as tf

    dtype = compute_dtype(precision)
    left = tf.cast(tf.random.stateless_uniform((GEMM_SIDE, GEMM_SIDE), (0, 0)), dtype)
    right = tf.cast(tf.random.stateless_uniform((GEMM_SIDE, GEMM_SIDE), (0, 1)), dtype)
    product = tf.function(lambda: tf.matmul(left, right), autograph=False).get_concrete_function()
    fastest_s = float("inf")
    for _ in range(_GEMM_REPEATS):
        started = clock()
        product().numpy()
        fastest_s = min(fastest_s, clock() - started)
    return 2 * GEMM_SIDE**3 / fastest_s
