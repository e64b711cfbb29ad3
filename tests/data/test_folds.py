import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.data import assign_folds, open_dataset, split_hash
from bench.errors import DataError

PAPER_LABELS = np.repeat(np.array([0, 1]), [70, 28])


@st.composite
def labels_and_folds(draw: st.DrawFn) -> tuple[NDArray[np.int64], int]:
    n_folds = draw(st.integers(2, 6))
    counts = draw(st.lists(st.integers(n_folds, 40), min_size=2, max_size=4))
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(draw(st.integers(0, 99))).permutation(labels), n_folds


@given(labels_and_folds(), st.integers(0, 1000))
def test_every_image_is_held_out_once_and_every_fold_is_used(case: tuple[NDArray[np.int64], int], seed: int) -> None:
    labels, n_folds = case
    assignment = assign_folds(labels, n_folds, seed)
    assert assignment.shape == labels.shape
    assert assignment.dtype == np.int64
    assert set(assignment.tolist()) == set(range(n_folds))


@given(labels_and_folds(), st.integers(0, 1000))
def test_a_class_is_spread_over_the_folds_to_within_one_image(case: tuple[NDArray[np.int64], int], seed: int) -> None:
    labels, n_folds = case
    assignment = assign_folds(labels, n_folds, seed)
    for label in np.unique(labels):
        counts = np.bincount(assignment[labels == label], minlength=n_folds)
        assert counts.max() - counts.min() <= 1


@given(labels_and_folds(), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_folds(case: tuple[NDArray[np.int64], int], seed: int) -> None:
    labels, n_folds = case
    first, second = assign_folds(labels, n_folds, seed), assign_folds(labels, n_folds, seed)
    np.testing.assert_array_equal(first, second)
    assert split_hash(first) == split_hash(second)


def test_other_seeds_give_other_folds() -> None:
    hashes = {split_hash(assign_folds(PAPER_LABELS, 3, seed)) for seed in range(50)}
    assert len(hashes) == 50


@given(labels_and_folds(), st.integers(0, 1000), st.integers(1, 4))
def test_no_patient_is_on_both_sides(case: tuple[NDArray[np.int64], int], seed: int, films: int) -> None:
    labels, n_folds = case
    rank = np.array([np.count_nonzero(labels[:row] == label) for row, label in enumerate(labels)])
    patients = [f"{label}-{number // films}" for label, number in zip(labels, rank, strict=True)]
    try:
        assignment = assign_folds(labels, n_folds, seed, patients)
    except DataError:
        assume(False)
    for patient in set(patients):
        assert len({fold for fold, name in zip(assignment.tolist(), patients, strict=True) if name == patient}) == 1
    for fold in range(n_folds):
        assert set(labels[assignment == fold]) == set(labels)


@pytest.mark.parametrize("seed", range(5))
def test_three_folds_of_the_papers_films_hold_out_32_or_33(seed: int) -> None:
    assert sorted(np.bincount(assign_folds(PAPER_LABELS, 3, seed))) == [32, 33, 33]


@pytest.mark.parametrize("seed", range(5))
def test_patient_wise_folds_of_the_phantom_stay_near_a_third(seed: int) -> None:
    phantom = open_dataset("phantom")
    assignment = assign_folds(phantom.labels, 3, seed, phantom.patients)
    for label in (0, 1):
        counts = np.bincount(assignment[phantom.labels == label])
        assert counts.max() - counts.min() <= 4


def test_a_split_hash_tells_assignments_apart() -> None:
    assignment = np.array([0, 1, 2, 0, 1, 2])
    assert split_hash(assignment) != split_hash(assignment[::-1])
    assert len(split_hash(assignment)) == 16
    assert int(split_hash(assignment), 16) >= 0


@pytest.mark.parametrize("n_folds", [1, 0, -3])
def test_fewer_than_two_folds_are_refused(n_folds: int) -> None:
    with pytest.raises(DataError, match=f"at least 2 folds; received {n_folds}"):
        assign_folds(PAPER_LABELS, n_folds, 0)


def test_more_folds_than_the_smallest_class_are_refused_by_its_name() -> None:
    with pytest.raises(DataError, match="class normal has 28 images for 29 folds"):
        assign_folds(PAPER_LABELS, 29, 0, class_names=("covid", "normal"))


def test_more_folds_than_a_class_has_patients_are_refused_by_its_name() -> None:
    patients = [f"covid-{row}" for row in range(70)] + [f"normal-{row % 2}" for row in range(28)]
    with pytest.raises(DataError, match="class normal has 2 patients for 3 folds"):
        assign_folds(PAPER_LABELS, 3, 0, patients, ("covid", "normal"))


def test_a_fold_that_lacks_a_class_is_refused() -> None:
    # Both classes have two patients, but one patient holds nearly everything: its fold cannot be balanced.
    labels = np.array([0] * 20 + [1] * 20 + [0, 1])
    patients = ["both"] * 40 + ["other-0", "other-1"]
    with pytest.raises(DataError, match="every fold must hold out every class"):
        assign_folds(labels, 2, 0, patients)
