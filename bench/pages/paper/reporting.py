"""The items of two reporting guidelines that a study can fill in, filled in.

The numbers of the items are those of CLAIM, 2024 update (Tejani et al. 2024, Radiology: Artificial Intelligence 6,
e240300), and of TRIPOD+AI (Collins et al. 2024, BMJ 385, e078378). What an item asks for is given in words of our own.
"""

from collections.abc import Iterator, Mapping

from bench.analyse.analysis import Analysis
from bench.pages.answer import answer_text
from bench.pages.controls import control_sentences
from bench.pages.document import Note, Page, Remark, Section
from bench.pages.number_text import with_interval
from bench.pages.paper.methods import Topic, class_shares, methods
from bench.pages.paper.references import Source
from bench.pages.paper.texts import limitations
from bench.study.study_data import StudyData

Items = tuple[tuple[str, str, tuple[Topic, ...]], ...]

_CLAIM: Items = (
    ("7", "data sources", (Topic.DATA,)),
    ("9", "preprocessing", (Topic.PREPROCESSING,)),
    ("19", "how data were assigned to partitions", (Topic.PARTITION,)),
    ("20", "level at which partitions are disjoint", (Topic.LEVEL,)),
    ("21", "sample size", (Topic.POWER,)),
    ("22", "the model", (Topic.MODEL,)),
    ("23", "software", (Topic.SOFTWARE,)),
    ("24", "initial parameters", (Topic.INITIAL,)),
    ("25", "training", (Topic.TRAINING,)),
    ("26", "how the final model was selected", (Topic.SELECTION, Topic.CHOICE)),
    ("28", "metrics of performance", (Topic.METRICS,)),
    ("29", "measures of significance and uncertainty", (Topic.UNCERTAINTY,)),
    ("30", "robustness or sensitivity analysis", (Topic.CONTROLS,)),
    ("32", "evaluation on internal data", (Topic.PARTITION,)),
)
_TRIPOD: Items = (
    ("5a", "sources of data", (Topic.DATA,)),
    ("7", "preparation and quality of the data", (Topic.QUALITY, Topic.PREPROCESSING)),
    ("10", "study size", (Topic.POWER,)),
    ("12a", "how the data were used and divided", (Topic.PARTITION, Topic.LEVEL)),
    ("12c", "type of model, how it was built, internal validation", (Topic.MODEL, Topic.TRAINING, Topic.SELECTION)),
    ("12e", "measures of performance, comparison of models", (Topic.METRICS, Topic.UNCERTAINTY, Topic.CHOICE)),
)
_FROM_AUTHORS = (
    "Only the items that a stored study can fill in are listed, with what it says to them. All other items need the "
    "authors, such as the clinical background, the source and consent of the images, who annotated them, ethical "
    "approval, and funding."
)


def reporting_page(data: StudyData, analysis: Analysis) -> Page:
    """The items of CLAIM and of TRIPOD+AI."""
    said = methods(data, analysis)
    results = _results(data, analysis)
    limits = " ".join(limitations(data, analysis))
    balance = _balance(data)
    claim = (
        *_filled(_CLAIM, said),
        ("33", "testing on external data", "None was done."),
        ("35", "numbers of cases included and excluded", _counts(data)),
        ("37", "performance and its uncertainty", results),
        ("40", "limitations", limits),
    )
    tripod = (
        *_filled(_TRIPOD, said),
        *([("13", "methods against class imbalance", balance)] if balance else []),
        ("15", "output of the model", "A probability for each class; the predicted class is the most probable one."),
        ("21", "numbers of participants and outcomes", _counts(data)),
        ("23a", "performance with confidence intervals", results),
        ("26", "limitations", limits),
    )
    return Page(
        f"Reporting items of {data.study.name}",
        (
            Section("", (Note(_FROM_AUTHORS),)),
            Section(f"CLAIM, 2024 update ({Source.CLAIM.cited})", tuple(_listed(claim))),
            Section(f"TRIPOD+AI ({Source.TRIPOD.cited})", tuple(_listed(tripod))),
        ),
    )


def _filled(items: Items, said: Mapping[Topic, str]) -> Iterator[tuple[str, str, str]]:
    for number, asked, topics in items:
        text = " ".join(said[topic] for topic in topics if topic in said)
        if text:
            yield number, asked, text


def _listed(items: tuple[tuple[str, str, str], ...]) -> Iterator[Remark]:
    for number, asked, text in items:
        yield Remark(f"Item {number}, {asked}.", text)


def _results(data: StudyData, analysis: Analysis) -> str:
    take = analysis.answer.take
    own = analysis.sizes[analysis.sizes["entry"] == take.entry] if take is not None else analysis.sizes.tail(0)
    accuracy = [
        f"The network to take has accuracy {with_interval(row, 'accuracy')}, balanced accuracy "
        f"{with_interval(row, 'balanced_accuracy')} and loss {with_interval(row, 'loss')}."
        for row in own.to_dict("records")
    ]
    tally = control_sentences(analysis.against_controls)[:1]
    return " ".join([answer_text(analysis.answer, data.study), *accuracy, *tally, "All networks: see the table."])


def _counts(data: StudyData) -> str:
    study = data.study
    patients = ""
    if data.audit is not None and data.audit.n_patients:
        patients = f" of {data.audit.n_patients:,} patients"
    left_out = 0 if data.audit is None else len(data.audit.left_out)
    excluded = f" {left_out:,} files were excluded because they could not be used." if left_out else ""
    return f"{sum(study.class_counts):,} images{patients}: {class_shares(data)}.{excluded}"


def _balance(data: StudyData) -> str:
    used = [value for value in data.summary["protocol_class_balance"].unique() if value != "none"]
    meanings = {
        "class_weight": "examples were weighted in inverse proportion to the size of their class",
        "oversample": "examples of small classes were repeated up to the size of the largest class",
    }
    return f"In training, {' or '.join(meanings[value] for value in used)}." if used else ""
