"""How alike training images sway networks of different sizes: trainings on drawn training sets, the truth known.

    python -m benchmarks.shared_training_sets --sets 70 --seed 0

Multilayer perceptrons are trained on drawn training sets of one population, twice on each with other weights and order,
and tested on 8,000 images that no set holds. Prints the part of the variance of the true accuracy that the training set
decides, by size, and the correlation of that part between sizes: the constants of ``training_variance``.
"""

import argparse
import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

WIDTHS = (2, 4, 8, 16, 48)
N_TEST, N_POPULATION, N_TRAIN, N_LUCKS = 8000, 60_000, 200, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=70)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    accuracy = train_all(asked.sets, np.random.default_rng(asked.seed))
    deviations = accuracy - accuracy.mean(axis=(0, 1))
    by_set = (deviations[:, 0].T @ deviations[:, 1] + deviations[:, 1].T @ deviations[:, 0]) / (2 * asked.sets)
    share = np.diag(by_set) / np.mean(deviations**2, axis=(0, 1))
    roots = np.sqrt(np.maximum(np.diag(by_set), 1e-12))
    print(f"sets {asked.sets} seed {asked.seed}")
    print("units        ", *(f"{width:6d}" for width in WIDTHS))
    print("accuracy     ", *(f"{value:6.3f}" for value in accuracy.mean(axis=(0, 1))))
    print("share of sets", *(f"{value:6.2f}" for value in share))
    print("correlation of what training sets decide, between sizes:")
    for width, row in zip(WIDTHS, by_set / np.outer(roots, roots), strict=True):
        print(f"{width:6d}       ", *(f"{value:6.2f}" for value in row))


def train_all(n_sets: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """(n_sets, N_LUCKS, n_widths) true accuracies."""
    images, labels = make_classification(
        N_POPULATION, 20, n_informative=10, n_redundant=4, n_clusters_per_class=4, flip_y=0.03, random_state=1
    )
    accuracy = np.empty((n_sets, N_LUCKS, len(WIDTHS)))
    warnings.simplefilter("ignore", ConvergenceWarning)
    for each in range(n_sets):
        rows = N_TEST + draw.choice(N_POPULATION - N_TEST, N_TRAIN, replace=False)
        for luck in range(N_LUCKS):
            for place, width in enumerate(WIDTHS):
                network = MLPClassifier(
                    (width,),
                    max_iter=60,
                    learning_rate_init=0.02,
                    batch_size=32,
                    random_state=int(draw.integers(2**31)),
                ).fit(images[rows], labels[rows])
                accuracy[each, luck, place] = network.score(images[:N_TEST], labels[:N_TEST])
    return accuracy


if __name__ == "__main__":
    main()
