"""An analysis as JSON: every number with every digit, or null with the reason why there is none."""

import dataclasses
import enum
import json
import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.answer.study_answer import Answer, FamilyResult
from bench.analyse.control_comparison import ControlComparison, Outcome
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.images_or_parameters import BackTest, ImagesOrParameters
from bench.analyse.sizes.along_family import Axis
from bench.pages.answer import answer_text, headline
from bench.pages.claims import evidence_text
from bench.pages.images_or_parameters_text import conclusion
from bench.records import Record

_LEAD = {"mean": "value", "se": "se", "degrees": "degrees", "low": "low", "high": "high", "p": "p"}
"""The fields of a lead by their published names."""


def analysis_json(analysis: Analysis) -> str:
    """The file ``analysis.json``. Networks are named by their labels."""
    labels = analysis.labels

    def by_label(table: Mapping[int, object]) -> dict[str, object]:
        return {labels[entry]: plain(value) for entry, value in table.items()}

    best = analysis.one_standard_error
    values = {
        "answer": {
            "text": answer_text(analysis.answer, analysis.study),
            "headline": headline(analysis.answer, analysis.study),
            **_answer(analysis.answer, labels),
        },
        "study": analysis.study.name,
        "dataset": analysis.study.dataset,
        "n_folds": analysis.n_folds,
        "n_seeds": analysis.n_seeds,
        "n_trials_not_done": analysis.n_not_done,
        "region_of_practical_equivalence": analysis.rope,
        "sizes": plain(_named(analysis.sizes, labels, "entry")),
        "held_out_metrics": by_label(analysis.metrics),
        "calibration": by_label(analysis.calibration),
        "axes": [
            _axis(axis, result, labels) for axis, result in zip(analysis.axes, analysis.answer.families, strict=True)
        ],
        "controls": plain(analysis.controls),
        "against_controls": _against_controls(analysis.against_controls),
        "chosen_against_controls": _chosen(analysis.against_controls),
        "variance_components": by_label(analysis.components),
        "seeds_share_splits": analysis.splits_are_shared,
        "detectable_per_decade": plain(analysis.detectable),
        "one_standard_error_rule": plain(best) if isinstance(best, NotComputed) else labels[best],
        "chosen_on_inner": [_choice(row) for row in analysis.choices.drop(columns="entry").to_dict("records")],
        "claims": [
            {"claim": plain(each.claim), "verdict": each.verdict.value, "numbers": evidence_text(each)}
            for each in analysis.claims
        ],
        "images_or_parameters": [
            {"family": family, "conclusion": conclusion(found), **_images_or_parameters(found)}
            for family, found in analysis.answer.images_or_parameters.items()
        ],
    }
    return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _answer(answer: Answer, labels: Mapping[int, str]) -> dict[str, object]:
    """The answer's fields. An obstacle has its kind; networks are named by their labels."""
    cost = () if answer.cost is None else answer.cost
    return {
        "margin": answer.margin,
        "obstacles": [{"kind": type(each).__name__, **_fields(each)} for each in answer.obstacles],
        "beats_blind_controls": answer.beats_blind_controls,
        "strongest_blind_control": plain(answer.strongest_blind),
        "unbeaten_controls": plain(answer.unbeaten),
        "families": [_family(each, labels) for each in answer.families],
        "take": None if answer.take is None else {**_fields(answer.take), "entry": labels[answer.take.entry]},
        "cost": [{**_fields(each), "entry": labels[each.entry]} for each in cost],
        "next_step": plain(answer.next_step),
    }


def _family(result: FamilyResult, labels: Mapping[int, str]) -> dict[str, object]:
    return {
        "family": result.family.label,
        "is_asked": result.is_asked,
        "answer": plain(result.answer),
        "candidate": None if result.candidate is None else labels[result.candidate],
    }


def _fields(record: object) -> dict[str, object]:
    fields = plain(record)
    if not isinstance(fields, dict):
        raise TypeError(f"a record has fields; {type(record).__name__} has none")
    return fields


def _images_or_parameters(found: ImagesOrParameters | NotComputed) -> dict[str, object]:
    if isinstance(found, NotComputed):
        return {"not_computed": found.reason}
    cells, fitted = found.cells, found.surface.error(found.cells.n_params, found.cells.n_train)
    columns = {"n_params": cells.n_params, "n_train": cells.n_train, "error": cells.errors, "fitted": fitted}
    return {
        "back_test_on_images": _back_test(found.on_images),
        "back_test_on_parameters": _back_test(found.on_parameters),
        "forecasts": plain(found.forecasts),
        "exchange_rate": plain(found.exchange),
        "cells": plain(pd.DataFrame(columns).astype({"n_params": int, "n_train": int})),
    }


def _back_test(test: BackTest) -> dict[str, object]:
    numbers = {field.name: plain(getattr(test, field.name)) for field in dataclasses.fields(test)}
    return {**numbers, "is_weak": test.is_weak}


def _against_controls(comparison: ControlComparison | None) -> list[dict[str, object]]:
    """One row per control, with the columns of a pair: the chosen network minus the control."""
    if comparison is None:
        return []
    return [
        {
            "first": row.name,
            "second": comparison.label,
            **{name: plain(getattr(row.lead, field, None)) for name, field in _LEAD.items()},
            "why_no_lead": row.lead.reason if isinstance(row.lead, NotComputed) else None,
            "sight": row.sight.value,
            "outcome": row.outcome.value,
            **{f"loss_{name}": plain(getattr(row.loss_lead, name, None)) for name in ("value", "low", "high")},
        }
        for row in comparison.rows
    ]


def _chosen(comparison: ControlComparison | None) -> dict[str, object] | None:
    if comparison is None:
        return None
    return {
        "network": comparison.label,
        "n_params": comparison.n_params,
        "accuracy": comparison.accuracy,
        **{outcome.name.lower(): list(comparison.named(outcome)) for outcome in Outcome},
        "leaks": [plain(leak) for leak in comparison.leaks],
    }


def _choice(row: Mapping[Hashable, object]) -> dict[str, object]:
    """One row of choices. Intervals keep the published names: mean, low, high."""
    return {
        str(name): {"mean": value.value, "low": plain(value.low), "high": plain(value.high)}
        if isinstance(value, Interval)
        else plain(value)
        for name, value in row.items()
    }


def _axis(axis: Axis, result: FamilyResult, labels: Mapping[int, str]) -> dict[str, object]:
    fits: dict[str, dict[str, object]] = {}
    for (quantity, size), fit in axis.fits.items():
        fits.setdefault(quantity, {})[size] = plain(fit)
    return {
        "family": axis.family.label,
        "sizes_differ_in_more_than_size": axis.family.is_mixed,
        "networks": [labels[entry] for entry in axis.family.entries],
        "n_blocks": axis.n_blocks,
        "n_blocks_left_out": axis.n_partial_blocks,
        "verdict": plain(result.answer),
        "corrected_slope_per_decade": plain(axis.slope),
        "comparisons": plain(_named(axis.comparisons, labels, "first", "second")),
        "scaling": fits,
        "interpolates_from": None if axis.interpolates_from is None else labels[axis.interpolates_from],
    }


def _named(table: pd.DataFrame, labels: Mapping[int, str], *columns: str) -> pd.DataFrame:
    return table.assign(**{column: table[column].map(labels) for column in columns})


def plain(value: object) -> object:
    """A value in JSON's types: dataclasses and tables by their fields, NaN as None."""
    if isinstance(value, NotComputed):
        return {"not_computed": value.reason}
    if isinstance(value, Record):
        return plain(value.model_dump())
    if isinstance(value, pd.DataFrame):
        return [{str(name): plain(cell) for name, cell in row.items()} for row in value.to_dict("records")]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"JSON has no form for {type(value).__name__}")
