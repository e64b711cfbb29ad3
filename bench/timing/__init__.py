"""ms per step and its parts, measured while nothing else runs.

timing_task.py    what a measuring process is sent
isolation.py      its threads and cores, set before TensorFlow starts
network_times.py  what a measuring process does
warm_up.py        the warm-up rule: warm up until steady, then take samples, garbage collector off
step_parts.py     the parts of a network that are timed: step, forward, backward, validation, inference
keras_fit.py      ``model.fit`` on arrays and on files, and what its progress bar prints
costs.py          memory, model size, training FLOPs, the machine's matrix-multiplication peak
counters.py       what the machine did meanwhile: processor time, switches, steal, frequency
"""

from bench.timing.isolation import check_cpus, prepare_process
from bench.timing.network_times import measure_network
from bench.timing.timing_task import FIT_PARTS, RESIDENT_PARTS, FitData, TimingTask, named_parts

__all__ = [
    "FIT_PARTS",
    "RESIDENT_PARTS",
    "FitData",
    "TimingTask",
    "check_cpus",
    "measure_network",
    "named_parts",
    "prepare_process",
]
