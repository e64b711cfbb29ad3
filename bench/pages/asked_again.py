"""The wording of a choice at a price of parameters or of milliseconds."""

from bench.analyse.asked_again import Cost, PricedChoice
from bench.pages.answer import points, rounded_count
from bench.pages.number_text import number
from bench.study.families import TIMES


def price_text(cost: Cost, price: float) -> str:
    """The price in words: ``if one million parameters must bring 0.5 points of accuracy``."""
    return f"if one {cost} must bring {price:g} points of accuracy"


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
