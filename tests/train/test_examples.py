"""What a trial trains on: nested subsets, label noise in training only, balanced classes, inner validation parts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.data import Split
from bench.errors import DataError
from bench.records import Protocol
from bench.seeds import generator
from bench.train.examples import Examples, choose_examples, epoch_rows, n_examples_per_epoch

LABELS = np.repeat(np.array([0, 1, 2]), [90, 60, 30])
ASSIGNMENT = np.arange(180) % 3
UNBOUND = np.arange(180)


def examples(protocol: Protocol, seed: int = 0, fold: int = 0, groups: NDArray[np.int64] = UNBOUND) -> Examples:
    return choose_examples(protocol, Split(LABELS, groups, ASSIGNMENT), seed, fold)


def test_without_an_axis_all_of_the_training_part_is_trained_on_with_its_own_labels() -> None:
    chosen = examples(Protocol(), fold=1)
    np.testing.assert_array_equal(chosen.train_rows, np.flatnonzero(ASSIGNMENT != 1))
    np.testing.assert_array_equal(chosen.test_rows, np.flatnonzero(ASSIGNMENT == 1))
    np.testing.assert_array_equal(chosen.labels, LABELS)
    assert chosen.class_weights is None
    assert len(chosen.inner_rows) == 0


@given(st.integers(6, 119), st.integers(0, 5), st.integers(0, 2))
def test_a_larger_subset_contains_the_smaller_one_and_keeps_the_classes_shares(n: int, seed: int, fold: int) -> None:
    smaller, larger = (examples(Protocol(n_train=k), seed, fold).train_rows for k in (n, n + 1))
    assert len(smaller) == n
    assert set(smaller) < set(larger)
    expected = n * np.array([90, 60, 30]) / 180
    assert np.all(np.abs(np.bincount(LABELS[smaller], minlength=3) - expected) <= 1)
    assert set(ASSIGNMENT[larger]) == {0, 1, 2} - {fold}


@pytest.mark.parametrize(
    ("n_train", "message"), [(121, "has 120, received 121"), (1, "leaves class number .* none in fold 0")]
)
def test_a_subset_that_cannot_be_is_refused(n_train: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        examples(Protocol(n_train=n_train))


@given(st.floats(0.0, 0.98), st.integers(0, 5), st.integers(0, 2))
def test_label_noise_flips_exactly_its_share_of_training_labels_to_other_classes_and_no_others(
    share: float, seed: int, fold: int
) -> None:
    chosen = examples(Protocol(label_noise=share), seed, fold)
    flipped = np.flatnonzero(chosen.labels != LABELS)
    assert len(flipped) == round(share * 120)
    assert set(flipped) <= set(chosen.train_rows)
    assert set(chosen.labels) <= {0, 1, 2}


def test_more_label_noise_flips_what_less_flips_to_the_same_labels() -> None:
    less, more = (examples(Protocol(label_noise=share)).labels for share in (0.1, 0.4))
    flipped = np.flatnonzero(less != LABELS)
    np.testing.assert_array_equal(less[flipped], more[flipped])


def test_wrong_labels_are_spread_over_all_other_classes() -> None:
    chosen = examples(Protocol(label_noise=0.9))
    of_first = chosen.labels[(LABELS == 0) & (chosen.labels != LABELS)]
    assert 0.3 < np.mean(of_first == 1) < 0.7


def test_label_noise_on_a_subset_is_a_share_of_the_subset() -> None:
    chosen = examples(Protocol(label_noise=0.5, n_train=40))
    assert np.count_nonzero(chosen.labels != LABELS) == 20
    assert set(np.flatnonzero(chosen.labels != LABELS)) <= set(chosen.train_rows)


def test_class_weights_are_scikit_learns_balanced_ones() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    chosen = examples(Protocol(class_balance="class_weight"))
    given_labels = LABELS[chosen.train_rows]
    expected = compute_class_weight("balanced", classes=np.unique(given_labels), y=given_labels)
    assert chosen.class_weights is not None
    np.testing.assert_allclose(chosen.class_weights, expected, rtol=1e-6)


def test_oversampling_shows_every_class_equally_often_and_every_example_at_least_once() -> None:
    protocol = Protocol(class_balance="oversample")
    chosen = examples(protocol)
    # Of unequal remainders too: 60, 40 and 17 examples.
    chosen = replace(chosen, train_rows=np.delete(chosen.train_rows, [-1, -2, -3]))
    order, repeats = generator(0, 0, "batch_order"), generator(0, 0, "oversample")
    first, second = (epoch_rows(protocol, chosen, order, repeats) for _ in range(2))
    assert np.bincount(LABELS[first]).tolist() == [60, 60, 60]
    assert set(first) == set(chosen.train_rows)
    assert len(first) == n_examples_per_epoch(protocol, chosen)
    assert np.bincount(first).max() <= -(-60 // 17)
    assert sorted(first) != sorted(second), "the remainder is drawn anew"


def test_an_epoch_without_oversampling_is_a_permutation_in_the_order_it_always_was() -> None:
    chosen = examples(Protocol())
    order = epoch_rows(Protocol(), chosen, generator(3, 1, "batch_order"), generator(3, 1, "oversample"))
    expected = generator(3, 1, "batch_order").permutation(chosen.train_rows.astype(np.int32))
    np.testing.assert_array_equal(order, expected)


@given(st.floats(0.05, 0.5), st.integers(0, 5))
def test_the_inner_validation_part_is_of_the_training_part_and_not_trained_on(share: float, seed: int) -> None:
    chosen = examples(Protocol(inner_share=share), seed)
    parts = [set(rows) for rows in (chosen.train_rows, chosen.inner_rows, chosen.test_rows)]
    assert set.union(*parts) == set(range(180))
    assert sum(map(len, parts)) == 180
    assert set(LABELS[chosen.inner_rows]) == set(LABELS[chosen.train_rows]) == {0, 1, 2}
    assert abs(len(chosen.inner_rows) - share * 120) <= 3


def test_the_inner_validation_part_takes_whole_groups() -> None:
    groups = np.arange(180) // 6
    chosen = examples(Protocol(inner_share=0.2), groups=groups)
    assert not set(groups[chosen.inner_rows]) & set(groups[chosen.train_rows])


def test_noise_leaves_the_inner_validation_part_alone() -> None:
    chosen = examples(Protocol(inner_share=0.3, label_noise=0.9))
    np.testing.assert_array_equal(chosen.labels[chosen.inner_rows], LABELS[chosen.inner_rows])
