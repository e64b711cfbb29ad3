"""The next step: what would narrow a study's open question, more seeds or only more images."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.two_level import TwoLevel

MOST_SEEDS = 10
"""More seeds than this are not proposed."""
ENOUGH_SEEDS = 0.25
"""Seeds are enough where their part of a variance is at most this share of the part that no seed changes."""
LEAST_NARROWING = 0.9
"""More seeds are proposed if they narrow an interval to this share of its width or less."""


class Step(enum.StrEnum):
    """What to do next."""

    NOTHING = "nothing"
    SEEDS = "more seeds"
    IMAGES = "more images"
    SEEDS_OR_IMAGES = "more seeds or more images"
    LARGER = "larger sizes"
    MEND = "remove the obstacles"


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that would narrow the open question most.

    Attributes:
        step: what to do.
        seeds: of the larger plan; empty unless more seeds are proposed.
        seconds: of its new trials, with the stored number of trials at a time; NaN where no time is stored.
        half_width: half the width of the interval of the open question now; NaN where nothing is open.
        expected_half_width: the same after the step; NaN unless more seeds are proposed.
    """

    step: Step
    seeds: tuple[int, ...] = ()
    seconds: float = np.nan
    half_width: float = np.nan
    expected_half_width: float = np.nan


def narrowing_step(
    levels: TwoLevel,
    contrast: NDArray[np.float64],
    trials: pd.DataFrame,
    environments: Mapping[str, Mapping[str, object]],
) -> NextStep:
    """The step that narrows the interval of a contrast.

    A seed adds trainings, which narrow the trainings' own part of the variance; the part of the images, and that of
    the training images that folds share, remain.

    Args:
        levels: of the contrast's networks and controls.
        contrast: (n_sizes,) weights.
        trials: of the study, as ``Store.trials`` gives them.
        environments: the values of the environments, by key.
    """
    estimate = levels.contrast(contrast)
    half_width = (estimate.high - estimate.low) / 2
    own = contrast**2 * levels.tau2
    remains = estimate.se**2 - float(np.sum(own / levels.n_trainings))
    seeds = sorted(set(trials["seed"].tolist()))

    def with_seeds(n_seeds: int) -> float:
        return float(np.sum(own / np.maximum(levels.n_trainings, levels.n_folds * n_seeds)))

    counts = range(len(seeds) + 1, MOST_SEEDS + 1)
    n_seeds = next((n for n in counts if with_seeds(n) <= ENOUGH_SEEDS * remains), MOST_SEEDS)
    expected = half_width * float(np.sqrt((remains + with_seeds(n_seeds)) / estimate.se**2))
    if expected > LEAST_NARROWING * half_width:
        return NextStep(Step.IMAGES, half_width=half_width)
    seconds = _seconds(trials, n_seeds, environments)
    return NextStep(Step.SEEDS, larger(seeds, n_seeds), seconds, half_width, expected)


def larger(seeds: Sequence[int], n_seeds: int) -> tuple[int, ...]:
    """The seeds, and the smallest unused ones, until there are ``n_seeds``."""
    unused = (seed for seed in range(n_seeds + len(seeds)) if seed not in seeds)
    return (*seeds, *(next(unused) for _ in range(n_seeds - len(seeds))))


def _seconds(trials: pd.DataFrame, n_seeds: int, environments: Mapping[str, Mapping[str, object]]) -> float:
    """The time of the trials that ``n_seeds`` seeds add, from the times of the stored trials."""
    per_seed = trials.groupby("seed")["train_s"].sum(min_count=1)
    workers = max((int(str(values.get("workers", 1))) for values in environments.values()), default=1)
    return float(per_seed.median()) * (n_seeds - len(per_seed)) / workers
