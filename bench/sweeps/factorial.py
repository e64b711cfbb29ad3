"""Two-level factorial designs, full or fractional: Box, Hunter and Hunter, Statistics for Experimenters, chapter 6.

A factor's level may set several keys at once, such as an optimizer and its learning rate. The comparison is then
between the two combinations. The sign of a generated factor is the product of the signs of others. A design of k
factors and p generators therefore has 2^(k - p) cells instead of 2^k, and each effect is confounded with other effects.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

MOST_BASIC_FACTORS = 16
"""A full design of 16 factors has 65,536 cells."""


def signs(factors: Sequence[str], generators: Sequence[str] = ()) -> NDArray[np.int64]:
    """The design: (n_cells, n_factors) of -1 (low) and 1 (high), the first cell all low.

    Args:
        factors: names, distinct.
        generators: texts such as ``"d = a * b * c"``; d is then a generated factor.

    Raises:
        ValueError: a generator does not have this form, names an unknown or a generated factor on the right, or names a
            factor twice; or more than ``MOST_BASIC_FACTORS`` have no generator. The text says which.
    """
    generated = dict(_parse(text, factors) for text in generators)
    basic = [name for name in factors if name not in generated]
    for name, others in generated.items():
        if not set(others) <= set(basic):
            raise ValueError(f"a generator multiplies factors that are not generated themselves; received {name}")
    if len(basic) > MOST_BASIC_FACTORS:
        raise ValueError(
            f"a design has at most {MOST_BASIC_FACTORS} factors without a generator, so at most "
            f"{2**MOST_BASIC_FACTORS:,} cells; received {len(basic)} such factors"
        )
    cells = np.array(list(product((-1, 1), repeat=len(basic))))
    column = {name: cells[:, place] for place, name in enumerate(basic)}
    for name, others in generated.items():
        column[name] = np.prod([column[other] for other in others], axis=0)
    design = np.column_stack([column[name] for name in factors])
    return design[np.argsort(design.sum(axis=1) != -len(factors), kind="stable")]


def resolution(factors: Sequence[str], generators: Sequence[str]) -> int | None:
    """The length of the shortest word of the defining relation; None for a full factorial.

    At resolution R, no effect of p factors is confounded with one of fewer than R - p factors. From resolution 5 on,
    main effects and two-way interactions are not confounded with each other.
    """
    words = [frozenset({name, *others}) for name, others in (_parse(text, factors) for text in generators)]
    products = [
        reduce(frozenset.symmetric_difference, chosen)
        for n in range(1, len(words) + 1)
        for chosen in combinations(words, n)
    ]
    return min(map(len, products), default=None)


def _parse(generator: str, factors: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    name, equals, right = (part.strip() for part in generator.partition("="))
    others = tuple(part.strip() for part in right.split("*"))
    named = (name, *others)
    if not equals or len(set(named)) != len(named) or not set(named) <= set(factors):
        raise ValueError(
            f"a generator is a text such as '{factors[-1]} = {' * '.join(factors[:-1])}', each factor once; "
            f"received '{generator}'"
        )
    return name, others
