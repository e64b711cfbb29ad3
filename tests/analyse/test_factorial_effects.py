"""Effects that are planted in a factorial study come back, with intervals that hold what they say."""

import numpy as np
import pandas as pd
import pytest

from bench.analyse.factorial_effects import (
    effects_on_metric,
    effects_on_step_ms,
    low_to_high,
    model_matrix,
    terms,
)
from bench.store.columns import CONTROL, NETWORK
from bench.study.factorial_cells import levels, name_cells
from bench.study.families import network_labels
from bench.sweeps.factorial import signs
from bench.sweeps.sweep_file import Factorial

FACTORS = ("architecture", "input_size", "batch_size", "noise", "activation")
DESIGN = Factorial.model_validate(
    {
        "generators": ["activation = architecture * input_size * batch_size * noise"],
        "factors": [
            {"name": "architecture", "low": {"architecture": "a"}, "high": {"architecture": "b"}},
            {"name": "input_size", "low": {"input_shape": [8, 8, 1]}, "high": {"input_shape": [9, 9, 1]}},
            {"name": "batch_size", "low": {"protocol": {"batch_size": 8}}, "high": {"protocol": {"batch_size": 9}}},
            {
                "name": "noise",
                "low": {"protocol": {"label_noise": 0.0, "epochs": 2}},
                "high": {"protocol": {"label_noise": 0.1, "epochs": 3}},
            },
            {"name": "activation", "low": {"axes": {"output": "s"}}, "high": {"axes": {"output": "t"}}},
        ],
    }
)
PLANTED = {"architecture": 0.2, "noise": -0.1, "architecture × batch_size": 0.06}


def cells(draw: np.random.Generator, n_blocks: int, spread: float) -> pd.DataFrame:
    design = pd.DataFrame(signs(FACTORS, DESIGN.generators), columns=list(FACTORS))
    matrix = model_matrix(design)
    effects = np.array([PLANTED.get(term, 0.0) for term in terms(list(FACTORS))])
    mean = 0.7 + matrix[:, 1:] @ effects / 2
    rows = []
    for block in range(n_blocks):
        values = mean + draw.normal(0, 0.05) + draw.normal(0, spread, len(mean))
        for (_, sign), value in zip(design.iterrows(), values, strict=True):
            rows.append(
                {
                    "architecture": "b" if sign["architecture"] > 0 else "a",
                    "input_shape": "9x9x1" if sign["input_size"] > 0 else "8x8x1",
                    "protocol_batch_size": 9 if sign["batch_size"] > 0 else 8,
                    "protocol_label_noise": 0.1 if sign["noise"] > 0 else 0.0,
                    "protocol_epochs": 3 if sign["noise"] > 0 else 2,
                    "axis_output": "t" if sign["activation"] > 0 else "s",
                    "seed": block // 5,
                    "fold": block % 5,
                    "n_folds": 5,
                    "val_accuracy": value,
                    "step_ms_median": 10 * np.exp(2 * (value - 0.7)),
                }
            )
    return pd.DataFrame(rows)


def test_without_scatter_every_planted_effect_comes_back_exactly() -> None:
    table = effects_on_metric(cells(np.random.default_rng(0), 5, 0.0), DESIGN, "val_accuracy")
    found = dict(zip(table["term"], (interval.value for interval in table["effect"]), strict=True))
    assert found == pytest.approx({term: PLANTED.get(term, 0.0) for term in terms(list(FACTORS))}, abs=1e-12)


def test_with_scatter_intervals_hold_the_planted_effects_about_as_often_as_they_say() -> None:
    draw = np.random.default_rng(1)
    held = []
    for _ in range(40):
        table = effects_on_metric(cells(draw, 10, 0.05), DESIGN, "val_accuracy")
        held += [
            i.low <= PLANTED.get(term, 0.0) <= i.high for term, i in zip(table["term"], table["effect"], strict=True)
        ]
    # Independent blocks: the correction for shared training images makes the intervals wider than they need be here.
    assert np.mean(held) > 0.95


def test_a_fold_whose_cells_failed_is_left_out_where_effects_cannot_be_told_apart() -> None:
    rows = cells(np.random.default_rng(0), 5, 0.01)
    lacking = rows[(rows["fold"] != 2) | (rows["architecture"] == "a")]
    assert set(effects_on_metric(lacking, DESIGN, "val_accuracy")["n_blocks"]) == {4}


def test_effects_are_estimated_in_each_fold_of_each_seed() -> None:
    table = effects_on_metric(cells(np.random.default_rng(0), 10, 0.01), DESIGN, "val_accuracy")
    assert set(table["n_blocks"]) == {10}


def test_step_times_are_compared_as_ratios() -> None:
    table = effects_on_step_ms(cells(np.random.default_rng(0), 1, 0.001), DESIGN)
    by_term = dict(zip(table["term"], table["effect"], strict=True))
    assert by_term["architecture"].value == pytest.approx(np.exp(2 * 0.2), rel=0.01)
    assert by_term["activation"].value == pytest.approx(1, rel=0.01)


def test_cells_without_a_step_time_leave_no_ratio() -> None:
    rows = cells(np.random.default_rng(0), 1, 0.001).assign(step_ms_median=np.nan)
    assert all(np.isnan(interval.value) for interval in effects_on_step_ms(rows, DESIGN)["effect"])


def test_all_low_to_all_high_is_the_sum_of_main_effects_where_no_three_factors_interact() -> None:
    # The five-factor design with a product of four has no cell of all high levels: a whole factorial has.
    whole = DESIGN.model_copy(update={"generators": ()})
    design = pd.DataFrame(signs(FACTORS), columns=list(FACTORS))
    rows = cells(np.random.default_rng(0), 1, 0.0).iloc[[0] * 32].reset_index(drop=True)
    rows["architecture"] = np.where(design["architecture"] > 0, "b", "a")
    rows["input_shape"] = np.where(design["input_size"] > 0, "9x9x1", "8x8x1")
    rows["protocol_batch_size"] = np.where(design["batch_size"] > 0, 9, 8)
    rows["protocol_label_noise"] = np.where(design["noise"] > 0, 0.1, 0.0)
    rows["protocol_epochs"] = np.where(design["noise"] > 0, 3, 2)
    rows["axis_output"] = np.where(design["activation"] > 0, "t", "s")
    effects = np.array([PLANTED.get(term, 0.0) for term in terms(list(FACTORS))])
    rows["val_accuracy"] = model_matrix(design)[:, 1:] @ effects / 2
    change = low_to_high(rows, whole, "val_accuracy")
    assert change is not None
    assert change.value == pytest.approx(0.2 - 0.1)
    assert low_to_high(cells(np.random.default_rng(0), 1, 0.0), DESIGN, "val_accuracy") is None


def test_a_row_at_neither_level_is_refused() -> None:
    rows = cells(np.random.default_rng(0), 1, 0.0)
    rows.loc[0, "protocol_batch_size"] = 10
    with pytest.raises(ValueError, match="one level of batch_size"):
        levels(rows, DESIGN)


def test_a_cell_is_named_by_its_factors_and_a_control_is_none() -> None:
    summary = cells(np.random.default_rng(0), 1, 0.0).assign(kind=NETWORK, width=None, entry=range(16))
    control = {"kind": CONTROL, "architecture": "majority_class", "entry": 16}
    named = name_cells(pd.concat([summary, pd.DataFrame([control])], ignore_index=True), DESIGN)
    labels = network_labels(named)
    high = levels(summary, DESIGN) > 0
    assert len(set(labels.values())) == 17
    assert labels[16] == "majority_class"
    for entry in high.index.tolist():
        row = high.loc[entry]
        names = [name for name in FACTORS[1:] if row[name]]
        text = f"high: {', '.join(names)}" if names else "the rest low" if row["architecture"] else "all low"
        text = "all high" if row.all() else text
        assert labels[entry] == f"{'b' if row['architecture'] else 'a'}, {text}"


def test_where_only_the_architecture_is_high_the_rest_is_low() -> None:
    whole = Factorial.model_validate(DESIGN.model_dump() | {"generators": []})
    summary = cells(np.random.default_rng(0), 1, 0.0).head(1).assign(kind=NETWORK)
    for name, level in (("architecture", "b"), ("input_shape", "8x8x1"), ("protocol_batch_size", 8)):
        summary[name] = level
    summary = summary.assign(protocol_label_noise=0.0, protocol_epochs=2, axis_output="s")
    assert name_cells(summary, whole)["cell"].tolist() == ["the rest low"]


def test_a_study_of_no_factors_keeps_its_summary() -> None:
    summary = pd.DataFrame({"architecture": ["a"]})
    assert name_cells(summary, None) is summary
