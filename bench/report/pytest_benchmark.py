"""Results of pytest-benchmark, from the file that its ``--benchmark-json`` writes, beside a study's accuracy."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from bench.errors import TimingError
from bench.pages.tables import NOTHING, as_markdown, mean_and_sd, three_digits
from bench.study.families import network_labels
from bench.study.study_data import StudyData

_IDENTITY = ("architecture", "n_params", "input_shape")
_EXTRA_INFO = (*_IDENTITY, "batch_size", "flops_per_example", "threads")


def read_timings(path: Path) -> pd.DataFrame:
    """A row a benchmark that says of which network it is.

    Args:
        path: a JSON file of pytest-benchmark; of its benchmarks those count whose ``extra_info`` has architecture,
            n_params, input_shape, batch_size, flops_per_example and threads, as those in ``benchmarks/`` do.

    Returns:
        Columns: benchmark (its name), those of ``extra_info``, rounds, median_ms, q1_ms, q3_ms.

    Raises:
        TimingError: the file cannot be read, is none of pytest-benchmark's, or has no such benchmark.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
        rows = [_row(each) for each in found if all(name in each["extra_info"] for name in _EXTRA_INFO)]
    except OSError as error:
        raise TimingError(f"a file of timings must be readable; {path}: {error.strerror}; correct its name") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TimingError(
            f"a file of timings is what pytest-benchmark's --benchmark-json writes; {path} is not "
            f"({type(error).__name__}: {' '.join(str(error).split())}); write it anew"
        ) from error
    if not rows:
        raise TimingError(
            f"a file of timings has benchmarks with {', '.join(_EXTRA_INFO)} in their extra_info; {path} has none; "
            "write it with python -m pytest benchmarks -k training_step --benchmark-json FILE.json"
        )
    return pd.DataFrame(rows)


def timings_markdown(data: StudyData, timings: pd.DataFrame, file_name: str) -> str:
    """The benchmarks beside the study's networks of the same architecture, parameters and input, as a Markdown page.

    Args:
        data: the study.
        timings: as ``read_timings`` gives them.
        file_name: where they are from.
    """
    labels = network_labels(data.summary)
    joined = data.summary.merge(timings, on=list(_IDENTITY))
    rows = pd.DataFrame(
        {
            "network": [labels[entry] for entry in joined["entry"]],
            "parameters": [f"{n:,}" for n in joined["n_params"]],
            "input": joined["input_shape"],
            "val accuracy": mean_and_sd(joined, "val_accuracy"),
            "benchmark": joined["benchmark"],
            "batch": joined["batch_size"].astype(str),
            "threads": joined["threads"].astype(str),
            "ms": [
                f"{three_digits(row['median_ms'])} [{three_digits(row['q1_ms'])}, {three_digits(row['q3_ms'])}]"
                for _, row in joined.iterrows()
            ],
            "rounds": joined["rounds"].astype(str),
        }
    )
    matched = set(joined["benchmark"])
    others = [name for name in timings["benchmark"] if name not in matched]
    parts = [
        f"# {file_name} beside {data.title().replace(chr(10), '; ')}",
        as_markdown(rows, ("network", "benchmark")) if len(rows) else f"{NOTHING} No benchmark is of a network here.",
        "Median [quartiles] of pytest-benchmark's rounds; a benchmark belongs to the network of the same architecture, "
        "parameter count and input shape.",
        *([f"Of no network of this study: {', '.join(others)}."] if others else []),
    ]
    return "\n\n".join(parts) + "\n"


def _row(benchmark: dict[str, Any]) -> dict[str, Any]:
    stats = benchmark["stats"]
    return {
        "benchmark": benchmark["name"],
        **{name: benchmark["extra_info"][name] for name in _EXTRA_INFO},
        "rounds": stats["rounds"],
        "median_ms": 1e3 * stats["median"],
        "q1_ms": 1e3 * stats["q1"],
        "q3_ms": 1e3 * stats["q3"],
    }
