"""Whether ensembles of small networks beat one larger network of equal cost."""

from collections.abc import Sequence

from bench.analyse.ensembles import MOST_UNEQUAL, Cost, Duel
from bench.analyse.estimates.insufficient import NotComputed
from bench.pages.document import Note, Section, Statement
from bench.pages.number_text import interval, number
from bench.study.families import TIMES


def ensemble_sections(found: Sequence[Duel] | NotComputed) -> list[Section]:
    """One section per kind of cost, or the reason why nothing is compared."""
    if isinstance(found, NotComputed):
        return [Section("Ensembles", (Note(f"{found.reason[0].upper()}{found.reason[1:]}."),))]
    costs = dict.fromkeys(each.cost for each in found)
    return [_section(cost, [each for each in found if each.cost is cost]) for cost in costs]


def _section(cost: Cost, found: Sequence[Duel]) -> Section:
    n, n_ahead = len(found), sum(each.lead.low > 0 for each in found)
    n_behind = sum(each.lead.high < 0 for each in found)
    verdict = (
        f"Ensembles that are more accurate than one larger network of equal {cost.value}: {n_ahead} of {n}. Less "
        f"accurate: {n_behind}. Not decided: {n - n_ahead - n_behind}."
    )
    method = (
        f"Costs are equal to within {number(100 * MOST_UNEQUAL, '{:.0f}')} %. Differences are ensemble minus network, "
        "with 95 % intervals by the two-level estimator, one at a time."
    )
    return Section(f"Ensembles at equal {cost.value}", (Note(verdict), *map(_line, found), Note(method)))


def _line(duel: Duel) -> Statement:
    pattern, unit = ("{:,.0f}", "parameters") if duel.cost is Cost.PARAMETERS else ("{:,.2f}", "ms")
    difference = interval(duel.lead.value, duel.lead.low, duel.lead.high, "{:+.3f}")
    return Statement(
        f"{duel.n_members} {TIMES} {duel.small} ({number(duel.of_ensemble, pattern)} {unit}): accuracy "
        f"{number(duel.accuracy)}, against {number(duel.large_accuracy)} of {duel.large} "
        f"({number(duel.of_large, pattern)} {unit}): {difference}."
    )
