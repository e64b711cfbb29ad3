"""Every statistic along one family's sizes: trend, verdict, paired comparisons, scaling laws."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import TrialBlocks, complete_blocks
from bench.analyse.estimates.image_scores import ImageScores, Score
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.estimates.two_level import two_level
from bench.analyse.sizes.double_descent import interpolation_threshold
from bench.analyse.sizes.each_network import step_blocks
from bench.analyse.sizes.law_fits import GuideLine, ScalingFit, SizeMeans, law_or_guide, round_means
from bench.analyse.sizes.pair_tests import Paired, compare_pairs, size_pairs
from bench.analyse.sizes.trend_tests import Kendall, Page, kendall_test, page_test, slope_test
from bench.analyse.sizes.trend_verdict import TrendVerdict, judge_trend
from bench.study.families import Family
from bench.study.study_data import StudyData

QUANTITIES = ("error", "loss", "step_ms")
SIZES = ("n_params", "flops_per_example")


@dataclass(frozen=True)
class Axis:
    """The statistics along one family's sizes. ``fits`` are by (quantity, size): laws, or a guide line without a name.

    ``n_partial_blocks``: blocks in which some sizes are done and others are not. ``interpolates_from``: the smallest
    entry from which all networks fit their training set, see ``interpolation_threshold``; None if there is none.
    """

    family: Family
    n_blocks: int
    n_partial_blocks: int
    verdict: TrendVerdict | NotComputed
    slope: Paired | NotComputed
    page: Page | NotComputed
    kendall: Kendall | NotComputed
    comparisons: pd.DataFrame
    fits: Mapping[tuple[str, str], ScalingFit | GuideLine | NotComputed]
    interpolates_from: int | None


def along(
    family: Family,
    data: StudyData,
    sizes: pd.DataFrame,
    blocks: TrialBlocks,
    scores: Mapping[Score, ImageScores],
    rope: float,
    generator: np.random.Generator,
) -> Axis:
    """Compute every statistic along one family.

    Args:
        family: networks that differ in size.
        data: the study.
        sizes: as ``size_table`` gives it.
        blocks: of the study.
        scores: of the study.
        rope: half the width of the region of practical equivalence.
        generator: draws permutations and bootstrap samples.
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
        return law_or_guide(_score_means(quantity, at, of_family.iloc[order], scores[score]), generator)

    kendall = attempt(lambda: kendall_test(accuracy, generator))
    threshold = interpolation_threshold(of_family["train_accuracy"].to_numpy(float))
    return Axis(
        family=family,
        n_blocks=len(accuracy),
        n_partial_blocks=int(blocks.accuracy[entries].notna().any(axis=1).sum()) - len(accuracy),
        verdict=attempt(lambda: judge_trend(accuracy, n_params, blocks.ratio, kendall, rope)),
        slope=attempt(lambda: slope_test(accuracy, n_params, blocks.ratio)),
        page=attempt(lambda: page_test(accuracy)),
        kendall=kendall,
        comparisons=compare_pairs(size_pairs(entries), blocks.accuracy, blocks.right, blocks.ratio, rope),
        fits={(quantity, size): attempt(partial(fit, quantity, size)) for quantity in QUANTITIES for size in SIZES},
        interpolates_from=None if threshold is None else entries[threshold],
    )


def _score_means(quantity: str, at: np.ndarray, of_family: pd.DataFrame, scores: ImageScores) -> SizeMeans:
    """The mean error or loss by size, with its covariance where the two-level estimator gives one."""
    levels = attempt(lambda: two_level(scores.of(of_family.index.tolist())))
    if isinstance(levels, NotComputed):
        means = 1 - of_family["accuracy"] if quantity == "error" else of_family["loss"]
        return SizeMeans(at, means.to_numpy(float), levels)
    return SizeMeans(at, 1 - levels.means if quantity == "error" else levels.means, levels.covariance())
