"""Each network by itself: accuracy and loss with intervals, step time, and whether it is on the Pareto front."""

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import LEAST_BLOCKS, Matrix, TrialBlocks
from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.estimates.intervals import (
    Interval,
    corrected_interval,
    corrected_se,
    mean_with_interval,
    wilson_interval,
)
from bench.analyse.estimates.two_level import TwoLevel
from bench.analyse.sizes.law_fits import round_means
from bench.analyse.sizes.network_choice import accuracy_density, front_probability, on_front, resampled_medians
from bench.study.study_data import StudyData

N_FRONT_DRAWS = 2000
_STEP = ("step_ms", "step_ms_q1", "step_ms_q3")
_SIZE_COLUMNS = [
    *("entry", "architecture", "n_params", "flops_per_example", "n_done", "n_failed"),
    *("accuracy", "accuracy_se", "accuracy_low", "accuracy_high", "why_no_interval"),
    *("loss", "loss_low", "loss_high"),
    *("pooled_accuracy", "pooled_accuracy_low", "pooled_accuracy_high", "n_images"),
    *("train_accuracy", "train_accuracy_min"),
    *(*_STEP, "accuracy_density"),
]


def size_table(data: StudyData, blocks: TrialBlocks) -> pd.DataFrame:
    """One row per network with a done trial.

    Columns: entry, architecture, n_params, flops_per_example, n_done, n_failed; accuracy and loss (means), with
    ``_low``, ``_high`` (corrected intervals, accuracies within [0, 1]) and accuracy_se, NaN if why_no_interval gives a
    reason; pooled_accuracy, with ``_low``, ``_high`` (Wilson) over n_images; train_accuracy (mean),
    train_accuracy_min; step_ms, step_ms_q1, step_ms_q3; accuracy_density.
    """
    lowest = data.done.groupby("entry")["train_accuracy"].min()
    rows = []
    for row in data.summary[data.summary["entry"].isin(lowest.index)].to_dict("records"):
        entry, held_out = row["entry"], blocks.held_out[row["entry"]]
        values = blocks.accuracy[entry].dropna().to_numpy(float)
        accuracy, error, why_no_interval = _accuracy(values, blocks.ratio)
        loss = mean_with_interval(blocks.loss[entry].dropna().to_numpy(float), blocks.ratio).within(0.0, np.inf)
        pooled = wilson_interval(held_out.pooled_accuracy, held_out.n_images)
        rows.append(
            {
                **{name: row[name] for name in ("entry", "architecture", "n_params", "flops_per_example")},
                **{name: row[name] for name in ("n_done", "n_failed")},
                "accuracy": accuracy.value,
                "accuracy_se": error,
                "accuracy_low": accuracy.low,
                "accuracy_high": accuracy.high,
                "why_no_interval": why_no_interval,
                "loss": loss.value,
                "loss_low": loss.low,
                "loss_high": loss.high,
                "pooled_accuracy": pooled.value,
                "pooled_accuracy_low": pooled.low,
                "pooled_accuracy_high": pooled.high,
                "n_images": held_out.n_images,
                "train_accuracy": row["train_accuracy_mean"],
                "train_accuracy_min": float(lowest[entry]),
                **{name: row[f"{name}_median" if name == "step_ms" else name] for name in _STEP},
                "accuracy_density": accuracy_density(accuracy.value, row["n_params"]),
            }
        )
    return pd.DataFrame(rows, columns=_SIZE_COLUMNS)


def with_front(
    sizes: pd.DataFrame, levels: TwoLevel | NotComputed, steps: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """``sizes`` with on_front, and front_probability (NaN if accuracies have no two-level estimate).

    Step time is one of the costs if every network is timed.

    Args:
        sizes: as ``size_table`` gives it.
        levels: of accuracy, of the networks in ``sizes``, in their order.
        steps: the timed steps.
        generator: draws true accuracies and step times.
    """
    if sizes.empty:
        return sizes.assign(on_front=False, front_probability=np.nan)
    entries, n_params = sizes["entry"].tolist(), sizes["n_params"].to_numpy(float)
    is_timed = bool(sizes["step_ms"].notna().all())
    costs = [n_params, *([sizes["step_ms"].to_numpy(float)] if is_timed else [])]
    front = on_front(sizes["accuracy"].to_numpy(float), *costs)
    if isinstance(levels, NotComputed):
        return sizes.assign(on_front=front, front_probability=np.nan)
    drawn = levels.draw_means(N_FRONT_DRAWS, generator)
    step_ms = _drawn_step_ms(steps, entries, generator) if is_timed else None
    return sizes.assign(on_front=front, front_probability=front_probability(drawn, n_params, step_ms))


def _accuracy(values: Matrix, ratio: float) -> tuple[Interval, float, str | None]:
    """The mean accuracy, its standard error (NaN if there is none), and why it has no interval."""
    try:
        error = corrected_se(values, ratio)
    except InsufficientError as reason:
        return Interval(float(values.mean())), np.nan, str(reason)
    try:
        return corrected_interval(values, ratio).within(0.0, 1.0), error, None
    except InsufficientError as reason:
        return Interval(float(values.mean())), error, str(reason)


def step_blocks(steps: pd.DataFrame, entries: list[int]) -> Matrix:
    """Median step times in ms, one row per timing round in which all these networks were timed: (n_rounds, n)."""
    timed = steps if "round" in steps else steps.assign(round=0)
    by_round = timed.groupby(["round", "entry"])["step_ms"].median().unstack("entry")
    return by_round.reindex(columns=entries).dropna().to_numpy(float)


def _drawn_step_ms(steps: pd.DataFrame, entries: list[int], generator: np.random.Generator) -> Matrix:
    """By rounds, which are independent, if there are enough; otherwise resampled by steps: (N_FRONT_DRAWS, n)."""
    rounds = step_blocks(steps, entries)
    of = round_means(np.arange(len(entries), dtype=float), rounds) if len(rounds) >= LEAST_BLOCKS else None
    if of is not None and not isinstance(of.covariance, NotComputed):
        return generator.multivariate_normal(of.means, of.covariance, N_FRONT_DRAWS)
    by_entry = dict(iter(steps.groupby("entry")["step_ms"]))
    samples = [by_entry[entry].to_numpy(float) for entry in entries]
    return resampled_medians(samples, N_FRONT_DRAWS, generator)
