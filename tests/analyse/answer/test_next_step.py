"""The step that narrows an interval: more seeds where trainings vary, only more images where they do not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.analyse.answer.next_step import MOST_SEEDS, Step, larger, narrowing_step
from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.two_level import TwoLevel, two_level

CONTRAST = np.array([-1.0, 1.0])


def levels(tau: float, n_seeds: int = 1) -> TwoLevel:
    """Of two networks on 120 images, with trainings that vary by ``tau``."""
    draw = np.random.default_rng(0)
    folds = np.stack([np.arange(120) % 3] * n_seeds)
    found = two_level(
        ImageScores((0, 1), draw.integers(0, 2, (2, n_seeds, 120)).astype(float), folds, np.arange(120), 3)
    )
    return replace(found, tau2=np.full(2, tau**2))


def trials(n_seeds: int = 1) -> pd.DataFrame:
    return pd.DataFrame({"seed": np.repeat(range(n_seeds), 6), "train_s": 10.0})


def test_more_seeds_are_proposed_where_trainings_vary_and_the_interval_they_give_is_forecast() -> None:
    step = narrowing_step(levels(0.2), CONTRAST, trials(), {"e": {"workers": 2}})
    assert step.step is Step.SEEDS
    assert step.seeds == tuple(range(len(step.seeds)))
    assert 1 < len(step.seeds) <= MOST_SEEDS
    assert step.expected_half_width < step.half_width
    assert step.seconds == (len(step.seeds) - 1) * 60.0 / 2


def test_only_more_images_are_proposed_where_trainings_hardly_vary_or_have_many_seeds() -> None:
    assert narrowing_step(levels(0.001), CONTRAST, trials(), {}).step is Step.IMAGES
    assert narrowing_step(levels(0.2, 10), CONTRAST, trials(10), {}).step is Step.IMAGES


def test_the_forecast_is_the_interval_of_a_study_with_those_seeds() -> None:
    now = levels(0.2)
    step = narrowing_step(now, CONTRAST, trials(), {})
    then = replace(now, n_trainings=now.n_trainings * len(step.seeds))
    ratio = then.contrast(CONTRAST).se / now.contrast(CONTRAST).se
    assert step.expected_half_width / step.half_width == pytest.approx(ratio)


def test_new_seeds_are_the_smallest_unused_ones() -> None:
    assert larger([0], 3) == (0, 1, 2)
    assert larger([1, 7], 4) == (1, 7, 0, 2)
