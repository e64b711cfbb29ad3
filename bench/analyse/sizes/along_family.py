"""What is found along one family's sizes: trend, verdict, paired comparisons, scaling laws."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import complete_blocks
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.sizes.each_network import step_blocks
from bench.analyse.sizes.law_fits import ScalingFit, fit_scaling
from bench.analyse.sizes.network_choice import interpolation_threshold
from bench.analyse.sizes.pair_tests import Paired, compare_pairs, size_pairs
from bench.analyse.sizes.trend_tests import Kendall, Page, kendall_test, page_test, slope_test
from bench.analyse.sizes.trend_verdict import Verdict, judge
from bench.study.families import Family

LEAST_LOSS = 1e-6
LEAST_MS = 1e-6
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


def along(
    family: Family,
    sizes: pd.DataFrame,
    accuracy: pd.DataFrame,
    loss: pd.DataFrame,
    steps: pd.DataFrame,
    right: Mapping[int | str, pd.DataFrame],
    ratio: float,
    least_error: float,
    rope: float,
    generator: np.random.Generator,
) -> Axis:
    """Compute all that is said along one family. Arguments as ``analysis.analyse_study`` prepares them."""
    entries = list(family.entries)
    of_family = sizes.set_index("entry").loc[entries]
    blocks, losses = complete_blocks(accuracy, entries), complete_blocks(loss, entries)
    n_params = of_family["n_params"].to_numpy(float)
    data = {
        "error": (1 - blocks, least_error),
        "loss": (losses, LEAST_LOSS),
        "step_ms": (step_blocks(steps, entries), LEAST_MS),
    }

    def fit(quantity: str, size: str) -> ScalingFit:
        values, least = data[quantity]
        require(quantity != "step_ms" or len(values) > 0, "not every size is timed")
        order = np.argsort(of_family[size].to_numpy(float), kind="stable")
        shared = 0.0 if quantity == "step_ms" else ratio  # rounds share nothing
        at = of_family[size].to_numpy(float)[order]
        return fit_scaling(at, values[:, order], shared, least, generator)

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
