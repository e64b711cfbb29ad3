"""The rounding rule of every number that a person reads."""


def half_up(value: float) -> float:
    """The number to format, moved so that ties round away from zero, whatever its last bits are.

    213 / 240 is 0.8875 exactly, but the nearest float lies below it and the mean of its folds may lie above, so that
    formatting alone gives 0.887 in one place and 0.888 in another. The number is moved by a 10^12th of itself.
    """
    return value * (1 + 1e-12)
