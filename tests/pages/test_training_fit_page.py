"""A planted peak: no law is named along it, and every page gives its differences the same intervals."""

import pytest

from bench.analyse.answer.family_answer import FamilyAnswer, Shape
from bench.analyse.sizes.law_fits import GuideLine
from bench.pages.number_text import interval_text
from bench.pages.training_fit_page import training_fit_page
from bench.render.markdown import markdown
from tests.analyse.planted_trials import analysed, data_of, trials

SIZES = (1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000)
ERROR_RISES = (0.5, 0.9, 0.9, 0.8, 0.55, 0.6, 0.8, 0.9)


def peaking(place: int, seed: int, fold: int) -> float:
    return ERROR_RISES[place] - 0.05 * ((place + seed + fold) % 2)


def test_no_law_of_error_is_named_where_accuracy_is_shown_to_peak_or_dip() -> None:
    analysis = analysed(trials(peaking, SIZES, n_seeds=4))
    answer = analysis.answer.families[0].answer
    assert isinstance(answer, FamilyAnswer)
    assert answer.shape in (Shape.PEAKS, Shape.DIPS)
    fit = analysis.axes[0].fits["error", "n_params"]
    assert isinstance(fit, GuideLine)
    assert "peak or dip" in fit.reason


def test_the_peak_of_error_has_the_intervals_of_the_pairs() -> None:
    planted = trials(peaking, SIZES)
    analysis = analysed(planted)
    axis = analysis.axes[0]
    assert axis.peak is not None
    assert axis.peak.n_params == 16_000
    last = axis.comparisons[(axis.comparisons["first"] == 4) & (axis.comparisons["second"] == 7)].iloc[0]
    found = axis.peak.over_largest
    assert (found.value, found.low, found.high) == pytest.approx((last["mean"], last["low"], last["high"]))
    page = markdown(training_fit_page(data_of(planted), analysis))
    assert f"{interval_text(found, '{:+.3f}')} over the largest" in page
