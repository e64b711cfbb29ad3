"""Effects that are planted in a factorial study come back, with intervals that hold what they say."""

import numpy as np
import pandas as pd
import pytest

from bench.analyse.estimates.image_scores import ImageScores, Score
from bench.analyse.estimates.study_levels import StudyLevels, study_levels
from bench.analyse.factorial_effects import effects_on_score, effects_on_step_ms, factorial_effects, model_matrix, terms
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


SIGNS = pd.DataFrame(signs(FACTORS, DESIGN.generators), columns=list(FACTORS))
N_IMAGES, N_SEEDS, N_FOLDS = 100, 2, 5


def networks(design: pd.DataFrame = SIGNS) -> pd.DataFrame:
    """The summary's rows of one network per cell."""
    high = design > 0
    return pd.DataFrame(
        {
            "entry": range(len(design)),
            "architecture": np.where(high["architecture"], "b", "a"),
            "input_shape": np.where(high["input_size"], "9x9x1", "8x8x1"),
            "protocol_batch_size": np.where(high["batch_size"], 9, 8),
            "protocol_label_noise": np.where(high["noise"], 0.1, 0.0),
            "protocol_epochs": np.where(high["noise"], 3, 2),
            "axis_output": np.where(high["activation"], "t", "s"),
            "step_ms_median": 10 * np.exp(2 * (mean_scores(design) - 0.7)),
        }
    )


def mean_scores(design: pd.DataFrame) -> np.ndarray:
    effects = np.array([PLANTED.get(term, 0.0) for term in terms(list(FACTORS))])
    return np.asarray(0.7 + model_matrix(design)[:, 1:] @ effects / 2)


def scored(draw: np.random.Generator, spread: float, design: pd.DataFrame = SIGNS) -> StudyLevels:
    """Scores with the planted effects; images, trainings and training sets scatter by ``spread``."""
    shape = (len(design), N_SEEDS, N_IMAGES)
    fold = np.array([draw.permutation(N_IMAGES) % N_FOLDS for _ in range(N_SEEDS)])
    of_block = draw.normal(0, spread / 2, (N_SEEDS, N_FOLDS)) + draw.normal(0, spread / 2, (*shape[:2], N_FOLDS))
    of_training = np.stack([of_block[:, seed, fold[seed]] for seed in range(N_SEEDS)], axis=1)
    of_image = draw.normal(0, 3 * spread, (1, 1, N_IMAGES)) + draw.normal(0, 2 * spread, (len(design), 1, N_IMAGES))
    scores = mean_scores(design)[:, np.newaxis, np.newaxis] + of_image + of_training + draw.normal(0, spread, shape)
    entries = list(range(len(design)))
    return study_levels(
        ImageScores(entries, scores, fold, np.arange(N_IMAGES), N_FOLDS), [{entry: 1000.0} for entry in entries]
    )


def test_without_scatter_every_planted_effect_comes_back_exactly() -> None:
    found = effects_on_score(networks(), DESIGN, scored(np.random.default_rng(0), 0.0))
    assert [each.value for each in found] == pytest.approx(
        [PLANTED.get(term, 0.0) for term in terms(FACTORS)], abs=1e-12
    )


def test_with_scatter_intervals_hold_the_planted_effects_at_least_as_often_as_they_say() -> None:
    draw = np.random.default_rng(1)
    held = [
        each.low <= PLANTED.get(term, 0.0) <= each.high
        for _ in range(60)
        for term, each in zip(terms(FACTORS), effects_on_score(networks(), DESIGN, scored(draw, 0.1)), strict=True)
    ]
    # The folds of one seed share no training set here, so the correction for shared ones makes the intervals wider.
    assert np.mean(held) > 0.93


def test_intervals_tell_a_planted_effect_from_none() -> None:
    found = dict(
        zip(terms(FACTORS), effects_on_score(networks(), DESIGN, scored(np.random.default_rng(2), 0.05)), strict=True)
    )
    assert found["architecture"].low > 0
    assert found["noise"].high < 0


def test_where_cells_failed_so_that_effects_cannot_be_told_apart_there_are_none() -> None:
    rows = networks()
    found = effects_on_score(rows[rows["architecture"] == "a"], DESIGN, scored(np.random.default_rng(0), 0.01))
    assert all(np.isnan(each.value) for each in found)


def test_step_times_are_compared_as_ratios() -> None:
    by_term = dict(zip(terms(FACTORS), effects_on_step_ms(networks(), DESIGN), strict=True))
    assert by_term["architecture"].value == pytest.approx(np.exp(2 * 0.2))
    assert by_term["activation"].value == pytest.approx(1)


def test_cells_without_a_step_time_leave_no_ratio() -> None:
    rows = networks().assign(step_ms_median=np.nan)
    assert all(np.isnan(interval.value) for interval in effects_on_step_ms(rows, DESIGN))


def test_all_low_to_all_high_is_the_sum_of_main_effects_where_no_three_factors_interact() -> None:
    # The five-factor design with a product of four has no cell of all high levels: a whole factorial has.
    whole, design = DESIGN.model_copy(update={"generators": ()}), pd.DataFrame(signs(FACTORS), columns=list(FACTORS))
    levels = dict.fromkeys(Score, scored(np.random.default_rng(0), 0.0, design))
    change = factorial_effects(networks(design), whole, levels).low_to_high
    assert change["val_accuracy"].value == pytest.approx(0.2 - 0.1)
    half = dict.fromkeys(Score, scored(np.random.default_rng(0), 0.0))
    assert factorial_effects(networks(), DESIGN, half).low_to_high == {}


def test_a_row_at_neither_level_is_refused() -> None:
    rows = networks()
    rows.loc[0, "protocol_batch_size"] = 10
    with pytest.raises(ValueError, match="one level of batch_size"):
        levels(rows, DESIGN)


def test_a_cell_is_named_by_its_factors_and_a_control_is_none() -> None:
    summary = networks().assign(kind=NETWORK, width=None)
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
    summary = networks().head(1).assign(kind=NETWORK)
    for name, level in (("architecture", "b"), ("input_shape", "8x8x1"), ("protocol_batch_size", 8)):
        summary[name] = level
    summary = summary.assign(protocol_label_noise=0.0, protocol_epochs=2, axis_output="s")
    assert name_cells(summary, whole)["cell"].tolist() == ["the rest low"]


def test_a_study_of_no_factors_keeps_its_summary() -> None:
    summary = pd.DataFrame({"architecture": ["a"]})
    assert name_cells(summary, None) is summary
