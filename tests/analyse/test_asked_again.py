"""The answer at other margins, and the network that is worth most at a price."""

from dataclasses import replace

import pytest

from bench.analyse.analysis import analyse_study
from bench.analyse.asked_again import MARGINS, Cost, answer_at, choices_at, margins_of, priced_costs
from tests.analyse.planted_trials import data_of, trials


def rising(place: int, seed: int, fold: int) -> float:
    return (0.5, 0.8, 0.85, 0.9, 0.95)[place] - 0.05 * ((place + seed + fold) % 2)


def flat(place: int, seed: int, fold: int) -> float:
    return 0.8 + 0.05 * ((place + seed + fold) % 3)


DATA = data_of(trials(rising, controls={"majority_class": 0.5}))
ANALYSIS = analyse_study(DATA)


@pytest.mark.parametrize("margin", MARGINS)
def test_the_answer_at_a_margin_is_that_of_an_analysis_at_that_margin(margin: float) -> None:
    assert answer_at(DATA, ANALYSIS, margin) == analyse_study(DATA, margin=margin).answer


def test_the_margins_of_a_page_include_the_one_of_its_analysis() -> None:
    assert 0.0123 in margins_of(analyse_study(DATA, margin=0.0123))
    assert margins_of(ANALYSIS) == MARGINS


def test_a_price_of_nothing_takes_the_most_accurate_network_and_a_high_one_the_smallest() -> None:
    free, dear = choices_at(DATA, ANALYSIS, Cost.MILLION_PARAMETERS, [0.0, 1e9])
    by_size = ANALYSIS.sizes.sort_values("n_params")
    assert free.entry == by_size["entry"].iloc[int(by_size["accuracy"].to_numpy(float).argmax())]
    assert dear.entry == by_size["entry"].iloc[0]
    assert dear.lead is not None
    assert dear.lead.low > 0


def test_a_lead_at_a_price_is_the_difference_in_accuracy_and_what_is_saved() -> None:
    (choice,) = choices_at(DATA, ANALYSIS, Cost.MILLION_PARAMETERS, [3.0])
    sizes = ANALYSIS.sizes
    worth = dict(zip(sizes["entry"], sizes["accuracy"] - 0.03 * sizes["n_params"] / 1e6, strict=True))
    first, second = sorted(worth.values(), reverse=True)[:2]
    assert choice.lead is not None
    assert worth[choice.entry] == first
    assert choice.lead.value == pytest.approx(first - second)
    assert choice.lead.low < choice.lead.value < choice.lead.high


def test_nothing_has_a_price_where_the_study_cannot_answer() -> None:
    data = data_of(trials(flat, controls={"majority_class": 0.9}))
    analysis = analyse_study(data)
    assert analysis.answer.obstacles
    assert priced_costs(data, analysis) == ()


def test_a_cost_that_is_not_measured_of_every_network_has_no_price() -> None:
    assert list(priced_costs(DATA, ANALYSIS)) == list(Cost)
    times = DATA.summary["step_ms_median"].where(DATA.summary.index > 0)
    untimed = replace(DATA, summary=DATA.summary.assign(step_ms_median=times))
    assert list(priced_costs(untimed, ANALYSIS)) == [Cost.MILLION_PARAMETERS]
