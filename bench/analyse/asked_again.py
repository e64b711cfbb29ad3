"""The answer of a study asked again: at other margins, and at a price of parameters or of milliseconds.

The command ``analyse`` and the page both use these functions, so they say the same.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.analysis import Analysis
from bench.analyse.answer.study_answer import Answer, answer_study, choosable_networks
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.study.study_data import StudyData

Floats = NDArray[np.float64]

MARGINS = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1)
"""The margins of the page's slider, as differences of accuracy."""
PRICES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""The prices of the page's slider, in percentage points of accuracy per unit of a cost."""


class Cost(enum.StrEnum):
    """What has a price, with its unit."""

    MILLION_PARAMETERS = "million parameters"
    STEP_MS = "millisecond per training step"


_COLUMNS = {Cost.MILLION_PARAMETERS: ("n_params", 1e6), Cost.STEP_MS: ("step_ms_median", 1.0)}
"""By cost: its column of the summary, and the number of its units per unit of the price."""


@dataclass(frozen=True, slots=True)
class PricedChoice:
    """The network that is worth most at a price.

    Attributes:
        cost: what has a price.
        price: percentage points of accuracy that a unit of the cost must bring.
        entry: the network with the highest accuracy less the price of its cost.
        label: its name.
        n_params: its parameters.
        accuracy: its mean held-out accuracy.
        rival: the name of the network that is worth most but for it; empty if there is no other.
        lead: how much more than the rival it is worth, as a difference of accuracy; None if there is no other.
    """

    cost: Cost
    price: float
    entry: int
    label: str
    n_params: int
    accuracy: float
    rival: str
    lead: ContrastEstimate | None


def answer_at(data: StudyData, analysis: Analysis, margin: float) -> Answer:
    """The answer of a study at another margin: the smallest gain in accuracy that counts."""
    return answer_study(
        data, analysis.accuracy_levels, analysis.against_controls, analysis.answer.images_or_parameters, margin
    )


def margins_of(analysis: Analysis) -> tuple[float, ...]:
    """The margins of the page, with the margin of the analysis among them."""
    return tuple(sorted({*MARGINS, analysis.answer.margin}))


def priced_costs(data: StudyData, analysis: Analysis) -> Sequence[Cost]:
    """The costs at which a network can be chosen: measured for every network; none if an obstacle forbids a choice."""
    if analysis.answer.obstacles:
        return ()
    known = _known(data, analysis)
    if known.empty or analysis.accuracy_levels.levels is None:
        return ()
    return [cost for cost, (column, _) in _COLUMNS.items() if known[column].notna().all()]


def choices_at(data: StudyData, analysis: Analysis, cost: Cost, prices: Sequence[float]) -> list[PricedChoice]:
    """At each price, the network with the highest accuracy less the price of its cost.

    Accuracy less a price is linear in accuracy, so the mean accuracies decide; the interval of the lead over the next
    one states how sure that is.

    Args:
        data: the study.
        analysis: of the study.
        cost: one of ``priced_costs``.
        prices: percentage points of accuracy that a unit of the cost must bring.
    """
    known = _known(data, analysis)
    column, unit = _COLUMNS[cost]
    costs = known[column].to_numpy(float) / unit
    means = np.array([analysis.accuracy_levels.mean(entry).value for entry in known["entry"]])
    return [_choice(analysis, known, means, price / 100 * costs, cost, price) for price in prices]


def _known(data: StudyData, analysis: Analysis) -> pd.DataFrame:
    """The networks that can be chosen and whose accuracy can be compared."""
    choosable = choosable_networks(data)
    return choosable[choosable["entry"].isin(list(analysis.accuracy_levels.names))]


def _choice(
    analysis: Analysis, known: pd.DataFrame, means: Floats, paid: Floats, cost: Cost, price: float
) -> PricedChoice:
    entries, n_params = known["entry"].tolist(), known["n_params"].tolist()
    first, *others = np.lexsort((n_params, paid - means)).tolist()
    lead, rival = None, ""
    if others:
        second, rival = others[0], analysis.labels[entries[others[0]]]
        saved = float(paid[second] - paid[first])
        ahead = analysis.accuracy_levels.difference(entries[first], entries[second])
        lead = replace(ahead, value=ahead.value + saved, low=ahead.low + saved, high=ahead.high + saved, p=np.nan)
    return PricedChoice(
        cost=cost,
        price=price,
        entry=entries[first],
        label=analysis.labels[entries[first]],
        n_params=n_params[first],
        accuracy=float(means[first]),
        rival=rival,
        lead=lead,
    )
