import numpy as np
import pandas as pd
import pytest
from baycomp import CorrelatedTTest
from hypothesis import given
from hypothesis import strategies as st
from mlxtend.evaluate import mcnemar as mlxtend_mcnemar
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.sizes.pair_tests import compare_pairs, corrected_t_test, holm, mcnemar, size_pairs


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


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_exact_test_is_that_of_statsmodels_and_of_mlxtend(first: int, second: int) -> None:
    table = np.array([[30, first], [second, 5]])
    if first + second == 0:
        with pytest.raises(InsufficientError, match="right and wrong on the same images"):
            mcnemar(np.array([0]), np.array([0]))
        return
    found = mcnemar(np.array([first]), np.array([second]))
    assert found.p == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue, abs=1e-12)
    assert found.p == pytest.approx(min(1.0, mlxtend_mcnemar(table, exact=True)[1]), abs=1e-12)


def test_seeds_that_predict_the_same_images_do_not_add_evidence() -> None:
    once = mcnemar(np.array([2]), np.array([10]))
    often = mcnemar(np.array([2] * 9), np.array([10] * 9))
    assert often.p == pytest.approx(2 * once.p)
    assert (often.n_only_first, often.n_only_second, often.n_seeds) == (18, 90, 9)


def test_the_p_value_over_seeds_is_at_most_one_and_rejects_no_more_often_than_it_may() -> None:
    generator = np.random.default_rng(0)
    p = []
    for _ in range(2000):
        same_images = generator.binomial(12, 0.5)
        first = np.full(5, same_images)  # the worst case: all seeds alike
        p.append(mcnemar(first, 12 - first).p)
    assert max(p) == 1.0
    assert np.mean(np.array(p) <= 0.05) <= 0.05


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holms_adjustment_is_that_of_statsmodels(p: list[float]) -> None:
    assert holm(np.array(p)).tolist() == pytest.approx(multipletests(p, method="holm")[1].tolist())


def test_a_test_that_could_not_be_done_is_not_in_holms_family() -> None:
    assert holm(np.array([0.01, np.nan, 0.04])).tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_sizes_are_compared_with_their_neighbours_and_with_the_largest_and_no_pair_twice() -> None:
    assert size_pairs([7, 3, 5, 1]) == [(7, 3), (3, 5), (5, 1), (7, 1), (3, 1)]
    assert size_pairs([7, 3]) == [(7, 3)]
    assert size_pairs([7]) == []


def accuracies(**columns: list[float]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([[0, 1], [0, 1, 2]], names=["seed", "fold"])
    return pd.DataFrame({int(name[1:]): values for name, values in columns.items()}, index=index)


def test_only_trials_that_both_networks_have_are_paired() -> None:
    table = accuracies(e0=[0.5, 0.6, 0.7, np.nan, 0.5, 0.4], e1=[0.6, 0.7, 0.9, 0.1, np.nan, 0.5])
    (row,) = compare_pairs([(0, 1)], table, {}, 0.5).to_dict("records")
    assert row["n_pairs"] == 4
    assert row["mean"] == pytest.approx((0.1 + 0.1 + 0.2 + 0.1) / 4)
    assert (row["first"], row["second"]) == (0, 1)
    assert row["why_no_t_test"] is None
    expected = corrected_t_test(np.array([0.1, 0.1, 0.2, 0.1]), 0.5, 0.15)
    (wide,) = compare_pairs([(0, 1)], table, {}, 0.5, rope=0.15).to_dict("records")
    assert (wide["p"], wide["p_better"]) == pytest.approx((expected.p, expected.p_better))
    assert "there are none" in row["why_no_mcnemar"]


def test_a_pair_without_a_test_has_a_reason_and_the_others_theirs() -> None:
    table = accuracies(e0=[0.5] * 6, e1=[0.6] * 6, e2=[0.5, 0.7, 0.6, 0.6, 0.5, 0.6])
    rows = compare_pairs([(0, 1), (0, 2)], table, {}, 0.5).to_dict("records")
    assert "spread is unknown" in rows[0]["why_no_t_test"]
    assert (rows[0]["first"], rows[0]["second"], rows[0]["n_pairs"]) == (0, 1, 6)
    assert rows[0]["mean"] == pytest.approx(0.1)
    assert np.isnan(rows[0]["p_holm"])
    assert rows[1]["p_holm"] == rows[1]["p"]


def test_mcnemar_counts_images_that_one_network_gets_right_alone_by_seed() -> None:
    right = {
        0: pd.DataFrame([[1, 1, 0, 0, np.nan]], index=[4]),
        1: pd.DataFrame([[1, 0, 1, 1, 1], [0, 0, 0, 0, 0]], index=[4, 5]),
    }
    (row,) = compare_pairs([(0, 1)], accuracies(e0=[0.5] * 6, e1=[0.6] * 6), right, 0.5).to_dict("records")
    assert (row["mcnemar_only_first"], row["mcnemar_only_second"]) == (1, 2)
    assert row["mcnemar_p"] == 1.0
    assert row["mcnemar_p_holm"] == 1.0


def test_an_image_without_a_prediction_of_both_networks_is_not_counted() -> None:
    right = {0: pd.DataFrame([[1, 1, np.nan, 0]]), 1: pd.DataFrame([[0, np.nan, 1, 0]])}
    table = accuracies(e0=[0.5] * 6, e1=[0.6] * 6)
    (row,) = compare_pairs([(0, 1)], table, right, 0.5).to_dict("records")
    assert (row["first"], row["mcnemar_only_first"], row["mcnemar_only_second"]) == (0, 1, 0)
    (alone,) = compare_pairs([(0, 1)], table, {0: right[0]}, 0.5).to_dict("records")
    assert "there are none" in alone["why_no_mcnemar"]


def test_a_seed_without_an_image_that_both_networks_predict_has_no_part_in_mcnemars_p() -> None:
    right = {0: pd.DataFrame([[1.0] * 6, [1.0] * 6]), 1: pd.DataFrame([[0.0] * 6, [np.nan] * 6])}
    (row,) = compare_pairs([(0, 1)], accuracies(e0=[0.5] * 6, e1=[0.6] * 6), right, 0.5).to_dict("records")
    assert row["mcnemar_p"] == pytest.approx(2 * 0.5**6)
