"""Which law is named on simulated studies whose law is known.

    python -m benchmarks.law_choice --studies 300 --seed 0

Each row prints how often each law is named, in percent, and how often none is and a guide line is drawn.
"""

import argparse
from collections import Counter
from collections.abc import Callable

import numpy as np

from bench.analyse.estimates.two_level import two_level
from bench.analyse.sizes.law_fits import ScalingFit, SizeMeans, law_or_guide
from bench.analyse.sizes.scaling_laws import LAWS
from benchmarks.simulated_studies import TRUTHS, Design, Floats, simulate

LAW_OF: dict[str, Callable[[Floats], Floats]] = {
    "constant": TRUTHS["flat"],
    "log-linear, +3": TRUTHS["+3"],
    "log-linear, +10": TRUTHS["+10"],
    "power law": lambda x: 1 - 0.30 * (0.05 / 0.30) ** x,
    "saturating power law": TRUTHS["saturates"],
    "no law: a peak": TRUTHS["peak"],
}
"""Accuracy by place; the law is that of its error."""


def named(accuracy: Floats, design: Design, draw: np.random.Generator) -> str:
    """The law that one simulated study names, or ``none``."""
    levels = two_level(simulate(accuracy, design, draw))
    of = SizeMeans(design.n_params, 1 - levels.means, levels.covariance())
    fit = law_or_guide(of, draw, n_resamples=2)
    return fit.best.name if isinstance(fit, ScalingFit) else "none"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, default=7)
    parser.add_argument("--images", type=int, nargs="+", default=[240, 2000])
    parser.add_argument("--designs", nargs="+", default=["5x1", "5x3", "5x10"], help="folds x seeds")
    asked = parser.parse_args()
    columns = [law.name for law in LAWS] + ["none"]
    print(f"{asked.studies} studies per row, seed {asked.seed}, {asked.sizes} sizes; percent of studies")
    print("| images | design | truth | " + " | ".join(columns) + " |\n|" + "---|" * (3 + len(columns)))
    for n_images in asked.images:
        for shape in asked.designs:
            n_folds, n_seeds = map(int, shape.split("x"))
            design = Design(n_images, n_folds, n_seeds, asked.sizes)
            for place, (name, truth) in enumerate(LAW_OF.items()):
                draw = np.random.default_rng([asked.seed, n_images, n_folds, n_seeds, place])
                found = Counter(named(truth(design.places), design, draw) for _ in range(asked.studies))
                cells = [f"{100 * found[column] / asked.studies:.0f}" for column in columns]
                print(f"| {n_images:,} | {shape} | {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
