"""The machine and the software that results came from, as far as they can change a number or a time."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import psutil

from bench.records import Environment
from bench.train.tensorflow_backend.runtime import FLAGS

_PACKAGES = (
    "param-scaling-bench",
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "pillow",
)
_NUMERICAL_PREFIXES = (
    "TF_ENABLE",
    "TF_NUM",
    "TF_XLA",
    "TF_DISABLE",
    "XLA_",
    "ONEDNN_",
    "DNNL_",
    "OMP_",
    "OPENBLAS_",
)


def describe_environment(workers: int, intra_op_threads: int, environ: Mapping[str, str]) -> Environment:
    """What a result is stored with: CPU, memory, threads, versions, commit, TensorFlow's flags.

    Args:
        workers: processes that trained side by side; changes times, never numbers.
        intra_op_threads: threads within a TensorFlow operator.
        environ: the process' environment, for variables of the numerical libraries beyond our own ``FLAGS``.
    """
    set_by_user = {key: value for key, value in environ.items() if key.startswith(_NUMERICAL_PREFIXES)}
    return Environment(
        {
            "cpu": _cpu_model(),
            "logical_cores": psutil.cpu_count(logical=True),
            "usable_cores": usable_cores(),
            "memory_bytes": psutil.virtual_memory().total,
            "os": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "versions": {name: version for name in _PACKAGES if (version := _version(name)) is not None},
            "commit": _commit(),
            "workers": workers,
            "intra_op_threads": intra_op_threads,
            "inter_op_threads": 1,
            "op_determinism": True,
            "flags": {**set_by_user, **FLAGS},
        }
    )


def usable_cpus() -> tuple[int, ...]:
    """The numbers of the cores that this process may run on; containers and ``taskset`` leave out some."""
    process = psutil.Process()
    return tuple(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else tuple(range(os.cpu_count() or 1))


def usable_cores() -> int:
    """How many cores this process may run on."""
    return len(usable_cpus())


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the checkout that this runs from, with ``+changes`` where it is not clean; None for a wheel."""
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        return None
    try:
        commit = _git(checkout, "rev-parse", "HEAD")
        changed = _git(checkout, "status", "--porcelain", "--untracked-files=no", "--", "architectures", "bench")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(checkout: Path, *arguments: str) -> str:
    finished = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True)
    return finished.stdout.strip()
