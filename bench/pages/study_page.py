"""The page of a study: the answer, the main charts, the table of networks, and folded chapters, as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.answer.study_answer import Answer
from bench.analyse.asked_again import PRICES, Cost, answer_at, choices_at, margins_of, priced_costs
from bench.analyse.factorial_effects import FactorialEffects
from bench.pages.answer import Topic, answer_topics
from bench.pages.asked_again import priced_sentence
from bench.pages.charts.explorer_charts import Explorer, explorer
from bench.pages.document import Block, Table
from bench.pages.number_text import NOTHING, number, three_digits, with_interval
from bench.pages.study_chapters import Chapter, chapters
from bench.pages.timed_parts import TimedParts
from bench.study.study_data import StudyData


@dataclass(frozen=True)
class AskedAt:
    """What the page says where a slider stands.

    Attributes:
        value: where it stands: a margin as a difference of accuracy, or a price in points.
        topics: the sentences by topic; for a price, one sentence about what to use.
        taken: the entry of the network that is taken; None if none is.
    """

    value: float
    topics: tuple[tuple[Topic, str], ...]
    taken: int | None


@dataclass(frozen=True)
class StudyPage:
    """The whole page.

    Attributes:
        name: of the study.
        facts: one line: data set, images, folds and seeds.
        answer: the answer at the study's own margin.
        by_margin: the answers at the margins of the slider.
        by_price: the choices at the prices of the slider, by cost.
        main: the main charts.
        networks: the table of networks.
        entries: of the networks, by row of the table.
        chapters: what is folded.
    """

    name: str
    facts: str
    answer: AskedAt
    by_margin: tuple[AskedAt, ...]
    by_price: tuple[tuple[Cost, tuple[AskedAt, ...]], ...]
    main: Explorer
    networks: Table
    entries: tuple[int, ...]
    chapters: tuple[Chapter, ...]


def study_page(
    data: StudyData,
    analysis: Analysis,
    timings: TimedParts | None = None,
    effects: FactorialEffects | None = None,
    samples: Sequence[Block] = (),
) -> StudyPage:
    """The page of a study in any state. Arguments are those of ``chapters``."""
    has_sizes = not analysis.sizes.empty
    return StudyPage(
        name=data.study.name,
        facts=data.title().removeprefix(f"{data.study.name}: ").replace("\n", "; "),
        answer=_asked(analysis.answer, analysis) if has_sizes else _nothing(),
        by_margin=tuple(_at_margins(data, analysis)) if has_sizes else (),
        by_price=tuple((cost, tuple(_at_prices(data, analysis, cost))) for cost in priced_costs(data, analysis)),
        main=explorer(data, analysis),
        networks=_networks(data, analysis),
        entries=tuple(analysis.sizes["entry"].tolist()),
        chapters=tuple(chapters(data, analysis, timings, effects, samples)),
    )


def _nothing() -> AskedAt:
    return AskedAt(0.0, ((Topic.TAKE, "There is no answer yet: no trial of a network is done."),), None)


def _asked(answer: Answer, analysis: Analysis) -> AskedAt:
    taken = None if answer.take is None else answer.take.entry
    return AskedAt(answer.margin, tuple(answer_topics(answer, analysis.study)), taken)


def _at_margins(data: StudyData, analysis: Analysis) -> Iterator[AskedAt]:
    for margin in margins_of(analysis):
        is_own = margin == analysis.answer.margin
        yield _asked(analysis.answer if is_own else answer_at(data, analysis, margin), analysis)


def _at_prices(data: StudyData, analysis: Analysis, cost: Cost) -> Iterator[AskedAt]:
    for choice in choices_at(data, analysis, cost, PRICES):
        yield AskedAt(choice.price, ((Topic.TAKE, priced_sentence(choice)),), choice.entry)


def _networks(data: StudyData, analysis: Analysis) -> Table:
    """One row per network with a done trial; columns that are empty for all networks are left out."""
    rows = []
    for row in analysis.sizes.to_dict("records"):
        of_summary = data.summary.loc[row["entry"]]
        rows.append(
            {
                "network": analysis.labels[row["entry"]],
                "parameters": f"{row['n_params']:,}",
                "accuracy": with_interval(row, "accuracy"),
                "loss": with_interval(row, "loss"),
                "training accuracy": number(row["train_accuracy"]),
                "ms per step": _positive(of_summary["step_ms_median"]),
                "s per training": _positive(of_summary["train_s_median"]),
                "trials": str(row["n_done"]),
            }
        )
    table = pd.DataFrame(rows)
    return Table.of(table.loc[:, [(table[name] != NOTHING).any() for name in table]], ("network",))


def _positive(value: float) -> str:
    return NOTHING if pd.isna(value) or value <= 0 else three_digits(value)
