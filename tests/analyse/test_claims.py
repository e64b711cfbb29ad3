from pathlib import Path

import pandas as pd
import pytest

from bench.analyse.claims import Claim, ClaimVerdict, Measured, judge_claims, load_claims
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.errors import ClaimError
from bench.pages.claims import evidence_text

SIZES = pd.DataFrame(
    {
        "entry": [0, 1],
        "architecture": ["paper_small", "paper_large"],
        "n_params": [1_059_106, 3_824_486],
        "step_ms": [130.0, float("nan")],
    }
)


def paired(low: float, high: float) -> ContrastEstimate:
    return ContrastEstimate((low + high) / 2, 0.1, 9.0, low, high, 0.5)


def verdict(
    claim: dict[str, object],
    accuracy: tuple[Interval, Interval] = (Interval(0.85, 0.82, 0.88), Interval(0.9, 0.85, 0.95)),
    pair: ContrastEstimate | None = None,
    control: tuple[str, float] | None = None,
) -> ClaimVerdict:
    measured = Measured(SIZES, dict(enumerate(accuracy)), {(0, 1): pair or NotComputed("too few")}, control)
    whole = {"statement": "s", "source": "p", "metric": "accuracy", "n_params": 1_059_106, **claim}
    (judged,) = judge_claims([Claim.model_validate(whole)], measured)
    assert evidence_text(judged)
    return judged.verdict


LARGER: dict[str, object] = {"larger_n_params": 3_824_486}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"value": 0.8, "n_images": 1000}, ClaimVerdict.NOT_REPRODUCED),
        ({"value": 0.86, "n_images": 1000}, ClaimVerdict.REPRODUCED),
        ({"value": 0.86, "n_images": 33}, ClaimVerdict.UNDERPOWERED),
        ({"value": 0.5, "n_images": 33}, ClaimVerdict.NOT_REPRODUCED),
        ({"value": 0.86, "n_images": 33, "n_params": 5_000}, ClaimVerdict.NOT_MEASURED),
        ({"value": 0.86, "n_images": 33, "architecture": "other"}, ClaimVerdict.NOT_MEASURED),
    ],
)
def test_a_published_accuracy_is_held_against_both_intervals(claim: dict[str, object], expected: ClaimVerdict) -> None:
    assert verdict(claim) is expected


@pytest.mark.parametrize(
    ("pair", "value", "expected"),
    [
        (paired(0.02, 0.1), None, ClaimVerdict.REPRODUCED),
        (paired(-0.1, 0.005), None, ClaimVerdict.NOT_REPRODUCED),
        (paired(-0.1, 0.1), None, ClaimVerdict.UNDERPOWERED),
        (paired(0.02, 0.1), 0.05, ClaimVerdict.REPRODUCED),
        (paired(0.02, 0.1), 0.3, ClaimVerdict.NOT_REPRODUCED),
        (None, None, ClaimVerdict.UNDERPOWERED),
    ],
)
def test_larger_is_better_is_held_against_the_paired_interval(
    pair: ContrastEstimate | None, value: float | None, expected: ClaimVerdict
) -> None:
    assert verdict({**LARGER, "value": value}, pair=pair) is expected


@pytest.mark.parametrize(
    ("reached", "expected"),
    [(0.95, ClaimVerdict.UNANSWERABLE), (0.895, ClaimVerdict.UNANSWERABLE), (0.7, ClaimVerdict.REPRODUCED)],
)
def test_where_a_control_does_as_well_no_comparison_of_sizes_is_answered(
    reached: float, expected: ClaimVerdict
) -> None:
    assert verdict(LARGER, pair=paired(0.02, 0.1), control=("metadata_forest", reached)) is expected


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (135, ClaimVerdict.REPRODUCED),
        (300, ClaimVerdict.NOT_REPRODUCED),
    ],
)
def test_a_step_time_is_held_against_the_measured_median(ms: float, expected: ClaimVerdict) -> None:
    assert verdict({"metric": "step_ms", "value": ms}) is expected


def test_an_untimed_network_has_no_time_to_hold_against() -> None:
    claim = {"metric": "step_ms", "value": 780, "n_params": 3_824_486}
    assert verdict(claim) is ClaimVerdict.NOT_MEASURED


def test_without_an_architecture_the_nearest_size_within_a_tenth_is_meant() -> None:
    assert verdict({"n_params": 1_100_000, "value": 0.86, "n_images": 1000}) is ClaimVerdict.REPRODUCED
    named = {"n_params": 1_100_000, "value": 0.86, "n_images": 1000, "architecture": "paper_small"}
    assert verdict(named) is ClaimVerdict.NOT_MEASURED


def test_the_papers_claims_are_built_in() -> None:
    claims = load_claims("paper")
    assert [(claim.metric, claim.value, claim.n_images) for claim in claims] == [
        *[("accuracy", 0.8788, 33), ("accuracy", 1.0, 10)],
        *[("step_ms", 135.0, None), ("step_ms", 780.0, None), ("accuracy", None, None)],
    ]
    small, large = (claim.published for claim in claims[:2])
    assert (small.low, small.high) == pytest.approx((0.727, 0.952), abs=1e-3)
    assert (large.low, large.high) == pytest.approx((0.722, 1.0), abs=1e-3)


GOOD = 'statement = "s"\nsource = "p"\nmetric = "accuracy"\nn_params = 5\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "a TOML file or one of: paper"),
        ("[[claim]", "a TOML file or one of: paper"),
        ("", r"\[\[claim\]\] tables"),
        ("other = 1", r"\[\[claim\]\] tables"),
        (f"[[claim]]\n{GOOD}", "needs its value"),
        (f"[[claim]]\n{GOOD}value = 0.9", "needs n_images"),
        (f"[[claim]]\n{GOOD}value = 90\nn_images = 10", "fraction in"),
        (f"[[claim]]\n{GOOD}larger_n_params = 4", "must be above n_params"),
        (f"[[claim]]\n{GOOD}widht = 4", "widht"),
        (f"[[claim]]\n{GOOD.replace('accuracy', 'speed')}value = 4", "metric"),
    ],
)
def test_a_claim_file_that_does_not_hold_is_refused_in_one_line(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "claims.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ClaimError, match=says) as refused:
        load_claims(str(file))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_a_step_time_that_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"a step time is a number of milliseconds above 0|finite number"):
        verdict({"metric": "step_ms", "value": value})


def test_two_counts_that_are_nearest_to_one_network_compare_nothing() -> None:
    assert verdict({"n_params": 1_050_000, "larger_n_params": 1_070_000}) is ClaimVerdict.NOT_MEASURED


def test_a_count_beyond_every_network_is_not_measured() -> None:
    claim: dict[str, object] = {"n_params": 10**30, "value": 0.5, "n_images": 10**30}
    assert verdict(claim) is ClaimVerdict.NOT_MEASURED
