"""Step times of a study: medians and ratios with intervals over rounds, and slopes against parameters and FLOPs.

Samples of one round share a process, its memory layout and the machine's state, so they are not independent. Rounds are
independent. Intervals come from a bootstrap that draws rounds, and samples within them (Davison and Hinkley 1997,
Bootstrap Methods and their Application, section 3.8). With k rounds, the bootstrap understates the standard error by
the factor sqrt((k - 1) / k), and the normal quantile is too small. The standard error on the log scale is therefore
divided by that factor and multiplied by Student's t quantile with k - 1 degrees of freedom (Hesterberg 2015, What
Teachers Should Know About the Bootstrap, The American Statistician 69, section 4.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.blocks import LEAST_BLOCKS
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.times.noise_grades import NoiseVerdict, judge_noise
from bench.records import Counters, TimedPart
from bench.store.columns import COUNTER_PREFIX, FIGURE_PREFIX
from bench.study.summary import NS_PER_MS, group_columns

N_RESAMPLES = 500

Rounds = Mapping[int, NDArray[np.int64]]
"""Samples in nanoseconds by round."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A line through log step time against the log of another quantity: its slope, and how well it fits the times.

    ``aicc`` compares lines through the same points: lower is better.
    """

    slope: Interval
    r_squared: float
    aicc: float
    n_networks: int


def median_ms(rounds: Rounds, generator: np.random.Generator) -> Interval:
    """The median of all samples in milliseconds, with its interval over rounds; NaN bounds with fewer than 3 rounds."""
    ordered = list(rounds.values())
    estimate = float(np.median(np.concatenate(ordered))) / NS_PER_MS
    draws = _resampled_log_medians(ordered, _drawn_rounds(len(ordered), generator), generator)
    return _on_log_scale(estimate, draws, len(ordered))


def ratio(above: Rounds, below: Rounds, generator: np.random.Generator) -> Interval | None:
    """The ratio of the time of ``above`` to that of ``below``: the geometric mean of the rounds' ratios of medians.

    Figures are paired by round, since those of one round share the machine's state. None if they share no round.
    """
    common = sorted(above.keys() & below.keys())
    if not common:
        return None
    logs = [float(np.log(np.median(above[each]) / np.median(below[each]))) for each in common]
    chosen = _drawn_rounds(len(common), generator)
    draws = _mean_log_round_medians(above, common, chosen, generator) - _mean_log_round_medians(
        below, common, chosen, generator
    )
    return _on_log_scale(float(np.exp(np.mean(logs))), draws, len(common))


def log_log_slope(x: NDArray[np.float64], step_ms: NDArray[np.float64]) -> Slope | None:
    """Ordinary least squares of log ``step_ms`` on log ``x`` (scipy's ``linregress``), one point per network.

    The interval is Student's with n - 2 degrees of freedom. It measures the scatter of networks about the line; the
    error of each time is small in comparison. AICc is n log(RSS / n) + 2k + 2k(k + 1) / (n - k - 1) with k = 3 (Hurvich
    and Tsai 1989).

    Args:
        x: positive numbers, such as parameters or FLOPs.
        step_ms: median step times in milliseconds.

    Returns:
        None with fewer than 5 points, or if all ``x`` are equal.
    """
    n, k = len(x), 3
    if n < k + 2 or np.ptp(x) == 0:
        return None
    log_x, log_ms = np.log(x), np.log(step_ms)
    line = stats.linregress(log_x, log_ms)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 2) * line.stderr)
    residual = float(np.sum((log_ms - line.intercept - line.slope * log_x) ** 2))
    return Slope(
        slope=Interval(float(line.slope), float(line.slope) - half, float(line.slope) + half),
        r_squared=float(line.rvalue) ** 2,
        aicc=n * np.log(max(residual, np.finfo(float).tiny) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1),
        n_networks=n,
    )


def rounds_of(measurements: pd.DataFrame) -> Rounds:
    """The samples of one figure's measurements by round."""
    by_round: dict[int, list[NDArray[np.int64]]] = {}
    for round_, samples_ns in zip(measurements["round"].tolist(), measurements["samples_ns"], strict=True):
        by_round.setdefault(round_, []).append(samples_ns)
    return {round_: np.concatenate(samples) for round_, samples in by_round.items()}


def figure_columns(measurements: pd.DataFrame) -> list[str]:
    """The columns that identify a figure: network, protocol, part, threads."""
    return [*group_columns(measurements), "part", "threads"]


def latest(measurements: pd.DataFrame) -> pd.DataFrame:
    """The measurements of each figure's latest pass."""
    last = measurements.groupby(figure_columns(measurements), dropna=False)["pass_number"].transform("max")
    return measurements[measurements["pass_number"] == last]


def verdict_of(measurements: pd.DataFrame) -> NoiseVerdict:
    """The verdict on one figure's measurements."""
    known = measurements.dropna(subset=[f"{COUNTER_PREFIX}wall_s"])
    counters = [
        Counters(**{name: _number_or_none(row[f"{COUNTER_PREFIX}{name}"]) for name in _COUNTERS})
        for _, row in known.iterrows()
    ]
    return judge_noise(list(rounds_of(measurements).values()), counters)


def figures(measurements: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """One row per figure, from its latest pass: median with interval, spread, grade.

    Args:
        measurements: as ``Store.measurements`` gives them.
        generator: draws bootstrap samples.

    Returns:
        Columns: network_key, ``protocol_*``, part, threads, batch_size, n_rounds, n_samples, n_warmup, median_ms,
        low_ms, high_ms (NaN with fewer than 3 rounds), q1_ms, q3_ms, p95_ms, p99_ms, verdict, reasons, and
        ``figure_*`` (medians over rounds).
    """
    extra = [column for column in measurements.columns if column.startswith(FIGURE_PREFIX)]
    keys = figure_columns(measurements)
    rows: list[dict[str, Any]] = []
    for key, taken in latest(measurements).groupby(keys, sort=False, dropna=False):
        rounds = rounds_of(taken)
        samples_ms = np.concatenate(list(rounds.values())) / NS_PER_MS
        median = median_ms(rounds, generator)
        q1, q3, p95, p99 = np.percentile(samples_ms, [25, 75, 95, 99])
        verdict = verdict_of(taken)
        rows.append(
            {
                **dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True)),
                "batch_size": int(taken["batch_size"].min()),
                "n_rounds": len(rounds),
                "n_samples": len(samples_ms),
                "n_warmup": int(taken["warmup_ns"].map(len).sum()),
                "median_ms": median.value,
                "low_ms": median.low,
                "high_ms": median.high,
                "q1_ms": q1,
                "q3_ms": q3,
                "p95_ms": p95,
                "p99_ms": p99,
                "verdict": str(verdict.grade),
                "reasons": "; ".join(verdict.reasons),
                **{column: float(taken[column].median()) for column in extra},
            }
        )
    return pd.DataFrame(rows)


def step_verdicts(measurements: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """The grade of each network's training step time, from its latest pass and most threads.

    Returns:
        The columns that identify a network under a protocol, and step_ms_low, step_ms_high (95 % interval of the
        median), step_ms_verdict.
    """
    keys = group_columns(measurements)
    steps = figures(measurements[measurements["part"] == TimedPart.STEP], generator)
    if not len(steps):
        return pd.DataFrame(columns=[*keys, "step_ms_low", "step_ms_high", "step_ms_verdict"])
    most_threads = steps["threads"] == steps.groupby(keys, dropna=False)["threads"].transform("max")
    names = {"low_ms": "step_ms_low", "high_ms": "step_ms_high", "verdict": "step_ms_verdict"}
    return steps.loc[most_threads, [*keys, *names]].rename(columns=names)


_COUNTERS = [field.name for field in fields(Counters)]


def _number_or_none(value: float) -> Any:
    return None if pd.isna(value) else value


def _drawn_rounds(n_rounds: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return generator.integers(n_rounds, size=(N_RESAMPLES, n_rounds))


def _resampled_log_medians(
    rounds: Sequence[NDArray[np.int64]], chosen: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Log medians (milliseconds) of pooled samples, (resamples,): each resample draws within its chosen rounds."""
    size = max(map(len, rounds))
    drawn = np.stack([each[generator.integers(len(each), size=(len(chosen), len(rounds), size))] for each in rounds])
    picked = drawn[chosen, np.arange(len(chosen))[:, None], np.arange(len(rounds))[None, :]]
    medians: NDArray[np.float64] = np.log(np.median(picked.reshape(len(chosen), -1), axis=1) / NS_PER_MS)
    return medians


def _mean_log_round_medians(
    rounds: Rounds, common: Sequence[int], chosen: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Means over the chosen rounds of the log medians of resampled rounds, (resamples,)."""
    by_round = np.stack(
        [
            np.log(
                np.median(rounds[each][generator.integers(len(rounds[each]), size=(len(chosen), len(rounds[each])))], 1)
            )
            for each in common
        ]
    )
    means: NDArray[np.float64] = by_round[chosen, np.arange(len(chosen))[:, None]].mean(axis=1)
    return means


def _on_log_scale(estimate: float, draws: NDArray[np.float64], n_rounds: int) -> Interval:
    if n_rounds < LEAST_BLOCKS:
        return Interval(estimate)
    standard_error = float(np.std(draws, ddof=1)) * np.sqrt(n_rounds / (n_rounds - 1))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n_rounds - 1)) * standard_error
    return Interval(estimate, float(estimate * np.exp(-half)), float(estimate * np.exp(half)))
