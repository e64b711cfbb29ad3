"""Times of a training step and its parts, measured while nothing else runs.

timing_task.py    the task that is sent to a measuring process
isolation.py      threads and cores of a measuring process, set before TensorFlow starts
network_times.py  the measurements in a measuring process
warm_up.py        the warm-up rule: warm up until steady, then take samples, garbage collector off
step_parts.py     the timed parts of a network: step, forward, backward, validation, inference
keras_fit.py      ``model.fit`` on arrays and on files, and the times in its progress bar
costs.py          memory, model size, the machine's peak of matrix multiplication
counters.py       counters of the machine: processor time, switches, steal, frequency
"""

from bench.timing.isolation import check_cpus, prepare_process
from bench.timing.network_times import measure_network, prepare_network
from bench.timing.timing_task import FIT_PARTS, RESIDENT_PARTS, FitData, TimingTask, named_parts

__all__ = [
    "FIT_PARTS",
    "RESIDENT_PARTS",
    "FitData",
    "TimingTask",
    "check_cpus",
    "measure_network",
    "named_parts",
    "prepare_network",
    "prepare_process",
]
