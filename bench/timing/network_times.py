"""The measurements of one task, in a new process."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from architectures import anatomy
from bench.records import Counters, TimedPart
from bench.timing.costs import (
    forget_peak,
    gemm_flops_per_s,
    model_file_bytes,
    peak_resident_bytes,
    resident_bytes,
    start_runtime,
)
from bench.timing.counters import counters_since, snapshot
from bench.timing.keras_fit import time_fit
from bench.timing.step_parts import part_call
from bench.timing.timing_task import FIT_PARTS, TimingTask
from bench.timing.warm_up import sample
from bench.train.tensorflow_backend.engine import Engine, compiled_engine
from bench.train.tensorflow_backend.precision import build_model

N_INFERENCE_SAMPLES = 40
"""The least number of samples per inference part and round; a 99th percentile needs many samples."""


@dataclass(frozen=True, slots=True)
class PartTimes:
    """The samples of one part with their counters and figures; see ``records.Measurement``."""

    part: TimedPart
    warmup_ns: tuple[int, ...]
    samples_ns: tuple[int, ...]
    counters: Counters
    figures: Mapping[str, float] = field(default_factory=dict)


def prepare_network(task: TimingTask) -> None:
    """Build, compile and trace the network of a task, so that ``measure_network`` in this process only runs it."""
    start_runtime()
    compiled_engine(task.network, task.protocol).prepare("train")


def measure_network(task: TimingTask, clock_ns: Callable[[], int] = time.perf_counter_ns) -> tuple[PartTimes, ...]:
    """Take the measurements of a task in a process prepared by ``isolation.prepare_process``.

    Args:
        task: what to measure.
        clock_ns: a monotonic clock in nanoseconds.
    """
    start_runtime()
    if task.parts[0] in FIT_PARTS:
        before = snapshot()
        fit = time_fit(task, clock_ns)
        return (PartTimes(task.parts[0], fit.warmup_ns, fit.samples_ns, counters_since(before), fit.figures),)
    idle_bytes = resident_bytes()
    forget_peak()
    engine = compiled_engine(task.network, task.protocol)
    engine.reset(weights_seed=0, dropout_seed=lambda layer: layer)
    return tuple(_time_part(part, engine, task, idle_bytes, clock_ns) for part in task.parts)


def _time_part(
    part: TimedPart, engine: Engine, task: TimingTask, idle_bytes: int | None, clock_ns: Callable[[], int]
) -> PartTimes:
    figures: dict[str, float] = {}
    if part is TimedPart.STEP and not engine.is_prepared("train"):
        started = clock_ns()
        engine.prepare("train")
        figures["trace_s"] = (clock_ns() - started) / 1e9
    call = part_call(part, engine, task.network, task.batch_size)
    is_inference = part in (TimedPart.INFERENCE_1, TimedPart.INFERENCE_32)
    n_samples = max(task.n_samples, N_INFERENCE_SAMPLES) if is_inference else task.n_samples
    before = snapshot()
    warmup, samples = sample(call, n_samples, clock_ns)
    counters = counters_since(before)
    if part is TimedPart.STEP:
        # TensorFlow optimises the traced graph and creates its kernels in the first run.
        figures["first_step_s"] = warmup[0] / 1e9
    if part is TimedPart.STEP and task.with_costs:
        figures |= _costs(task, idle_bytes)
    return PartTimes(part, tuple(warmup), tuple(samples), counters, figures)


def _costs(task: TimingTask, idle_bytes: int | None) -> dict[str, float]:
    peak_bytes = peak_resident_bytes()
    model = build_model(task.network)
    figures = {
        "gemm_gflops": gemm_flops_per_s(task.protocol.precision) / 1e9,
        "train_flops_per_example": anatomy.training_flops_per_example(model),
        "activation_bytes_per_example": anatomy.activation_bytes_per_example(model),
        "model_file_bytes": model_file_bytes(model),
    }
    if idle_bytes is not None and peak_bytes is not None:
        figures |= {"idle_bytes": idle_bytes, "peak_above_idle_bytes": peak_bytes - idle_bytes}
    return {name: float(value) for name, value in figures.items()}
