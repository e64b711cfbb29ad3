"""The card of an exported model, and what speaks against using it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.export_choice import ExportChoice
from bench.analyse.predictions.calibration import Calibration
from bench.audit import Audit, Severity
from bench.pages.answer import headline
from bench.pages.audit_page import finding_with_files
from bench.pages.document import Block, Column, Note, Page, Remark, Section, Statement, Table
from bench.pages.number_text import and_list, counted, interval_text, number
from bench.records import InputShape, Protocol, Study

_NOT_FOR = (
    "It was trained and measured on this data set only. On pictures from another source, its accuracy, its "
    "probabilities and its sets may be wrong without notice; the flags of `predict` show some differences, not all."
)
_NOT_MEDICAL = "It is no medical device, and no decision about a person should rest on it."


@dataclass(frozen=True)
class CardData:
    """What a card says.

    Attributes:
        study: the study that chose the network.
        chosen: the network.
        caveats: what speaks against using it; see ``caveats``.
        accuracy: expected, from the study's folds.
        calibration: fitted on the study's folds.
        input_shape: to which the graph fits a picture.
        protocol: of its training.
        seeds: of its members.
        n_folds: of the study.
        n_study_seeds: of the study.
        train_accuracies: of the members, on the images that they were trained on.
        audit: of the images; None if they were not audited.
    """

    study: Study
    chosen: ExportChoice
    caveats: Sequence[str]
    accuracy: Interval | NotComputed
    calibration: Calibration
    input_shape: InputShape
    protocol: Protocol
    seeds: Sequence[int]
    n_folds: int
    n_study_seeds: int
    train_accuracies: Sequence[float]
    audit: Audit | None


def caveats(chosen: ExportChoice, study: Study) -> Iterator[str]:
    """One sentence for each reason not to use the network; none if the study advises it."""
    if not chosen.answer.is_answerable:
        yield headline(chosen.answer, study)
    for each in chosen.better_controls:
        yield (
            f"The control {each.name} is more accurate than {chosen.label}: {number(each.accuracy)} against "
            f"{number(each.network_accuracy)}."
        )


def card_metadata(card: CardData) -> Mapping[str, Any]:
    """The metadata of a Hugging Face model card: https://huggingface.co/docs/hub/model-cards, JSON-ready."""
    metric: dict[str, object] = {"type": "accuracy", "name": "accuracy on held-out folds"}
    if isinstance(card.accuracy, Interval):
        bounds = {"level": 0.95, "low": round(card.accuracy.low, 4), "high": round(card.accuracy.high, 4)}
        metric |= {"value": round(card.accuracy.value, 4), "args": bounds}
    results = {
        "task": {"type": "image-classification"},
        "dataset": {"name": card.study.dataset, "type": card.study.dataset, "revision": card.study.data_hash},
        "metrics": [metric],
        "source": {"name": _source(card), "url": "README.md"},
    }
    return {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", "keras", "onnx", "tflite", "param-scaling-bench"],
        "model-index": [{"name": _title(card), "results": [results]}],
    }


def model_card(card: CardData) -> Page:
    """The card as a page."""
    reasons = f"Exported with --anyway. {' '.join(card.caveats)}"
    warnings = (Remark("Do not rely on it.", reasons),) if card.caveats else ()
    return Page(
        _title(card),
        (
            Section("", (*warnings, Note(_what_it_is(card)))),
            Section("Use", tuple(_use(card))),
            Section("Expected accuracy", tuple(_accuracy(card))),
            Section("Probabilities and sets", tuple(_calibration(card))),
            Section("Data", tuple(_data(card))),
            Section("Training", tuple(_training(card))),
            Section("Limits", tuple(_limits(card))),
        ),
    )


def _title(card: CardData) -> str:
    return f"{card.chosen.label} of {card.study.name}"


def _source(card: CardData) -> str:
    seeds = f" and {counted(card.n_study_seeds, 'seed')}"
    return f"study {card.study.name}: {card.n_folds}-fold cross-validation{seeds}"


def _what_it_is(card: CardData) -> str:
    n = len(card.seeds)
    built = "One network" if n == 1 else f"An ensemble of {n} networks, whose probabilities are averaged,"
    why = (
        "The study takes this size."
        if card.chosen.is_taken
        else "It was named; it is not the size that the study takes."
    )
    if card.caveats and not card.chosen.is_taken:
        why = "The study takes no size."
    return (
        f"{built} of {card.chosen.n_params:,} parameters{' each' if n > 1 else ''} for {len(card.study.class_names)} "
        f"classes: {and_list(card.study.class_names)}. {why}"
    )


def _use(card: CardData) -> Iterator[Block]:
    height, width, channels = card.input_shape
    yield Note(
        "`python predict.pyz FILES...` prints class, calibrated probability, conformal set and flags of image files. "
        "It needs Python 3.11, `numpy`, `pillow` and `onnxruntime`. `python -m bench predict` does the same."
    )
    yield Note(
        "`model.keras`, `model.onnx` and `model.tflite` are the same graph. Input `pixels`: float32 (batch, height, "
        "width, 3) in [0, 1], of any size, upright; gray is repeated over the three channels, and transparent pixels "
        f"are composited over black. The graph fits it to {height}x{width}x{channels} as in training, by Pillow's "
        "bilinear filter. Output: calibrated probabilities (batch, classes) in the order of `classes.json`."
    )


def _accuracy(card: CardData) -> Iterator[Block]:
    if isinstance(card.accuracy, NotComputed):
        yield Note(f"There is no estimate with an interval: {card.accuracy.reason}.")
        return
    value = interval_text(card.accuracy)
    n_members, n = card.calibration.n_members, len(card.seeds)
    fewer = f" This model averages {n} networks." if n != n_members else ""
    yield Note(
        f"{value} on images that a network was not trained on, a 95 % interval ({_source(card)}). It is the accuracy "
        f"of {_members(n_members)} that were trained on {card.n_folds - 1} of {card.n_folds} folds.{fewer} This model "
        "was trained on all images, so no image is left to measure its own accuracy."
    )
    shares = and_list([number(each) for each in card.train_accuracies])
    yield Note(f"On the images that it was trained on, its accuracy is {shares}. That is no estimate for other images.")


def _members(n: int) -> str:
    return "single networks" if n == 1 else f"ensembles of {n} networks"


def _calibration(card: CardData) -> Iterator[Block]:
    found, measured = card.calibration, card.calibration.measured
    before, after = (number(each) for each in measured.log_loss)
    error_before, error_after = (number(each) for each in measured.calibration_error)
    yield Note(
        f"Temperature {number(found.temperature)}, fitted on the study's out-of-fold probabilities. On folds that took "
        f"no part in the fit, it changed the log loss from {before} to {after} nats per image, and the expected "
        f"calibration error from {error_before} to {error_after}."
    )
    if found.n_members != len(card.seeds):
        yield Note(
            f"Temperature and sets were fitted on {_members(found.n_members)}. The mean of {len(card.seeds)} networks "
            "is less confident, so its probability of the most probable class may be too low, and its sets too large."
        )
    yield Note(
        f"A conformal set is meant to contain the true class for {found.level:.0%} of pictures like those of the "
        f"study. Measured on folds that took no part in the fit: {number(measured.coverage, '{:.1%}')} of sets, with "
        f"{number(measured.mean_size, '{:.2f}')} classes on average. By true class:"
    )
    rows = tuple(
        (name, number(share, "{:.1%}"))
        for name, share in zip(card.study.class_names, measured.coverage_of_class, strict=True)
    )
    yield Table((Column("class", "left"), Column("sets with the true class", "right")), rows)
    yield Note(
        "Sets are made of adaptive scores (Romano, Sesia and Candès 2020). The threshold is taken from networks of the "
        "study's folds, and this model is another network, so the coverage is measured and not guaranteed."
    )


def _data(card: CardData) -> Iterator[Block]:
    study = card.study
    rows = tuple((name, f"{n:,}") for name, n in zip(study.class_names, study.class_counts, strict=True))
    patients = " No fold divides the images of a patient." if study.patient_wise else ""
    yield Note(f"{study.dataset}, {sum(study.class_counts):,} images, hash `{study.data_hash}`.{patients}")
    yield Table((Column("class", "left"), Column("images", "right")), rows)


def _training(card: CardData) -> Iterator[Block]:
    protocol = card.protocol
    yield Note(
        f"All images, {'seeds' if len(card.seeds) > 1 else 'seed'} {and_list([str(each) for each in card.seeds])}, "
        "by the protocol of the study: "
        f"{', '.join(f'{name} {value}' for name, value in protocol.model_dump().items() if _is_set(name, protocol))}."
    )
    if protocol.precision != "float32":
        yield Note(f"It was trained in {protocol.precision}. The exported graphs compute in float32.")


def _is_set(name: str, protocol: Protocol) -> bool:
    field = type(protocol).model_fields[name]
    return name not in protocol.LATER_FIELDS or getattr(protocol, name) != field.default


def _limits(card: CardData) -> Iterator[Block]:
    yield Statement(_NOT_FOR)
    yield Statement(_NOT_MEDICAL)
    yield Statement("`training_prints.npz` holds the names of the training files and a fingerprint of each.")
    if card.audit is None:
        yield Note("The images were not audited.")
        return
    severe = card.audit.of(Severity.SEVERE)
    if not severe:
        yield Note(f"The audit of the images has no severe finding and {counted(len(card.audit.findings), 'other')}.")
        return
    yield Note("Severe findings of the audit of the images:")
    yield from (finding_with_files(each, None) for each in severe)
