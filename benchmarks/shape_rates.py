"""Rates of every shape that ``answer_family`` finds, on simulated studies whose truth is known.

python -m benchmarks.shape_rates --studies 400 --seed 0
"""

import argparse
from collections import Counter
from dataclasses import astuple

import numpy as np

from bench.analyse.answer.family_answer import FamilyAnswer, Shape, answer_family
from bench.analyse.estimates.image_scores import Name
from bench.analyse.estimates.two_level import two_level
from benchmarks.simulated_studies import TRUTHS, Design, Floats, simulate

TRENDS = (Shape.GAINS, Shape.GAINS_THEN_ENOUGH, Shape.LOSES, Shape.PEAKS, Shape.DIPS)
MARGIN = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, default=7)
    parser.add_argument("--group", type=int, default=1, help="images per group")
    parser.add_argument("--images", type=int, nargs="+", default=[98, 240, 2000])
    parser.add_argument("--designs", nargs="+", default=["3x1", "5x1", "5x3", "5x10"], help="folds x seeds")
    parser.add_argument("--truths", nargs="+", choices=TRUTHS, default=list(TRUTHS))
    asked = parser.parse_args()
    print(" ".join(f"{name} {value}" for name, value in vars(asked).items()))
    print("Percent of studies. false enough: 'enough' from a size where more adds the margin or more.")
    print("most by: most of a gain is said to have come by a size of the lower half. false: it had not.")
    heads = [*Shape, "any trend", "false enough", "most by", "false most by"]
    print(f"| images | design | truth | {' | '.join(heads)} |")
    print(f"|{'---|' * (len(heads) + 3)}")
    for n in asked.images:
        for folds_by_seeds in asked.designs:
            n_folds, n_seeds = map(int, folds_by_seeds.split("x"))
            design = Design(n, n_folds, n_seeds, asked.sizes, n_per_group=asked.group)
            for truth in asked.truths:
                found = rates(design, truth, asked.studies, asked.seed)
                cells = " | ".join(f"{100 * found[head] / asked.studies:.1f}" for head in heads)
                print(f"| {n} | {folds_by_seeds} | {truth} | {cells} |", flush=True)


def rates(design: Design, truth: str, n_studies: int, seed: int) -> Counter[str]:
    """How many studies have each shape."""
    accuracy = TRUTHS[truth](design.places)
    draw = np.random.default_rng([seed, *astuple(design), list(TRUTHS).index(truth)])
    n_params = design.n_params.astype(np.int64)
    family: dict[Name, float] = {place: float(n) for place, n in enumerate(n_params)}
    counts: Counter[str] = Counter()
    for _ in range(n_studies):
        answer = answer_family(two_level(simulate(accuracy, design, draw), [family]), n_params, MARGIN)
        counts[answer.shape] += 1
        counts["any trend"] += answer.shape in TRENDS
        counts["most by"] += answer.most_by is not None
        counts.update(false_statements(answer, accuracy))
    return counts


def false_statements(answer: FamilyAnswer, accuracy: Floats) -> list[str]:
    gain_above = dict(zip(answer.n_params, accuracy[-1] - accuracy, strict=True))
    found = []
    if answer.enough_from is not None and gain_above[answer.enough_from] >= MARGIN:
        found.append("false enough")
    if answer.most_by is not None and gain_above[answer.most_by] > 0.25 * (accuracy[-1] - accuracy[0]):
        found.append("false most by")
    return found


if __name__ == "__main__":
    main()
