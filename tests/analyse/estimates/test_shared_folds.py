"""Seeds that share their folds (``split_seed``) share training sets, so they are fewer trainings than they look."""

import numpy as np

from bench.analyse.estimates.two_level import slope_contrast, two_level
from benchmarks.simulated_studies import TRUTHS, Design, simulate


def test_intervals_cover_where_all_seeds_have_the_same_folds() -> None:
    design = Design(n_images=240, n_folds=5, n_seeds=10, n_sizes=7, shares_folds=True)
    accuracy = TRUTHS["+10"](design.places)
    one = np.eye(7)
    contrasts = {"slope": slope_contrast(design.n_params), "smallest": one[0], "neighbours": one[3] - one[2]}
    generator, hits = np.random.default_rng(5), dict.fromkeys(contrasts, 0)
    for _ in range(100):
        levels = two_level(simulate(accuracy, design, generator))
        for name, c in contrasts.items():
            estimate = levels.contrast(c)
            hits[name] += estimate.low <= c @ accuracy <= estimate.high
    assert min(hits.values()) >= 91  # 0.95 less two standard errors


def test_simulated_seeds_share_their_folds_where_the_design_says_so() -> None:
    for shared in (True, False):
        data = simulate(np.full(3, 0.8), Design(98, 5, 2, 3, shares_folds=shared), np.random.default_rng(0))
        assert bool((data.folds[0] == data.folds[1]).all()) == shared
