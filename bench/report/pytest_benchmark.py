"""Reads the file that pytest-benchmark's ``--benchmark-json`` writes."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from bench.errors import TimingError
from bench.pages.benchmark_timings import IDENTITY

_EXTRA_INFO = (*IDENTITY, "batch_size", "flops_per_example", "threads")


Count = Annotated[int, Field(gt=0, lt=2**63)]


class _Network(BaseModel):
    architecture: str
    n_params: Count
    input_shape: str
    batch_size: Count
    flops_per_example: Count
    threads: Count


class _Stats(BaseModel):
    rounds: Count
    median: FiniteFloat
    q1: FiniteFloat
    q3: FiniteFloat


class _Benchmark(BaseModel):
    name: str
    extra_info: dict[str, Any]
    stats: _Stats


class _File(BaseModel):
    benchmarks: list[_Benchmark]


def read_timings(path: Path) -> pd.DataFrame:
    """One row per benchmark of a network.

    Args:
        path: a JSON file of pytest-benchmark. A benchmark of a network has architecture, n_params, input_shape,
            batch_size, flops_per_example and threads in its ``extra_info``, as those in ``benchmarks/`` do.

    Returns:
        Columns: benchmark (its name), those of ``extra_info``, rounds, median_ms, q1_ms, q3_ms.

    Raises:
        TimingError: the file cannot be read, was not written by pytest-benchmark, or has no such benchmark.
    """
    try:
        found = _File.model_validate_json(path.read_bytes()).benchmarks
        rows = [_row(each) for each in found if all(name in each.extra_info for name in _EXTRA_INFO)]
    except OSError as error:
        raise TimingError(f"a file of timings must be readable; {path}: {error.strerror}; correct its name") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise TimingError(
            f"a file of timings is what pytest-benchmark's --benchmark-json writes; {path} is not "
            f"({'.'.join(map(str, first['loc'])) or 'the file'}: {' '.join(first['msg'].split())}); write it again"
        ) from error
    if not rows:
        raise TimingError(
            f"a file of timings has benchmarks with {', '.join(_EXTRA_INFO)} in their extra_info; {path} has none; "
            "write it with python -m pytest benchmarks -k training_step --benchmark-json FILE.json"
        )
    return pd.DataFrame(rows)


def _row(benchmark: _Benchmark) -> dict[str, Any]:
    stats = benchmark.stats
    return {
        "benchmark": benchmark.name,
        **_Network.model_validate(benchmark.extra_info).model_dump(),
        "rounds": stats.rounds,
        "median_ms": 1e3 * stats.median,
        "q1_ms": 1e3 * stats.q1,
        "q3_ms": 1e3 * stats.q3,
    }
