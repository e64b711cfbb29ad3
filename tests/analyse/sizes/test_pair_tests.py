import numpy as np
import pytest
from baycomp import CorrelatedTTest
from hypothesis import given
from hypothesis import strategies as st

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.sizes.pair_tests import corrected_t_test, slope_test


@given(st.lists(st.integers(-300, 300), min_size=10, max_size=10).filter(lambda x: len(set(x)) > 1))
def test_the_bayesian_correlated_t_test_is_baycomps(thousandths: list[int]) -> None:
    differences = np.array(thousandths) / 1000
    found = corrected_t_test(differences, ratio=1 / 4, rope=0.01)  # 5 folds, 2 seeds
    expected = CorrelatedTTest.probs(np.zeros(10), differences, rope=0.01, runs=2)
    assert (found.p_worse, found.p_equivalent, found.p_better) == pytest.approx(expected, abs=1e-9)


def test_the_corrected_t_test_by_its_formula() -> None:
    # Nadeau and Bengio: t = mean / sqrt((1/J + n_test/n_train) variance)
    differences = np.array([0.02, 0.05, 0.01, 0.04, 0.03])
    found = corrected_t_test(differences, ratio=0.25)
    t = 0.03 / np.sqrt((1 / 5 + 1 / 4) * 0.00025)
    assert t == pytest.approx(2.8284, abs=1e-4)
    assert found.p == pytest.approx(0.0474, abs=1e-4)
    assert found.sd == pytest.approx(np.sqrt(0.00025))
    assert found.low < found.mean < found.high
    assert (found.low > 0) == (found.p < 0.05)


def test_two_pairs_are_enough_for_a_t_test_and_one_is_not() -> None:
    assert corrected_t_test(np.array([0.01, 0.03]), 0.25).n_pairs == 2
    with pytest.raises(InsufficientError, match="paired differences need 2 common trials or more; there is 1"):
        corrected_t_test(np.array([0.01]), 0.25)


def test_the_uncorrected_case_is_scipys_paired_t_test() -> None:
    from scipy import stats

    differences = np.array([0.02, 0.05, -0.01, 0.04, 0.03])
    assert corrected_t_test(differences, 0.0).p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)


def test_a_slope_is_the_corrected_test_of_numpys_slopes_per_block() -> None:
    n_params = np.array([1e3, 1e4, 3e5])
    blocks = np.random.default_rng(0).uniform(0.5, 0.9, (5, 3))
    slopes = np.polyfit(np.log10(n_params), blocks.T, 1)[0]
    expected, found = corrected_t_test(slopes, 0.25, rope=0.0), slope_test(blocks, n_params, 0.25)
    assert (found.mean, found.low, found.p) == pytest.approx((expected.mean, expected.low, expected.p))
