"""The wording of a choice at a price of parameters or of milliseconds."""

from collections.abc import Mapping

from bench.analyse.analysis import Analysis
from bench.analyse.asked_again import Cost, PricedChoice, choices_at, priced_costs
from bench.errors import StudyError
from bench.pages.answer import points, rounded_count
from bench.pages.document import Note, Section
from bench.pages.number_text import number
from bench.study.families import TIMES
from bench.study.study_data import StudyData


def price_text(cost: Cost, price: float) -> str:
    """The price in words: ``if a million parameters must bring 0.5 points of accuracy``."""
    one = f"a {cost}"
    return f"if {one} must bring {price:g} points of accuracy" if price else f"if {one} costs nothing"


def priced_sentence(choice: PricedChoice) -> str:
    """Which network is worth most at a price, and how sure its lead is."""
    condition = price_text(choice.cost, choice.price)
    name = choice.label.replace(f" {TIMES}", " at width ")
    said = (
        f"{condition[0].upper()}{condition[1:]}, {name} ({rounded_count(choice.n_params)} parameters, accuracy "
        f"{number(choice.accuracy)}) is worth most"
    )
    if choice.lead is None:
        return f"{said}; there is no other network."
    rival = choice.rival.replace(f" {TIMES}", " at width ")
    is_open = "" if choice.lead.low > 0 else ", so which of the two is worth more is open"
    return f"{said}: {points(choice.lead)} more than {rival}, the next{is_open}."


def prices_section(data: StudyData, analysis: Analysis, prices: Mapping[Cost, float]) -> Section:
    """The choices at these prices.

    Raises:
        StudyError: the study cannot choose at one of them.
    """
    known = priced_costs(data, analysis)
    for cost in prices:
        if cost not in known:
            raise StudyError(
                f"a choice at a price needs a study that can answer, and the cost of every network; in "
                f"{data.study.name}, {'this cost is not measured' if known else 'nothing can be chosen'} ({cost}); "
                "read the answer without a price, or time the networks with python -m bench time"
            )
    choices = (choice for cost, price in prices.items() for choice in choices_at(data, analysis, cost, [price]))
    return Section("At a price", tuple(Note(priced_sentence(choice)) for choice in choices))
