"""Coverage and width of intervals on simulated studies whose truth is known.

    python -m benchmarks.estimator_coverage --studies 500 --seed 0

Each cell prints the share of 95 % intervals that contain the truth, their mean width in points of accuracy (for the
slope: points per decade of parameters), and the share of intervals that exclude 0.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace

import numpy as np
import pandas as pd
from scipy import stats

from bench.analyse.estimates.additive import additive_levels
from bench.analyse.estimates.image_scores import ImageScores, Name, Score
from bench.analyse.estimates.intervals import corrected_se
from bench.analyse.estimates.two_level import TwoLevel, slope_contrast, two_level
from benchmarks.simulated_studies import TRUTHS, Design, Floats, simulate, true_score

Bounds = tuple[float, float]
STAGED_SEEDS = 10


def contrasts(design: Design, chosen: Sequence[str] | None) -> dict[str, Floats]:
    """What is estimated, by name: (n_networks,) weights."""
    n_sizes, one = design.n_sizes, np.eye(design.n_sizes * design.n_families)
    slope = np.zeros(len(one))
    slope[:n_sizes] = slope_contrast(design.n_params)
    middle = n_sizes // 2
    found = {
        "slope": slope,
        "neighbours": one[middle] - one[middle - 1],
        "largest - smallest": one[n_sizes - 1] - one[0],
        "smallest alone": one[0],
        "largest alone": one[n_sizes - 1],
    }
    if design.n_families > 1:
        found["largest of two families"] = one[2 * n_sizes - 1] - one[n_sizes - 1]
    return found if chosen is None else {name: found[name] for name in chosen}


def corrected_t(blocks: Floats, c: Floats, ratio: float) -> Bounds:
    """The interval of the corrected resampled t test; ``ratio`` 0 gives the uncorrected one.

    Args:
        blocks: (n_blocks, n_networks) accuracies.
        c: (n_networks,) weights.
        ratio: n_test / n_train.
    """
    values = blocks @ c
    half = float(stats.t.ppf(0.975, len(values) - 1)) * corrected_se(values, ratio)
    return float(values.mean()) - half, float(values.mean()) + half


def additive(blocks: Floats, c: Floats, data: ImageScores) -> Bounds:
    """The interval of the additive model of blocks, which knows one number per trial."""
    least_se = 1 / data.scores.shape[2]
    levels = additive_levels(pd.DataFrame(blocks), 1 / (data.n_folds - 1), least_se)
    found = levels.of(list(range(blocks.shape[1]))).contrast(c)
    return found.low, found.high


def block_accuracies(data: ImageScores) -> Floats:
    """(n_blocks, n_networks)."""
    return np.concatenate(
        [
            (scores @ np.eye(data.n_folds)[folds]).T / np.bincount(folds)[:, np.newaxis]
            for scores, folds in zip(data.scores.transpose(1, 0, 2), data.folds, strict=True)
        ]
    )


def methods(data: ImageScores, levels: TwoLevel, score: Score) -> dict[str, Callable[[Floats], Bounds]]:
    """An interval of a contrast, by method."""
    blocks = block_accuracies(data)

    def of_levels(c: Floats) -> Bounds:
        places = np.flatnonzero(c)
        is_share = len(places) == 1 and score is not Score.LOSS
        estimate = levels.proportion(int(places[0])) if is_share else levels.contrast(c)
        return estimate.low, estimate.high

    return {
        "two-level": of_levels,
        "corrected t": lambda c: corrected_t(blocks, c, 1 / (data.n_folds - 1)),
        "uncorrected t": lambda c: corrected_t(blocks, c, 0.0),
        "additive": lambda c: additive(blocks, c, data),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, default=7)
    parser.add_argument("--families", type=int, default=1)
    parser.add_argument("--group", type=int, default=1, help="images per group")
    parser.add_argument("--images", type=int, nargs="+", default=[98, 240, 2000])
    parser.add_argument("--designs", nargs="+", default=["3x1", "5x1", "5x3", "5x10"], help="folds x seeds")
    parser.add_argument("--truths", nargs="+", choices=TRUTHS, default=["flat", "+10", "all 0.985", "near chance"])
    parser.add_argument("--score", type=Score, choices=list(Score), default=Score.ACCURACY)
    parser.add_argument(
        "--methods", nargs="+", default=["two-level"], help="also: corrected t, uncorrected t, additive"
    )
    parser.add_argument("--contrasts", nargs="+", help="some of the columns; all unless given")
    parser.add_argument("--staged", action="store_true", help=f"the two smallest sizes have {STAGED_SEEDS} seeds")
    asked = parser.parse_args()
    print(" ".join(f"{name} {value}" for name, value in vars(asked).items()))
    names = contrasts(Design(0, 1, 1, asked.sizes, asked.families), asked.contrasts)
    heads = [f"{name}, {method}" if len(asked.methods) > 1 else name for name in names for method in asked.methods]
    print(f"| images | design | truth | {' | '.join(heads)} |")
    print(f"|{'---|' * (len(heads) + 3)}")
    for n in asked.images:
        for folds_by_seeds in asked.designs:
            n_folds, n_seeds = map(int, folds_by_seeds.split("x"))
            design = Design(n, n_folds, n_seeds, asked.sizes, asked.families, asked.group)
            for truth in asked.truths:
                row = coverage(design, truth, asked)
                print(f"| {n} | {folds_by_seeds} | {truth} | {row} |", flush=True)


def draw_study(
    accuracy: Floats, design: Design, draw: np.random.Generator, score: Score, is_staged: bool
) -> ImageScores:
    if not is_staged:
        return simulate(accuracy, design, draw, score)
    data = simulate(accuracy, replace(design, n_seeds=STAGED_SEEDS), draw, score)
    data.scores[2:, design.n_seeds :] = np.nan
    return data


def coverage(design: Design, truth: str, asked: argparse.Namespace) -> str:
    accuracy = TRUTHS[truth](design.places)
    means = np.tile(true_score(accuracy, design, asked.score), design.n_families)
    draw = np.random.default_rng([asked.seed, *astuple(design), list(TRUTHS).index(truth)])
    weights = contrasts(design, asked.contrasts)
    families: list[dict[Name, float]] = [
        {family * design.n_sizes + size: n_params for size, n_params in enumerate(design.n_params.tolist())}
        for family in range(design.n_families)
    ]
    found = np.empty((asked.studies, len(weights), len(asked.methods), 2))
    for study in range(asked.studies):
        data = draw_study(accuracy, design, draw, asked.score, asked.staged)
        by_method = methods(data, two_level(data, families), asked.score)
        found[study] = [[by_method[method](c) for method in asked.methods] for c in weights.values()]
    cells = []
    for place, c in enumerate(weights.values()):
        value = float(c @ means)
        low, high = found[:, place, :, 0], found[:, place, :, 1]
        covered = np.mean((low <= value) & (value <= high), axis=0)
        width, excludes = 100 * np.mean(high - low, axis=0), np.mean((low > 0) | (high < 0), axis=0)
        cells += [f"{a:.3f} / {b:.1f} / {e:.3f}" for a, b, e in zip(covered, width, excludes, strict=True)]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
