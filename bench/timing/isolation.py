"""The threads and cores of a measuring process, set before TensorFlow starts."""

import os
from collections.abc import Sequence

from bench.environment import describe_environment
from bench.errors import TimingError
from bench.records import Environment
from bench.train.tensorflow_backend.runtime import configure, configure_as_keras_does
from bench.train.tensorflow_backend.train_cohort import TensorFlowBackend


def check_cpus(threads: Sequence[int], cpus: Sequence[int] | None, usable: Sequence[int]) -> tuple[int, ...]:
    """The cores to measure on: the requested ones, or all that this process may use.

    Args:
        threads: the thread counts that will be measured.
        cpus: the requested core numbers; None takes the usable ones.
        usable: core numbers that the system lets this process use.

    Raises:
        TimingError: a core is not usable or named twice, a thread count is below 1 or above the number of cores.
    """
    chosen = tuple(usable if cpus is None else cpus)
    shown = ", ".join(map(str, usable))
    for cpu in chosen:
        if cpu not in usable:
            raise TimingError(f"a process can only be bound to cores it may use ({shown}); received core {cpu}")
        if chosen.count(cpu) > 1:
            raise TimingError(f"each core counts once; received core {cpu} twice: name distinct ones of {shown}")
    for count in threads:
        if not 1 <= count <= len(chosen):
            raise TimingError(
                f"threads need a core each, so 1 to {len(chosen)} of them here; received {count}: "
                "ask for fewer threads or more cores"
            )
    return chosen


def prepare_process(threads: int, cpus: tuple[int, ...], as_keras_does: bool) -> Environment:
    """Bind this process to cores and set TensorFlow's threads.

    Args:
        threads: intra-op threads.
        cpus: cores to run on; as many as threads.
        as_keras_does: leave all other settings at TensorFlow's defaults, as in a script that calls ``model.fit``;
            otherwise the runtime is that of the harness's trials.

    Returns:
        The machine and the software that produce the measurements of this process.

    Raises:
        TimingError: the system refuses the cores.
    """
    environment = describe_environment(TensorFlowBackend(), 1, threads, os.environ)
    if hasattr(os, "sched_setaffinity"):
        try:
            os.sched_setaffinity(0, cpus)
        except OSError as error:
            raise TimingError(f"a process must be bindable to cores {cpus}; {error.strerror}: choose others") from error
    if as_keras_does:
        configure_as_keras_does(threads)
    else:
        configure(threads)
    return environment
