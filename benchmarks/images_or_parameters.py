"""Coverage of the exchange rate and of the forecast, and how often back-tests hold, on planted surfaces.

    python -m benchmarks.images_or_parameters --studies 200 --seed 0

The world is that of ``simulated_studies``, with networks of several sizes on nested subsets of the training part: all
sizes of one fold share their subset and its influence. The variance of trainings falls with the number of images.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse import error_surface
from bench.analyse.error_surface import Cells
from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.two_level import two_level
from bench.analyse.images_or_parameters import answer
from benchmarks.simulated_studies import COMMON, LENGTH_DECADES, LUCK_PER_IMAGE, TRAINING_SET_SHARE

Floats = NDArray[np.float64]
Planted = Callable[[Floats, Floats], Floats]
CHANCE = 0.5
EXCESS_IMAGES = 2.0
"""Of Bernoulli variance, what a training adds is this over its number of images, times 1.5 to 0.5 over sizes."""
N_FOLDS = 5


def _odds(log_odds: Floats) -> Floats:
    return CHANCE / (1 + np.exp(-log_odds))


def _log(n_params: Floats, share: Floats) -> tuple[Floats, Floats]:
    return np.log(n_params / 1e5), np.log(share)


PLANTED: dict[str, Planted] = {
    "plane in logits": lambda n, s: _odds(-0.75 - 0.12 * _log(n, s)[0] - 0.45 * _log(n, s)[1]),
    "sizes alike": lambda n, s: _odds(-0.75 - 0.45 * _log(n, s)[1] + 0 * n),
    "larger gain more": lambda n, s: _odds(
        -0.75 - 0.10 * _log(n, s)[0] - 0.45 * _log(n, s)[1] - 0.04 * _log(n, s)[0] * _log(n, s)[1]
    ),
    "product of powers": lambda n, s: 0.15 * (n / 1e5) ** -0.12 * s**-0.3,
    "sum of powers": lambda n, s: 0.04 + 1.5 * n**-0.3 + 2.0 * (1600 * s) ** -0.45,
    "kink": lambda n, s: _odds(-0.75 - 0.12 * _log(n, s)[0] - 0.6 * np.log(np.minimum(s, 0.5) / 0.5)),
}
"""Error over parameters and the share of the most images."""


def simulate(error: Floats, n_params: Floats, n_train: Sequence[int], n: int, draw: np.random.Generator) -> Cells:
    """One study of ``n`` images with these expected errors (n_sizes, n_numbers)."""
    n_sizes, n_numbers = error.shape
    x, z = np.log10(n_params), np.log10(n_train)
    place = (x - x[0]) / (x[-1] - x[0])
    far = np.add.outer(-x, x)[:, np.newaxis, :, np.newaxis] ** 2 + np.add.outer(-z, z)[np.newaxis, :, np.newaxis] ** 2
    mixing = _mixing(far.reshape(n_sizes * n_numbers, -1))
    difficulty = (mixing @ draw.normal(size=(len(mixing), n))).reshape(n_sizes, n_numbers, n)
    influences = _mixing(np.add.outer(-x, x) ** 2) @ draw.normal(size=(n_sizes, n))
    nu, share = np.interp(place, [0, 1], LUCK_PER_IMAGE), np.interp(place, [0, 1], TRAINING_SET_SHARE)
    excess = np.interp(place, [0, 1], [1.5, 0.5])[:, np.newaxis] * EXCESS_IMAGES / np.asarray(n_train)
    quantile, spread = stats.norm.isf(error), np.sqrt(1 + nu**2)[:, np.newaxis]
    block_sd = np.sqrt(excess * error * (1 - error)) / stats.norm.pdf(quantile) * spread
    offset = quantile * np.sqrt(spread**2 + block_sd**2)
    folds = draw.permutation(n) % N_FOLDS
    scores = np.empty((n_numbers, n_sizes, 1, n))
    for fold in range(N_FOLDS):
        held_out = folds == fold
        order = draw.permutation(np.flatnonzero(~held_out))
        for number, count in enumerate(n_train):
            of_subset = influences[:, order[:count]].sum(axis=1) / np.sqrt(count)
            luck = draw.normal(size=n_sizes)
            block = (np.sqrt(share) * of_subset + np.sqrt(1 - share) * luck) * block_sd[:, number]
            noise = nu[:, np.newaxis] * draw.normal(size=(n_sizes, int(held_out.sum())))
            latent = (offset[:, number] + block)[:, np.newaxis] + difficulty[:, number, held_out] + noise
            scores[number, :, 0, held_out] = (latent > 0).T
    n_cells = n_numbers * n_sizes
    data = ImageScores(range(n_cells), scores.reshape(n_cells, 1, n), folds[np.newaxis], np.arange(n), N_FOLDS)
    per_number: list[Mapping[Name, float]] = [
        dict(zip(range(first, first + n_sizes), n_params.tolist(), strict=True)) for first in range(0, n_cells, n_sizes)
    ]
    levels = two_level(data, per_number)
    return Cells(np.tile(n_params, n_numbers), np.repeat(n_train, n_sizes).astype(float), levels, CHANCE)


def _mixing(squared_decades: Floats) -> Floats:
    smooth = np.exp(-squared_decades / (2 * LENGTH_DECADES**2))
    return np.asarray(np.linalg.cholesky(COMMON + (1 - COMMON) * smooth + 1e-9 * np.eye(len(smooth))), np.float64)


def true_rate(planted: Planted, largest: float) -> float:
    """How many times the images ten times the parameters are worth, at the most images."""
    times = np.geomspace(0.2, 30, 20_000)
    lead = planted(np.array([largest]), 1 / times) - planted(np.array([largest / 10]), np.ones(1))
    return float(np.exp(np.interp(0, lead, np.log(times))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, nargs="+", default=[400, 2000])
    parser.add_argument("--grids", nargs="+", default=["5x5", "4x6", "7x5", "3x5"], help="sizes x numbers of images")
    parser.add_argument("--bend", type=float, default=error_surface.PRIOR_BEND, help="spread of the prior of bends")
    parser.add_argument("--planted", nargs="+", default=list(PLANTED))
    asked = parser.parse_args()
    error_surface.PRIOR_BEND = asked.bend
    print(f"{asked.studies} studies per row, seed {asked.seed}, {N_FOLDS} folds x 1 seed, bends {asked.bend}")
    print("back-tests that hold: on images, on parameters")
    print("forecast: share of studies with one, coverage where given, median width in points")
    print("exchange rate: share of studies with one, coverage where given, median ratio of its bounds")
    for n in asked.images:
        for grid in asked.grids:
            n_sizes, n_numbers = map(int, grid.split("x"))
            n_params = np.geomspace(6_600, 1_000_000, n_sizes)
            most = n * (N_FOLDS - 1) // N_FOLDS
            n_train = [most // 2**step for step in reversed(range(n_numbers))]
            for name in asked.planted:
                draw = np.random.default_rng([asked.seed, n, n_sizes, n_numbers, list(PLANTED).index(name)])
                print(f"n {n:5d}  {grid}  {name:18s} {_row(PLANTED[name], n_params, n_train, n, asked.studies, draw)}")


def _row(
    planted: Planted, n_params: Floats, n_train: list[int], n: int, n_studies: int, draw: np.random.Generator
) -> str:
    share = np.array(n_train) / n_train[-1]
    error = planted(n_params[:, np.newaxis], share)
    rate = true_rate(planted, float(n_params[-1]))
    held, forecasts, rates = [], [], []
    for _ in range(n_studies):
        found = answer(simulate(error, n_params, n_train, n, draw))
        held.append((found.on_images.holds, found.on_parameters.holds))
        if not isinstance(found.forecasts, NotComputed):
            last = found.forecasts[-1]
            later = 1 + last.more / n_train[-1]
            gain = float((planted(n_params[-1:], np.ones(1)) - planted(n_params[-1:], np.array([later])))[0])
            forecasts.append((last.low <= gain <= last.high, 100 * (last.high - last.low)))
        if not isinstance(found.exchange, NotComputed):
            rates.append((found.exchange.low <= rate <= found.exchange.high, found.exchange.high / found.exchange.low))
    on_images, on_parameters = np.mean(held, axis=0)
    return (
        f"holds {on_images:.2f} {on_parameters:.2f}  forecast {len(forecasts) / n_studies:.2f} {_covered(forecasts)}  "
        f"rate {rate:.2f}: {len(rates) / n_studies:.2f} {_covered(rates)}"
    )


def _covered(found: list[tuple[bool, float]]) -> str:
    if not found:
        return "-"
    return f"{np.mean([holds for holds, _ in found]):.3f} / {np.median([width for _, width in found]):.2f}"


if __name__ == "__main__":
    main()
