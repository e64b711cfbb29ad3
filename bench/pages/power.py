"""The output of ``python -m bench power`` as lines of text."""

from bench.analyse.estimates.power import (
    ALPHA,
    ASSUMED_DISCORDANCE,
    MOST_IMAGES,
    POWER,
    Design,
    assumed_sd,
    detectable_difference,
    images_needed,
    power_of,
    seeds_needed,
)
from bench.pages.number_text import number


def power_lines(design: Design, sd: float | None, difference: float | None) -> list[str]:
    """The lines of ``python -m bench power``. ``sd`` None: ``assumed_sd``; ``difference`` None: no given difference."""
    spread = assumed_sd(design) if sd is None else sd
    origin = f"image sampling alone, networks disagreeing on {ASSUMED_DISCORDANCE:.0%}" if sd is None else "as given"
    design_text = f"{design.n_images:,} images, {design.n_folds} folds, {design.n_seeds} seeds"
    lines = [
        f"{design_text}: {design.n_trials} trials per network",
        f"standard deviation of paired differences: {number(spread, '{:.4f}')} ({origin})",
    ]
    if design.n_trials < 2:
        return [*lines, "no test is possible with one trial per network"]
    least = detectable_difference(spread, design)
    lines.append(
        f"smallest difference in accuracy detected with {POWER:.0%} power at {ALPHA:.0%}: {number(least, '{:.4f}')}"
    )
    if difference is not None:
        seeds, images = seeds_needed(difference, spread, design), images_needed(difference, spread, design)
        lines.append(
            f"power for a difference of {difference:g}: {number(power_of(difference, spread, design), '{:.2f}')}"
        )
        by_seeds = f"{seeds:,}" if seeds else "no number of seeds is enough, since all seeds use the same images"
        by_images = f"at least {images:,}" if images else f"more than {MOST_IMAGES:,}"
        lines += [
            f"seeds needed with these images: {by_seeds}",
            f"images needed with these seeds: {by_images}",
        ]
    return lines
