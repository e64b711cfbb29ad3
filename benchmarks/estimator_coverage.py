"""Coverage and width of intervals of the slope per decade, in a simulated world whose truth is known.

    python -m benchmarks.estimator_coverage --studies 400 --seed 0

Image i is right at size s in block b = (seed, fold) where m_s + u_i(s) + T_b(s) + e_bs + nu_s eps > 0 (probit):
u is the persistent difficulty of an image, 65 % of it common to all sizes; T is a sum of influences of the training
images, so folds share it as far as they share images; e is the luck of weights and order; eps is what one training does
with one image.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.intervals import corrected_se
from bench.analyse.estimates.two_level import slope_contrast, two_level

Floats = NDArray[np.float64]
COMMON = 0.65
LENGTH_DECADES = 0.7
EXCESS = {98: (0.03, 0.01), 240: (0.03, 0.001), 2000: (0.004, 0.0005)}
TRAINING_SET_SHARE = (0.25, 0.5)
LUCK = (1.2, 0.4)

TRUTHS: dict[str, Callable[[Floats], Floats]] = {
    "flat": lambda x: np.full(len(x), 0.88),
    "gains 1 point": lambda x: 0.875 + 0.01 * x,
    "gains 3 points": lambda x: 0.865 + 0.03 * x,
    "gains 10 points": lambda x: 0.80 + 0.10 * x,
    "saturates": lambda x: 0.90 - 0.10 * np.exp(-4 * x),
    "peaks": lambda x: 0.90 - 0.24 * (x - 0.5) ** 2,
    "near 1": lambda x: np.full(len(x), 0.985),
    "near chance": lambda x: np.full(len(x), 0.55),
}


def simulate(
    accuracy: Floats, n: int, n_folds: int, n_seeds: int, n_per_group: int, draw: np.random.Generator
) -> ImageScores:
    """One study: right (1) or wrong (0) of every image at every size and seed."""
    n_sizes = len(accuracy)
    place = np.linspace(0, 1, n_sizes)
    decades = 2.3 * place
    smooth = np.exp(-((decades[:, np.newaxis] - decades) ** 2) / (2 * LENGTH_DECADES**2))
    mixing = np.linalg.cholesky(COMMON + (1 - COMMON) * smooth + 1e-9 * np.eye(n_sizes))
    groups = np.arange(n) // n_per_group
    n_groups = int(groups.max()) + 1
    between = 0.0 if n_per_group == 1 else 0.5
    difficulty = mixing @ draw.normal(size=(n_sizes, n)) * np.sqrt(1 - between)
    if between:
        difficulty += (mixing @ draw.normal(size=(n_sizes, n_groups)))[:, groups] * np.sqrt(between)
    nu = np.interp(place, [0, 1], LUCK)
    excess = np.interp(place, [0, 1], EXCESS[n])
    share = np.interp(place, [0, 1], TRAINING_SET_SHARE)
    z = stats.norm.ppf(accuracy)
    spread = np.sqrt(1 + nu**2)
    block_sd = np.sqrt(excess * accuracy * (1 - accuracy)) / stats.norm.pdf(z) * spread
    offset = z * np.sqrt(1 + nu**2 + block_sd**2)
    influences = mixing @ draw.normal(size=(n_sizes, n))
    n_train = n * (n_folds - 1) / n_folds
    scores = np.empty((n_sizes, n_seeds, n))
    folds = np.empty((n_seeds, n), np.int64)
    for r in range(n_seeds):
        folds[r] = (draw.permutation(n_groups) % n_folds)[groups]
        for fold in range(n_folds):
            held_out = folds[r] == fold
            training_set = influences[:, ~held_out].sum(axis=1) / np.sqrt(n_train) * np.sqrt(share) * block_sd
            luck = draw.normal(size=n_sizes) * np.sqrt(1 - share) * block_sd
            latent = offset + training_set + luck
            noise = nu[:, np.newaxis] * draw.normal(size=(n_sizes, int(held_out.sum())))
            scores[:, r, held_out] = latent[:, np.newaxis] + difficulty[:, held_out] + noise > 0
    return ImageScores(tuple(range(n_sizes)), scores, folds, groups, n_folds)


def corrected_t(data: ImageScores, c: Floats, ratio: float) -> tuple[float, float]:
    """The interval of the corrected resampled t test; ``ratio`` 0 gives the uncorrected one."""
    blocks = np.array(
        [
            [data.scores[s, r, data.folds[r] == fold].mean() for s in range(len(c))]
            for r in range(data.folds.shape[0])
            for fold in range(data.n_folds)
        ]
    )
    slopes = blocks @ c
    half = float(stats.t.ppf(0.975, len(slopes) - 1)) * corrected_se(slopes, ratio)
    return float(slopes.mean()) - half, float(slopes.mean()) + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, default=7)
    parser.add_argument("--images", type=int, nargs="+", default=[98, 240, 2000])
    parser.add_argument("--group", type=int, default=1, help="images per group")
    parser.add_argument("--designs", nargs="+", default=["3x1", "5x1", "5x3", "5x10"])
    parser.add_argument("--truths", nargs="+", default=["flat", "gains 10 points", "near 1"])
    asked = parser.parse_args()
    print(f"{asked.studies} studies per row, seed {asked.seed}, {asked.sizes} sizes, {asked.group} images per group")
    print("coverage of the slope / mean width in points per decade / share of intervals above or below 0")
    for n in asked.images:
        for design in asked.designs:
            n_folds, n_seeds = map(int, design.split("x"))
            for name in asked.truths:
                draw = np.random.default_rng([asked.seed, n, n_folds, n_seeds, list(TRUTHS).index(name)])
                accuracy = TRUTHS[name](np.linspace(0, 1, asked.sizes))
                c = slope_contrast(10 ** (4 + 2.3 * np.linspace(0, 1, asked.sizes)))
                truth = float(c @ accuracy)
                found: dict[str, list[tuple[float, float]]] = {"two-level": [], "corrected t": [], "uncorrected t": []}
                for _ in range(asked.studies):
                    data = simulate(accuracy, n, n_folds, n_seeds, asked.group, draw)
                    estimate = two_level(data).contrast(c)
                    found["two-level"].append((estimate.low, estimate.high))
                    found["corrected t"].append(corrected_t(data, c, 1 / (n_folds - 1)))
                    found["uncorrected t"].append(corrected_t(data, c, 0.0))
                cells = []
                for method, intervals in found.items():
                    low, high = np.array(intervals).T
                    covered = np.mean((low <= truth) & (truth <= high))
                    cells.append(
                        f"{method} {covered:.3f} / {100 * np.mean(high - low):.1f} / {np.mean((low > 0) | (high < 0)):.3f}"
                    )
                print(f"n {n:5d}  {design:5s}  {name:16s} {'   '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
