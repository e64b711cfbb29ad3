"""Every statistic along one family's sizes: trend, verdict, paired comparisons, scaling laws."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import TrialBlocks, complete_blocks
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.sizes.double_descent import interpolation_threshold
from bench.analyse.sizes.each_network import step_blocks
from bench.analyse.sizes.law_fits import ScalingFit, fit_scaling
from bench.analyse.sizes.pair_tests import Paired, compare_pairs, size_pairs
from bench.analyse.sizes.trend_tests import Kendall, Page, kendall_test, page_test, slope_test
from bench.analyse.sizes.trend_verdict import TrendVerdict, judge_trend
from bench.study.families import Family
from bench.study.study_data import StudyData

LEAST_LOSS = 1e-6
LEAST_MS = 1e-6
QUANTITIES = ("error", "loss", "step_ms")
SIZES = ("n_params", "flops_per_example")


@dataclass(frozen=True)
class Axis:
    """The statistics along one family's sizes. ``fits`` are by (quantity, size).

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
    fits: Mapping[tuple[str, str], ScalingFit | NotComputed]
    interpolates_from: int | None


def along(
    family: Family,
    data: StudyData,
    sizes: pd.DataFrame,
    blocks: TrialBlocks,
    rope: float,
    generator: np.random.Generator,
) -> Axis:
    """Compute every statistic along one family.

    Args:
        family: networks that differ in size.
        data: the study.
        sizes: as ``size_table`` gives it.
        blocks: of the study.
        rope: half the width of the region of practical equivalence.
        generator: draws permutations and bootstrap samples.
    """
    entries = list(family.entries)
    of_family = sizes.set_index("entry").loc[entries]
    accuracy, loss = complete_blocks(blocks.accuracy, entries), complete_blocks(blocks.loss, entries)
    n_params = of_family["n_params"].to_numpy(float)
    quantities = {
        "error": (1 - accuracy, 0.5 / blocks.n_images),
        "loss": (loss, LEAST_LOSS),
        "step_ms": (step_blocks(data.steps, entries), LEAST_MS),
    }

    def fit(quantity: str, size: str) -> ScalingFit:
        values, least = quantities[quantity]
        require(quantity != "step_ms" or len(values) > 0, "not every size is timed")
        order = np.argsort(of_family[size].to_numpy(float), kind="stable")
        shared = 0.0 if quantity == "step_ms" else blocks.ratio  # rounds share no training images
        at = of_family[size].to_numpy(float)[order]
        return fit_scaling(at, values[:, order], shared, least, generator)

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
