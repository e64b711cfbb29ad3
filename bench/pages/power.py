"""What a design can find, as lines of text: for the command ``power``, and for the plan of a run."""

from collections.abc import Sequence

from bench.analyse.estimates.power import (
    ASSUMED_ACCURACY,
    ASSUMED_DISCORDANCE,
    ASSUMED_EXCESS,
    DIFFERENCE,
    Design,
    assumed_levels,
    detectable_contrast,
    images_needed,
    power_of,
    seeds_needed,
)
from bench.design.findable import Findable
from bench.pages.number_text import counted, number

ASSUMED = (
    f"assumed: accuracy {ASSUMED_ACCURACY:g}, two networks disagree on "
    f"{number(100 * ASSUMED_DISCORDANCE, '{:.0f}')} % of the images, and a "
    f"training adds {number(100 * ASSUMED_EXCESS, '{:.0f}')} % of the variance of one image to that of a fold"
)


def power_lines(design: Design, sd: float | None, difference: float | None) -> list[str]:
    """The lines of ``python -m bench power``. ``sd`` None: assumed variances; ``difference`` None: no given one."""
    estimate = assumed_levels(design, sd=sd).contrast(DIFFERENCE)
    least = number(detectable_contrast(estimate), "{:.4f}")
    lines = [
        f"{design.n_images:,} images, {design.n_folds} folds, {counted(design.n_seeds, 'seed')}: "
        f"{counted(design.n_trainings, 'training')} per network",
        ASSUMED if sd is None else f"standard deviation of paired differences: {number(sd, '{:.4f}')}, as given",
        f"smallest difference in accuracy of two networks found in 80 % of studies (95 % interval): {least}",
    ]
    if difference is not None:
        seeds = seeds_needed(difference, design, sd)
        by_seeds = f"{seeds:,}" if seeds else "no number of seeds is enough, since all seeds use the same images"
        lines += [
            f"power for a difference of {difference:g}: {number(power_of(difference, estimate), '{:.2f}')}",
            f"seeds needed with these images: {by_seeds}",
            f"images needed with these seeds: at least {images_needed(difference, design, sd):,}",
        ]
    return lines


def findable_lines(found: Sequence[Findable]) -> list[str]:
    """What a planned study can find, family by family.

    Args:
        found: one or more per family, in order.
    """
    lines = [
        f"{each.family}, {_seeds(each)}: a gain of {number(100 * each.per_decade, '{:.1f}')} points per tenfold of the "
        f"parameters is found in 80 % of studies, at {number(100 * each.level, '{:g}')} %"
        for each in found
    ]
    if not lines:
        return []
    return [*lines, ASSUMED if found[0].is_assumed else "by the variances of the stored trainings"]


def _seeds(found: Findable) -> str:
    low, high = found.n_seeds
    many = counted(high, "seed") if low == high else f"{low} to {high} seeds"
    return many if found.stage is None else f"stage {found.stage}, {many}"
