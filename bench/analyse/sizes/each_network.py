"""Each network by itself: accuracy and loss with intervals, step time, its place on the Pareto front."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import LEAST_BLOCKS, Matrix, complete_blocks, resampled_means
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import LEVEL, Estimate, corrected_interval, corrected_se, wilson_interval
from bench.analyse.predictions.held_out import HeldOut
from bench.analyse.sizes.network_choice import accuracy_density, front_probability, on_front, resampled_medians

N_FRONT_RESAMPLES = 1000
_STEP = ("step_ms", "step_ms_q1", "step_ms_q3")
_SIZE_COLUMNS = [
    *("entry", "architecture", "n_params", "flops_per_example", "n_done", "n_failed"),
    *("accuracy", "accuracy_se", "accuracy_low", "accuracy_high", "why_no_interval"),
    *("loss", "loss_low", "loss_high"),
    *("pooled_accuracy", "pooled_accuracy_low", "pooled_accuracy_high", "n_images", "train_accuracy_min"),
    *(*_STEP, "accuracy_density"),
]


def size_table(
    summary: pd.DataFrame,
    done: pd.DataFrame,
    accuracy: pd.DataFrame,
    loss: pd.DataFrame,
    held_out: Mapping[int, HeldOut],
    ratio: float,
) -> pd.DataFrame:
    """A row a network.

    Columns: entry, architecture, n_params, flops_per_example, n_done, n_failed; accuracy and loss (means), with
    ``_low``, ``_high`` (corrected intervals, accuracies within [0, 1]) and accuracy_se, NaN where why_no_interval says
    why; pooled_accuracy, with ``_low``, ``_high`` (Wilson) over n_images; train_accuracy_min; step_ms, step_ms_q1,
    step_ms_q3; accuracy_density.
    """
    lowest = done.groupby("entry")["train_accuracy"].min()
    rows = []
    for row in summary.to_dict("records"):
        entry = row["entry"]
        values, losses = accuracy[entry].dropna().to_numpy(float), loss[entry].dropna().to_numpy(float)
        interval = attempt(partial(corrected_interval, values, ratio))
        of_loss = attempt(partial(corrected_interval, losses, ratio))
        error = attempt(partial(corrected_se, values, ratio))
        pooled = wilson_interval(held_out[entry].pooled_accuracy, held_out[entry].n_images)
        mean = float(values.mean())
        rows.append(
            {
                **{name: row[name] for name in ("entry", "architecture", "n_params", "flops_per_example")},
                **{name: row[name] for name in ("n_done", "n_failed")},
                "accuracy": mean,
                "accuracy_se": np.nan if isinstance(error, NotComputed) else error,
                "accuracy_low": max(0.0, interval.low) if isinstance(interval, Estimate) else np.nan,
                "accuracy_high": min(1.0, interval.high) if isinstance(interval, Estimate) else np.nan,
                "why_no_interval": interval.reason if isinstance(interval, NotComputed) else None,
                "loss": float(losses.mean()),
                "loss_low": max(0.0, of_loss.low) if isinstance(of_loss, Estimate) else np.nan,
                "loss_high": of_loss.high if isinstance(of_loss, Estimate) else np.nan,
                "pooled_accuracy": pooled.value,
                "pooled_accuracy_low": pooled.low,
                "pooled_accuracy_high": pooled.high,
                "n_images": held_out[entry].n_images,
                "train_accuracy_min": float(lowest[entry]),
                **{name: row[f"{name}_median" if name == "step_ms" else name] for name in _STEP},
                "accuracy_density": accuracy_density(mean, row["n_params"]),
            }
        )
    return pd.DataFrame(rows, columns=_SIZE_COLUMNS)


def with_front(
    sizes: pd.DataFrame, accuracy: pd.DataFrame, steps: pd.DataFrame, ratio: float, generator: np.random.Generator
) -> pd.DataFrame:
    """``sizes`` with on_front, and front_probability (NaN with fewer than two blocks that all networks share).

    Step time counts where every network is timed.
    """
    if sizes.empty:
        return sizes.assign(on_front=False, front_probability=np.nan)
    entries, n_params = sizes["entry"].tolist(), sizes["n_params"].to_numpy(float)
    is_timed = bool(sizes["step_ms"].notna().all())
    costs = [n_params, *([sizes["step_ms"].to_numpy(float)] if is_timed else [])]
    front = on_front(sizes["accuracy"].to_numpy(float), *costs)
    blocks = complete_blocks(accuracy, entries)
    if len(blocks) < 2:
        return sizes.assign(on_front=front, front_probability=np.nan)
    drawn = resampled_means(blocks, ratio, N_FRONT_RESAMPLES, LEVEL, generator)
    medians = _resampled_step_ms(steps, entries, generator) if is_timed else None
    return sizes.assign(on_front=front, front_probability=front_probability(drawn, n_params, medians))


def step_blocks(steps: pd.DataFrame, entries: list[int]) -> Matrix:
    """Median step times in ms, a row a timing round in which all these networks were timed: (n_rounds, n_entries)."""
    timed = steps if "round" in steps else steps.assign(round=0)
    by_round = timed.groupby(["round", "entry"])["step_ms"].median().unstack("entry")
    return by_round.reindex(columns=entries).dropna().to_numpy(float)


def _resampled_step_ms(steps: pd.DataFrame, entries: list[int], generator: np.random.Generator) -> Matrix:
    """By rounds, which are independent, where they are enough; else by steps: (N_FRONT_RESAMPLES, n_entries)."""
    rounds = step_blocks(steps, entries)
    if len(rounds) >= LEAST_BLOCKS:
        return resampled_means(rounds, 0.0, N_FRONT_RESAMPLES, LEVEL, generator)
    by_entry = dict(iter(steps.groupby("entry")["step_ms"]))
    samples = [by_entry[entry].to_numpy(float) for entry in entries]
    return resampled_medians(samples, N_FRONT_RESAMPLES, generator)
