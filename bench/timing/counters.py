"""Counters of a process and its machine during a measurement."""

import os
import resource
import time
from dataclasses import dataclass

import psutil

from bench.records import Counters


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Totals at one moment. The difference of two snapshots is ``Counters``."""

    wall_s: float
    own_cpu_s: float
    involuntary_switches: int
    busy_cpu_s: float
    steal_s: float | None


def snapshot() -> Snapshot:
    """The current totals."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    machine = psutil.cpu_times()
    idle = machine.idle + getattr(machine, "iowait", 0.0)
    steal = getattr(machine, "steal", None)
    # On Linux, user time already includes guest time.
    counted = ("user", "nice", "system", "idle", "iowait", "irq", "softirq")
    total = sum(getattr(machine, name, 0.0) for name in counted)
    return Snapshot(
        wall_s=time.perf_counter(),
        own_cpu_s=own.ru_utime + own.ru_stime,
        involuntary_switches=own.ru_nivcsw,
        busy_cpu_s=total - idle,
        steal_s=steal,
    )


def counters_since(before: Snapshot) -> Counters:
    """The differences from a snapshot."""
    now = snapshot()
    return Counters(
        wall_s=now.wall_s - before.wall_s,
        own_cpu_s=now.own_cpu_s - before.own_cpu_s,
        involuntary_switches=now.involuntary_switches - before.involuntary_switches,
        n_cores=os.cpu_count() or 1,
        busy_cpu_s=now.busy_cpu_s - before.busy_cpu_s,
        steal_s=None if now.steal_s is None or before.steal_s is None else now.steal_s - before.steal_s,
        mhz=_mhz(),
    )


def _mhz() -> float | None:
    try:
        frequency = psutil.cpu_freq()
    except (OSError, NotImplementedError):  # no such file in many containers
        return None
    return float(frequency.current) if frequency is not None and frequency.current else None
