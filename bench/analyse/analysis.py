"""From a study's stored trials to everything that is said of it: which statistics, on what, in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.blocks import block_matrix, complete_blocks, resampled_means, test_train_ratio
from bench.analyse.choosing import (
    accuracy_density,
    front_probability,
    interpolation_threshold,
    on_front,
    one_standard_error,
    resampled_medians,
)
from bench.analyse.claims import Claim, Judged, Measured, judge_claims
from bench.analyse.comparisons import ROPE, Paired, compare_pairs, corrected_t_test, size_pairs
from bench.analyse.components import Components, variance_components
from bench.analyse.families import Family, network_labels, size_axes
from bench.analyse.held_out import HeldOut, pool
from bench.analyse.insufficient import NotComputed, attempt, require
from bench.analyse.intervals import LEVEL, Estimate, corrected_interval, corrected_se, wilson_interval
from bench.analyse.metrics import Metrics, Reliability, pooled_metrics, reliability
from bench.analyse.power import Design, assumed_sd, detectable_difference
from bench.analyse.scaling import ScalingFit, fit_scaling
from bench.analyse.trend import Kendall, Page, kendall_test, page_test, slope_test
from bench.analyse.verdict import Verdict, judge
from bench.records import Study

N_FRONT_RESAMPLES = 1000
LEAST_LOSS = 1e-6
QUANTITIES = ("error", "loss", "step_ms")
SIZES = ("n_params", "flops_per_example")


@dataclass(frozen=True)
class Axis:
    """What is found along one family's sizes. ``fits`` are by (quantity, size)."""

    family: Family
    n_blocks: int
    n_partial_blocks: int
    verdict: Verdict | NotComputed
    slope: Paired | NotComputed
    page: Page | NotComputed
    kendall: Kendall | NotComputed
    comparisons: pd.DataFrame
    fits: Mapping[tuple[str, str], ScalingFit | NotComputed]
    interpolates_from: int | None


@dataclass(frozen=True)
class StudyPower:
    """The smallest difference that the study's own design and spread can detect."""

    design: Design
    sd: float
    is_assumed: bool
    detectable: float | NotComputed


@dataclass(frozen=True)
class Analysis:
    """All statistics of a study.

    ``sizes``: a row a network with a done trial, see ``_sizes``. ``controls``: a row a control (name, n_trials,
    accuracy, loss). ``against_controls``: as ``compare_pairs`` gives it, with control names as ``first``.
    """

    study: Study
    n_folds: int
    n_seeds: int
    n_not_done: int
    rope: float
    sizes: pd.DataFrame
    labels: Mapping[int, str]
    metrics: Mapping[int, Metrics]
    calibration: Mapping[int, Reliability]
    axes: Sequence[Axis]
    controls: pd.DataFrame
    against_controls: pd.DataFrame
    components: Mapping[int, Components | NotComputed]
    splits_are_shared: bool
    power: StudyPower
    one_standard_error: int | NotComputed
    claims: Sequence[Judged]


def is_control(trials: pd.DataFrame) -> "pd.Series[bool]":
    """Which trials are of a control; all are of networks where the column ``kind`` is missing."""
    if "kind" not in trials:
        return pd.Series(False, index=trials.index)
    return trials["kind"] == "control"


def analyse_study(
    study: Study,
    trials: pd.DataFrame,
    summary: pd.DataFrame,
    steps: pd.DataFrame,
    read_predictions: Callable[[Sequence[str]], pd.DataFrame],
    claims: Sequence[Claim],
    generator: np.random.Generator,
    rope: float = ROPE,
) -> Analysis:
    """Compute every statistic that a study's trials carry.

    Args:
        study: what it is of.
        trials: as ``Store.trials`` gives them, with the column entry: the summary's row, NaN for a control's.
        summary: as ``summarise`` gives it, with the column entry.
        steps: as ``latest_steps`` gives them, with the column entry.
        read_predictions: ``Store.predictions``; called for one network at a time, since they are large.
        claims: published ones, to set against the measurements.
        generator: draws resamples and permutations.
        rope: half the width of the region of practical equivalence of accuracies.
    """
    control = is_control(trials)
    networks = trials[~control].astype({"entry": int})
    done = networks[networks["state"] == "DONE"]
    summary = summary[summary["entry"].isin(done["entry"])]
    n_folds, n_seeds = int(trials["n_folds"].max()), int(trials["seed"].nunique())
    ratio = test_train_ratio(n_folds)
    n_images = sum(study.class_counts)
    accuracy, loss = block_matrix(done, "val_accuracy"), block_matrix(done, "val_loss")
    held_out = {
        entry: pool(read_predictions(rows.index.tolist()), rows["seed"], study.class_names, n_images)
        for entry, rows in done.set_index("trial_key").groupby("entry")
    }
    metrics = {entry: pooled_metrics(each.true, each.probabilities) for entry, each in held_out.items()}
    labels = network_labels(summary)
    sizes = _sizes(summary, done, accuracy, loss, held_out, ratio)
    sizes = _with_front(sizes, accuracy, steps, ratio, generator)
    right = {entry: each.right for entry, each in held_out.items()}
    axes = [
        _axis(family, sizes, accuracy, loss, right, ratio, 0.5 / n_images, rope, generator)
        for family in size_axes(summary)
    ]
    controls, against = _controls(trials[control & (trials["state"] == "DONE")], accuracy, ratio, rope)
    rated = sizes.dropna(subset=["accuracy_se"])
    measured = _measured(sizes, accuracy, controls, claims, ratio, rope)
    return Analysis(
        study=study,
        n_folds=n_folds,
        n_seeds=n_seeds,
        n_not_done=len(networks) - len(done),
        rope=rope,
        sizes=sizes,
        labels=labels,
        metrics=metrics,
        calibration={entry: reliability(each.true, each.probabilities) for entry, each in held_out.items()},
        axes=axes,
        controls=controls,
        against_controls=against,
        components={
            entry: attempt(partial(variance_components, done[done["entry"] == entry])) for entry in sizes["entry"]
        },
        splits_are_shared=bool(done["split_hash"].nunique() == 1 and n_seeds > 1),
        power=_power(Design(n_images, n_folds, n_seeds), axes),
        one_standard_error=attempt(partial(one_standard_error, rated)),
        claims=judge_claims(claims, measured, rope),
    )


def _sizes(
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
        has, has_loss = isinstance(interval, Estimate), isinstance(of_loss, Estimate)
        rows.append(
            {
                **{name: row[name] for name in ("entry", "architecture", "n_params", "flops_per_example")},
                **{name: row[name] for name in ("n_done", "n_failed")},
                "accuracy": mean,
                "accuracy_se": np.nan if isinstance(error, NotComputed) else error,
                "accuracy_low": max(0.0, interval.low) if has else np.nan,
                "accuracy_high": min(1.0, interval.high) if has else np.nan,
                "why_no_interval": None if has else interval.reason,
                "loss": float(losses.mean()),
                "loss_low": max(0.0, of_loss.low) if has_loss else np.nan,
                "loss_high": of_loss.high if has_loss else np.nan,
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


_STEP = ("step_ms", "step_ms_q1", "step_ms_q3")
_SIZE_COLUMNS = [
    *("entry", "architecture", "n_params", "flops_per_example", "n_done", "n_failed"),
    *("accuracy", "accuracy_se", "accuracy_low", "accuracy_high", "why_no_interval"),
    *("loss", "loss_low", "loss_high"),
    *("pooled_accuracy", "pooled_accuracy_low", "pooled_accuracy_high", "n_images", "train_accuracy_min"),
    *(*_STEP, "accuracy_density"),
]


def _with_front(
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
    by_entry = dict(iter(steps.groupby("entry")["step_ms"]))
    samples = [by_entry[entry].to_numpy(float) for entry in entries] if is_timed else []
    medians = resampled_medians(samples, N_FRONT_RESAMPLES, generator) if is_timed else None
    return sizes.assign(on_front=front, front_probability=front_probability(drawn, n_params, medians))


def _axis(
    family: Family,
    sizes: pd.DataFrame,
    accuracy: pd.DataFrame,
    loss: pd.DataFrame,
    right: Mapping[int, pd.DataFrame],
    ratio: float,
    least_error: float,
    rope: float,
    generator: np.random.Generator,
) -> Axis:
    entries = list(family.entries)
    of_family = sizes.set_index("entry").loc[entries]
    blocks, losses = complete_blocks(accuracy, entries), complete_blocks(loss, entries)
    n_params = of_family["n_params"].to_numpy(float)
    step_ms = of_family["step_ms"].to_numpy(float)
    data = {"error": (1 - blocks, least_error), "loss": (losses, LEAST_LOSS), "step_ms": (step_ms[np.newaxis], LEAST_LOSS)}

    def fit(quantity: str, size: str) -> ScalingFit:
        values, least = data[quantity]
        require(quantity != "step_ms" or not np.isnan(values).any(), "not every size is timed")
        order = np.argsort(of_family[size].to_numpy(float), kind="stable")
        return fit_scaling(of_family[size].to_numpy(float)[order], values[:, order], ratio, least, generator)

    kendall = attempt(lambda: kendall_test(blocks, generator))
    threshold = interpolation_threshold(n_params, of_family["train_accuracy_min"].to_numpy(float))
    return Axis(
        family=family,
        n_blocks=len(blocks),
        n_partial_blocks=int(accuracy[entries].notna().any(axis=1).sum()) - len(blocks),
        verdict=attempt(lambda: judge(blocks, n_params, ratio, kendall, rope)),
        slope=attempt(lambda: slope_test(blocks, n_params, ratio)),
        page=attempt(lambda: page_test(blocks)),
        kendall=kendall,
        comparisons=compare_pairs(size_pairs(entries), accuracy, right, ratio, rope),
        fits={(quantity, size): attempt(partial(fit, quantity, size)) for quantity in QUANTITIES for size in SIZES},
        interpolates_from=None if threshold is None else entries[threshold],
    )


def _controls(
    trials: pd.DataFrame, accuracy: pd.DataFrame, ratio: float, rope: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = {"n_trials": "size", "accuracy": "mean", "loss": "mean"}
    if trials.empty:
        return pd.DataFrame(columns=["name", *columns]), compare_pairs([], accuracy, {}, ratio, rope)
    by_name = trials.groupby("architecture", sort=False)
    table = by_name.agg(
        n_trials=("val_accuracy", "size"), accuracy=("val_accuracy", "mean"), loss=("val_loss", "mean")
    )
    by_block = trials.pivot_table(index=["seed", "fold"], columns="architecture", values="val_accuracy")
    both = accuracy.join(by_block, how="left")
    pairs = [(name, entry) for entry in accuracy.columns for name in table.index]
    return table.rename_axis("name").reset_index(), compare_pairs(pairs, both, {}, ratio, rope)


def _measured(
    sizes: pd.DataFrame,
    accuracy: pd.DataFrame,
    controls: pd.DataFrame,
    claims: Sequence[Claim],
    ratio: float,
    rope: float,
) -> Measured:
    with_interval = sizes.dropna(subset=["accuracy_low"])
    pairs = {}
    if any(claim.larger_n_params for claim in claims):
        for first in sizes["entry"]:
            for second in sizes["entry"]:
                both = accuracy[[first, second]].dropna().to_numpy(float) if first != second else np.empty((0, 2))
                paired = attempt(partial(corrected_t_test, both[:, 1] - both[:, 0], ratio, rope))
                if isinstance(paired, Paired):
                    pairs[first, second] = paired
    best = controls.loc[controls["accuracy"].idxmax()] if len(controls) else None
    return Measured(
        sizes=sizes,
        accuracy={
            row.entry: Estimate(row.accuracy, row.accuracy_low, row.accuracy_high)
            for row in with_interval.itertuples(index=False)
        },
        pairs=pairs,
        best_control=None if best is None else (str(best["name"]), float(best["accuracy"])),
    )


def _power(design: Design, axes: Sequence[Axis]) -> StudyPower:
    spreads = [each.comparisons["sd"].iloc[: len(each.family.entries) - 1] for each in axes]  # of neighbours
    known = pd.concat(spreads).dropna() if spreads else pd.Series(dtype=float)
    known = known[known > 0]
    sd = float(known.median()) if len(known) else assumed_sd(design)
    return StudyPower(design, sd, not len(known), attempt(lambda: detectable_difference(sd, design)))
