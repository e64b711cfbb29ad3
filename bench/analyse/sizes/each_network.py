"""Each network by itself: accuracy and loss with intervals, step time, and whether it is on the Pareto front."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import LEAST_BLOCKS, Matrix, TrialBlocks
from bench.analyse.estimates.image_scores import Name, Score
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import Interval, wilson_interval
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.analyse.sizes.law_fits import round_means
from bench.analyse.sizes.network_choice import accuracy_density, front_probability, on_front, resampled_medians
from bench.study.study_data import StudyData

N_FRONT_DRAWS = 2000
ESTIMATED = ("accuracy", "loss", "balanced_accuracy")
"""The mean scores of a network or control that have intervals."""
_STEP = ("step_ms", "step_ms_q1", "step_ms_q3")
_SIZE_COLUMNS = [
    *("entry", "architecture", "n_params", "flops_per_example", "n_done", "n_failed"),
    *("accuracy", "accuracy_se", "accuracy_low", "accuracy_high", "why_no_interval"),
    *("loss", "loss_low", "loss_high"),
    *("balanced_accuracy", "balanced_accuracy_low", "balanced_accuracy_high"),
    *("pooled_accuracy", "pooled_accuracy_low", "pooled_accuracy_high", "n_images"),
    *("train_accuracy", "train_accuracy_min"),
    *(*_STEP, "accuracy_density"),
]


def size_table(data: StudyData, blocks: TrialBlocks, levels: Mapping[Score, StudyLevels]) -> pd.DataFrame:
    """One row per network with a done trial.

    Columns: entry, architecture, n_params, flops_per_example, n_done, n_failed; accuracy, loss and balanced_accuracy
    (means over images and seeds), with ``_low``, ``_high`` (by the two-level estimator) and accuracy_se, NaN if
    why_no_interval gives a reason; pooled_accuracy, with ``_low``, ``_high`` (Wilson) over n_images; train_accuracy
    (mean), train_accuracy_min; step_ms, step_ms_q1, step_ms_q3; accuracy_density.
    """
    lowest = data.done.groupby("entry")["train_accuracy"].min()
    rows = []
    for row in data.summary[data.summary["entry"].isin(lowest.index)].to_dict("records"):
        entry, held_out = row["entry"], blocks.held_out.get(row["entry"])
        of_entry = data.done[data.done["entry"] == entry]
        accuracy = attempt(partial(levels[Score.ACCURACY].proportion, entry))
        pooled = Interval(np.nan) if held_out is None else wilson_interval(held_out.pooled_accuracy, held_out.n_images)
        rows.append(
            {
                **{name: row[name] for name in ("entry", "architecture", "n_params", "flops_per_example")},
                **{name: row[name] for name in ("n_done", "n_failed")},
                **estimates(entry, of_entry, levels),
                "accuracy_se": getattr(accuracy, "se", np.nan),
                "why_no_interval": accuracy.reason if isinstance(accuracy, NotComputed) else None,
                "pooled_accuracy": pooled.value,
                "pooled_accuracy_low": pooled.low,
                "pooled_accuracy_high": pooled.high,
                "n_images": blocks.n_images if held_out is None else held_out.n_images,
                "train_accuracy": row["train_accuracy_mean"],
                "train_accuracy_min": float(lowest[entry]),
                **{name: row[f"{name}_median" if name == "step_ms" else name] for name in _STEP},
                "accuracy_density": accuracy_density(
                    row["val_accuracy_mean"] if held_out is None else pooled.value, row["n_params"]
                ),
            }
        )
    return pd.DataFrame(rows, columns=_SIZE_COLUMNS)


def with_front(
    sizes: pd.DataFrame, levels: StudyLevels, steps: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """``sizes`` with on_front, and front_probability (NaN if accuracies have no two-level estimate).

    Step time is one of the costs if every network is timed.

    Args:
        sizes: as ``size_table`` gives it.
        levels: the variances of accuracy.
        steps: the timed steps.
        generator: draws true accuracies and step times.
    """
    if sizes.empty:
        return sizes.assign(on_front=False, front_probability=np.nan)
    entries, n_params = sizes["entry"].tolist(), sizes["n_params"].to_numpy(float)
    is_timed = bool(sizes["step_ms"].notna().all())
    costs = [n_params, *([sizes["step_ms"].to_numpy(float)] if is_timed else [])]
    front = on_front(sizes["accuracy"].to_numpy(float), *costs)
    found = attempt(partial(levels.of, entries))
    if isinstance(found, NotComputed):
        return sizes.assign(on_front=front, front_probability=np.nan)
    drawn = found.draw_means(N_FRONT_DRAWS, generator)
    step_ms = _drawn_step_ms(steps, entries, generator) if is_timed else None
    return sizes.assign(on_front=front, front_probability=front_probability(drawn, n_params, step_ms))


def estimate_columns() -> list[str]:
    """The columns of ``estimates``."""
    return [f"{name}{bound}" for name in ESTIMATED for bound in ("", "_low", "_high")]


def estimates(name: Name, done: pd.DataFrame, levels: Mapping[Score, StudyLevels]) -> dict[str, float]:
    """The mean scores of one network or control, with their bounds.

    Args:
        name: an entry, or the name of a control.
        done: its done trials; without an estimate, their mean is given alone.
        levels: the variances of every score.
    """
    accuracy, balanced = (
        attempt(partial(levels[score].proportion, name)) for score in (Score.ACCURACY, Score.BALANCED)
    )
    loss = attempt(partial(levels[Score.LOSS].mean, name))
    return {
        **_bounded("accuracy", accuracy, done["val_accuracy"].mean()),
        **_bounded("loss", loss, done["val_loss"].mean()),
        **_bounded("balanced_accuracy", balanced, np.nan),
    }


def _bounded(name: str, found: ContrastEstimate | NotComputed, otherwise: float) -> dict[str, float]:
    if isinstance(found, NotComputed):
        return {name: otherwise, f"{name}_low": np.nan, f"{name}_high": np.nan}
    return {name: found.value, f"{name}_low": max(0.0, found.low), f"{name}_high": found.high}


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
