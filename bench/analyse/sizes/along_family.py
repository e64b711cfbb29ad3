"""Every statistic along one family's sizes: pairs of networks, corrected slope, scaling laws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import TrialBlocks, complete_blocks
from bench.analyse.estimates.image_scores import Score
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.estimates.intervals import Interval
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.sizes.double_descent import Peak, held_out_peak, interpolation_threshold
from bench.analyse.sizes.each_network import step_blocks
from bench.analyse.sizes.law_fits import GuideLine, ScalingFit, SizeMeans, guide_line, law_or_guide, round_means
from bench.analyse.sizes.pair_tests import Paired, slope_test
from bench.study.families import Family
from bench.study.study_data import StudyData

QUANTITIES = ("error", "loss", "step_ms")
SIZES = ("n_params", "flops_per_example")
_PAIR_COLUMNS = ["first", "second", "mean", "se", "degrees", "low", "high", "p", "why_no_interval"]


@dataclass(frozen=True)
class Axis:
    """The statistics along one family's sizes. ``fits`` are by (quantity, size): laws, or a guide line without a name.

    ``slope``: the corrected t test of accuracy per tenfold of the parameters. ``comparisons``: see ``compare_pairs``.
    ``n_partial_blocks``: blocks in which some sizes are done and others are not. ``interpolates_from``: the smallest
    entry from which all networks fit their training set, see ``interpolation_threshold``; None if there is none.
    ``peak``: of held-out error after its first descent, see ``held_out_peak``.
    """

    family: Family
    n_blocks: int
    n_partial_blocks: int
    slope: Paired | NotComputed
    comparisons: pd.DataFrame
    fits: Mapping[tuple[str, str], ScalingFit | GuideLine | NotComputed]
    interpolates_from: int | None
    peak: Peak | None


def along(
    family: Family,
    data: StudyData,
    sizes: pd.DataFrame,
    blocks: TrialBlocks,
    levels: Mapping[Score, StudyLevels],
    generator: np.random.Generator,
    *,
    turns: bool,
) -> Axis:
    """Compute every statistic along one family.

    Args:
        family: networks that differ in size.
        data: the study.
        sizes: as ``size_table`` gives it.
        blocks: of the study.
        levels: the variances of every score.
        generator: draws the samples of the laws' intervals.
        turns: whether accuracy is shown to peak or dip, which no law of error does.
    """
    entries = list(family.entries)
    of_family = sizes.set_index("entry").loc[entries]
    accuracy = complete_blocks(blocks.accuracy, entries)
    n_params = of_family["n_params"].to_numpy(float)

    def fit(quantity: str, size: str) -> ScalingFit | GuideLine:
        order = np.argsort(of_family[size].to_numpy(float), kind="stable")
        at = of_family[size].to_numpy(float)[order]
        if quantity == "step_ms":
            rounds = step_blocks(data.steps, entries)
            require(len(rounds) > 0, "not every size is timed")
            return law_or_guide(round_means(at, rounds[:, order]), generator)
        score = Score.ACCURACY if quantity == "error" else Score.LOSS
        means = _score_means(quantity, at, of_family.iloc[order], levels[score])
        if turns and quantity == "error":
            return guide_line(means, "accuracy is shown to peak or dip along these sizes, which no law does")
        return law_or_guide(means, generator)

    def difference(first: int, second: int) -> Interval:
        found = attempt(partial(levels[Score.ACCURACY].difference, entries[second], entries[first]))
        return Interval(np.nan) if isinstance(found, NotComputed) else Interval(found.value, found.low, found.high)

    threshold = interpolation_threshold(of_family["train_accuracy"].to_numpy(float))
    return Axis(
        family=family,
        n_blocks=len(accuracy),
        n_partial_blocks=int(blocks.accuracy[entries].notna().any(axis=1).sum()) - len(accuracy),
        slope=attempt(lambda: slope_test(accuracy, n_params, blocks.ratio)),
        comparisons=compare_pairs(entries, levels[Score.ACCURACY]),
        fits={(quantity, size): attempt(partial(fit, quantity, size)) for quantity in QUANTITIES for size in SIZES},
        interpolates_from=None if threshold is None else entries[threshold],
        peak=held_out_peak(n_params.astype(np.int64), 1 - of_family["accuracy"].to_numpy(float), difference),
    )


def _score_means(quantity: str, at: np.ndarray, of_family: pd.DataFrame, levels: StudyLevels) -> SizeMeans:
    """The mean error or loss by size, with its covariance where the two-level estimator gives one."""
    found = attempt(partial(levels.of, of_family.index.tolist()))
    if isinstance(found, NotComputed):
        means = 1 - of_family["accuracy"] if quantity == "error" else of_family["loss"]
        return SizeMeans(at, means.to_numpy(float), found)
    return SizeMeans(at, 1 - found.means if quantity == "error" else found.means, found.covariance())


def compare_pairs(entries: Sequence[int], levels: StudyLevels) -> pd.DataFrame:
    """The difference in accuracy of every two networks: second minus first, by the two-level estimator.

    Args:
        entries: of the networks, by ascending size.
        levels: the variances of accuracy.

    Returns:
        One row per pair, neighbours first. Columns: first, second, mean, se, degrees, low, high, p (NaN without an
        estimate; p is two-sided and not adjusted), why_no_interval.
    """
    place = {entry: index for index, entry in enumerate(entries)}
    pairs = sorted(combinations(entries, 2), key=lambda pair: place[pair[1]] - place[pair[0]])
    return pd.DataFrame([_pair(first, second, levels) for first, second in pairs], columns=_PAIR_COLUMNS)


def _pair(first: int, second: int, levels: StudyLevels) -> dict[str, object]:
    found = attempt(partial(levels.difference, second, first))
    if isinstance(found, NotComputed):
        return {"first": first, "second": second, "why_no_interval": found.reason}
    bounds = {"low": found.low, "high": found.high, "p": found.p}
    numbers = {"mean": found.value, "se": found.se, "degrees": found.degrees, **bounds}
    return {"first": first, "second": second, **numbers, "why_no_interval": None}
