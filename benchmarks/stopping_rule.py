"""What a design finds, how often it is wrong, and what it costs, in a simulated world whose truth is known.

    python -m benchmarks.stopping_rule --studies 1000 --seed 0

The world is that of ``simulated_studies``: seven sizes over 2.3 decades of parameters, five folds. A training of the
largest size costs twelve times one of the smallest, as in the sweep ``widths``. Several families have the same truth
and nothing else in common. Each row gives, in percent of families, how often a gain or a loss is found (false where the
truth is flat), how often there is nothing to gain or a size is enough, and how often it stays open; in percent of
studies, how often what is found is wrong of any family; and the mean cost in units of the first stage. The last column
is the coverage of the plain 95 % interval after the design stopped.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.two_level import slope_contrast, two_level
from bench.design.allocation import MOST_SEEDS
from bench.design.looks import FamilyState, Member, Rule, take_look
from bench.records import FamilyLook, Finding, Look, LookOutcome
from benchmarks.simulated_studies import TRUTHS, Design, simulate

Floats = NDArray[np.float64]
N_FOLDS = 5
DEAREST = 12.0
MARGIN = 0.02


def run_design(
    rule: Rule, studies: Sequence[ImageScores], n_params: NDArray[np.int64], costs: Floats
) -> tuple[Look, list[ImageScores], float]:
    """The last look of a design on simulated families of which it sees what it trains; the scores seen; the cost."""
    n_seeds = np.ones((len(studies), len(costs)), np.int64)
    stage = 1
    while True:
        seen = [_seen(scores, of_family) for scores, of_family in zip(studies, n_seeds, strict=True)]
        families = [_state(str(place), scores, n_params, n_seeds[place], costs) for place, scores in enumerate(seen)]
        look = take_look(rule, stage, families, int(N_FOLDS * n_seeds.sum()))
        if look.outcome is not LookOutcome.GOES_ON:
            return look, seen, float((n_seeds @ costs).mean() / costs.sum())
        for each in look.repeats:
            family, size = map(int, each.network.split("-"))
            n_seeds[family, size] = each.n_seeds
        stage += 1


def _state(
    label: str, seen: ImageScores, n_params: NDArray[np.int64], n_seeds: NDArray[np.int64], costs: Floats
) -> FamilyState:
    members = [
        Member(f"{label}-{size}", "p", str(size), int(n_params[size]), int(n_seeds[size]), float(costs[size]))
        for size in range(len(costs))
    ]
    return FamilyState(label, members, two_level(seen, [_sizes(n_params)]), float(costs.sum()))


def _sizes(n_params: NDArray[np.int64]) -> dict[Name, float]:
    return {place: float(count) for place, count in enumerate(n_params)}


def _seen(scores: ImageScores, n_seeds: NDArray[np.int64]) -> ImageScores:
    most = int(n_seeds.max())
    kept = scores.scores[:, :most].copy()
    kept[np.arange(most) >= n_seeds[:, np.newaxis]] = np.nan
    return replace(scores, scores=kept, folds=scores.folds[:most])


def is_wrong(family: FamilyLook, accuracy: Floats, slope: float, n_params: NDArray[np.int64]) -> bool:
    """Whether a finding contradicts the truth."""
    if family.finding is Finding.ENOUGH:
        gain = accuracy[-1] - accuracy[list(n_params).index(family.enough_from)]
        return bool(gain >= MARGIN)
    wrong = {
        Finding.GAIN: slope <= 0,
        Finding.LOSS: slope >= 0,
        Finding.NOTHING_TO_GAIN: abs(slope) > MARGIN / 2,
        Finding.LARGEST: bool(accuracy[-1] <= accuracy[-2]),
    }
    return wrong.get(family.finding, False)


def row(rule: Rule, truth: str, n: int, n_studies: int, n_sizes: int, n_families: int, seed: int) -> str:
    """One row of the table."""
    design = Design(n, N_FOLDS, MOST_SEEDS, n_sizes)
    accuracy = TRUTHS[truth](design.places)
    n_params = design.n_params.astype(np.int64)
    costs = DEAREST**design.places
    contrast = slope_contrast(n_params.astype(float))
    slope = float(contrast @ accuracy)
    slope = 0.0 if abs(slope) < 1e-12 else slope
    draw = np.random.default_rng([seed, n, list(TRUTHS).index(truth)])
    found: Counter[Finding] = Counter()
    wrong, covered, spent, looks = 0, 0, 0.0, 0
    for _ in range(n_studies):
        studies = [simulate(accuracy, design, draw) for _ in range(n_families)]
        look, seen, cost = run_design(rule, studies, n_params, costs)
        found.update(family.finding for family in look.families)
        wrong += any(is_wrong(family, accuracy, slope, n_params) for family in look.families)
        estimates = [two_level(scores, [_sizes(n_params)]).contrast(contrast) for scores in seen]
        covered += sum(each.low <= slope <= each.high for each in estimates)
        spent += cost
        looks += look.stage
    n_judged = n_studies * n_families
    shares = {finding: 100 * found[finding] / n_judged for finding in Finding}
    shown = shares[Finding.GAIN] + shares[Finding.LARGEST], shares[Finding.LOSS]
    settled = shares[Finding.NOTHING_TO_GAIN] + shares[Finding.ENOUGH]
    return (
        f"n {n:5d}  {truth:12s} gain {shown[0]:5.1f}  loss {shown[1]:5.1f}  enough {settled:5.1f}  "
        f"open {shares[Finding.OPEN]:5.1f}  wrong {100 * wrong / n_studies:4.1f}  cost {spent / n_studies:4.2f}  "
        f"looks {looks / n_studies:4.2f}  coverage {covered / n_judged:.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, default=7)
    parser.add_argument("--families", type=int, default=1)
    parser.add_argument("--stages", type=int, nargs="+", default=[3])
    parser.add_argument("--until", nargs="+", default=["slope"])
    parser.add_argument("--images", type=int, nargs="+", default=[98, 240, 2000])
    parser.add_argument("--truths", nargs="+", default=["flat", "+3", "+10"])
    asked = parser.parse_args(arguments)
    print(
        f"{asked.studies} studies per row, seed {asked.seed}, {asked.families} x {asked.sizes} sizes, {N_FOLDS} folds, "
        f"margin {MARGIN}"
    )
    for until in asked.until:
        for stages in asked.stages:
            print(f"until {until}, {stages} stages")
            for n in asked.images:
                for truth in asked.truths:
                    rule = Rule(stages, until, MARGIN)
                    print(row(rule, truth, n, asked.studies, asked.sizes, asked.families, asked.seed), flush=True)


if __name__ == "__main__":
    main()
