"""What a planned study can find: the smallest gain per tenfold of the parameters, stage by stage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.analyse.answer.family_answer import family_slope
from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.estimates.power import detectable_contrast, with_trainings
from bench.analyse.estimates.two_level import LEVEL
from bench.design.allocation import allocate
from bench.design.looks import FamilyState
from bench.design.stages import level_of, share_of


@dataclass(frozen=True, slots=True)
class Findable:
    """The smallest gain that a family shows with 80 % power.

    Attributes:
        family: its name.
        stage: of a design; None for a plain grid.
        n_seeds: the fewest and the most seeds of a network.
        level: of the interval that has to be on one side of zero.
        per_decade: the gain in accuracy per tenfold of the parameters.
        is_assumed: whether the variances are assumed, and not those of stored trainings.
    """

    family: str
    stage: int | None
    n_seeds: tuple[int, int]
    level: float
    per_decade: float
    is_assumed: bool


def findable(
    families: Sequence[FamilyState], n_seeds: int, stages: int | None, *, is_assumed: bool
) -> tuple[Findable, ...]:
    """What a plan finds of each family, from variances at any stage; a design from its first and its last stage.

    Args:
        families: with variances; one without is left out.
        n_seeds: the seeds of every network, of a design in its first stage.
        stages: of a design; None for a plain grid.
        is_assumed: whether the variances are assumed.
    """
    found = []
    for family in families:
        if isinstance(family.levels, NotComputed):
            continue
        try:
            contrast = family_slope(family.n_params)
        except InsufficientError:
            continue
        k = family.levels.n_folds
        seeds = np.full(len(family.members), n_seeds)
        for stage in range(1, (stages or 1) + 1):
            if stage > 1:
                levels = with_trainings(family.levels, k * seeds)
                costs = np.array([member.cost for member in family.members])
                most = np.array([member.most_seeds for member in family.members])
                limit = share_of(stage, stages or 1) * family.first_cost
                seeds = seeds + allocate(levels, contrast, costs, limit, most)
            if stage in (1, stages):
                level = LEVEL if stages is None else level_of(stage, stages)
                estimate = with_trainings(family.levels, k * seeds).contrast(contrast)
                found.append(
                    Findable(
                        family=family.label,
                        stage=None if stages is None else stage,
                        n_seeds=(int(seeds.min()), int(seeds.max())),
                        level=level,
                        per_decade=detectable_contrast(estimate, level),
                        is_assumed=is_assumed,
                    )
                )
    return tuple(found)
