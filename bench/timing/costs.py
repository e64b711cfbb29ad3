"""What a step costs beside time: memory, the model's file, training FLOPs; and what the machine could do at best."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"

GEMM_SIDE = 2048
_GEMM_REPEATS = 6


def start_runtime() -> None:
    """Make TensorFlow start, which it does with its first operation."""
    import tensorflow as tf

    float(tf.constant(1.0) + 1.0)


def resident_bytes() -> int | None:
    """This process' resident memory; None where the system does not tell (it is read from Linux's /proc)."""
    return _status_bytes("VmRSS")


def peak_resident_bytes() -> int | None:
    """The most resident memory that this process had since ``forget_peak``; None where the system does not tell."""
    return _status_bytes("VmHWM")


def forget_peak() -> None:
    """Start the peak of resident memory anew, where the system allows it (see proc(5), clear_refs)."""
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
        precision: ``float32``, or ``mixed_bfloat16`` for bfloat16.
        clock: seconds, monotonic.
    """
    import tensorflow as tf

    dtype = tf.bfloat16 if precision == "mixed_bfloat16" else tf.float32
    left = tf.cast(tf.random.stateless_uniform((GEMM_SIDE, GEMM_SIDE), (0, 0)), dtype)
    right = tf.cast(tf.random.stateless_uniform((GEMM_SIDE, GEMM_SIDE), (0, 1)), dtype)
    product = tf.function(lambda: tf.matmul(left, right), autograph=False).get_concrete_function()
    fastest_s = float("inf")
    for _ in range(_GEMM_REPEATS):
        started = clock()
        product().numpy()
        fastest_s = min(fastest_s, clock() - started)
    return 2 * GEMM_SIDE**3 / fastest_s
