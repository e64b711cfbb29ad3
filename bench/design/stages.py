"""The confidence level of each look, and the most that each stage costs.

Looking several times finds a trend where there is none in 5 % of studies at most.
"""

EARLY_LEVEL = 0.99
"""Of every look but the last."""
OVERALL_LEVEL = 0.95
EARLY_SHARE = 0.25
"""The most that a stage between the first and the last costs, as a share of the first."""
LAST_SHARE = 1.0
"""The most that the last stage costs, as a share of the first."""


def level_of(stage: int, n_stages: int) -> float:
    """The level of the look at the end of a stage, from 1.

    Every look but the last spends 1 - ``EARLY_LEVEL`` of the error, and the last one what remains of 5 %. By
    Bonferroni's inequality, the looks together are wrong as often as one interval at 95 % would be, or less.
    """
    if stage < n_stages:
        return EARLY_LEVEL
    return round(OVERALL_LEVEL + (n_stages - 1) * (1 - EARLY_LEVEL), 10)


def share_of(stage: int, n_stages: int) -> float:
    """The most that a stage after the first costs, as a share of the first."""
    return LAST_SHARE if stage == n_stages else EARLY_SHARE
