import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from bench.audit.inspection import inspect
from bench.data import assign_folds, bind, inner_split, open_dataset, split_hash
from bench.errors import DataError
from bench.progress import Progress
from bench.seeds import generator

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
    with pytest.raises(DataError, match=r"class normal has 2 groups .* for 3 folds"):
        assign_folds(PAPER_LABELS, 3, 0, patients, ("covid", "normal"))


def test_a_fold_that_lacks_a_class_is_refused() -> None:
    # However three groups of two classes each are laid on two folds, the fold of one group lacks a class.
    labels = np.array([0, 1, 0, 2, 1, 2])
    patients = ["a", "a", "b", "b", "c", "c"]
    with pytest.raises(DataError, match="every fold must hold out every class"):
        assign_folds(labels, 2, 0, patients)


GOLDEN = json.loads((Path(__file__).parent / "golden_folds.json").read_text())


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_folds_come_out_on_any_machine_and_version(name: str) -> None:
    case = GOLDEN[name]
    labels, groups = np.array(case["labels"]), np.array(case["groups"])
    assignment = assign_folds(labels, case["n_folds"], case["seed"], groups)
    assert assignment.tolist() == case["assignment"]
    assert split_hash(assignment, groups) == case["split_hash"]
    train_rows = np.flatnonzero(assignment != 0)
    inner = inner_split(labels, groups, train_rows, 0.2, generator(case["seed"], 0, "inner_split"))
    assert inner.tolist() == case["inner_split"]


def test_the_folds_of_the_built_in_sets_are_golden_from_their_pixels_on(tmp_path: Path) -> None:
    for name in ("digits", "phantom"):
        dataset = open_dataset(name, images=60)
        groups = inspect(dataset, tmp_path, Progress(io.StringIO())).groups()
        assert groups.tolist() == GOLDEN[name]["groups"]
        assert dataset.labels.tolist() == GOLDEN[name]["labels"]


@pytest.mark.parametrize("groups_have_one_class", [False, True])
def test_folds_are_on_average_as_even_as_scikit_learns(groups_have_one_class: bool) -> None:
    ours, theirs = [], []
    for seed in range(30):
        draw = np.random.default_rng(seed)
        groups = draw.integers(0, 80, 300)
        labels = draw.integers(0, 2, 80)[groups] if groups_have_one_class else draw.integers(0, 3, 300)
        assignment = np.empty(300, dtype=np.int64)
        splits = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(labels, labels, groups)
        for fold, (_, held_out) in enumerate(splits):
            assignment[held_out] = fold
        theirs.append(unevenness(labels, assignment))
        ours.append(unevenness(labels, assign_folds(labels, 5, seed, groups)))
    assert np.mean(ours) <= 1.02 * np.mean(theirs)


def unevenness(labels: NDArray[np.int64], assignment: NDArray[np.int64]) -> float:
    """scikit-learn's objective: the mean over classes of the standard deviation over folds of a class' share."""
    counts = np.array([np.bincount(assignment[labels == label], minlength=5) for label in np.unique(labels)])
    return float((counts / counts.sum(axis=1, keepdims=True)).std(axis=1).mean())


@given(labels_and_folds(), st.integers(0, 1000), st.integers(1, 3), st.sampled_from([0.1, 0.2, 0.5]))
def test_an_inner_validation_is_part_of_the_training_fold_and_divides_no_group(
    case: tuple[NDArray[np.int64], int], seed: int, films: int, share: float
) -> None:
    labels, n_folds = case
    groups = np.arange(len(labels)) // films
    train_rows = np.flatnonzero(np.arange(len(labels)) % n_folds != 0)
    try:
        inner = inner_split(labels, groups, train_rows, share, generator(seed, 0, "inner_split"))
    except DataError:
        assume(False)
    rest = np.setdiff1d(train_rows, inner)
    assert set(inner) <= set(train_rows.tolist())
    assert not set(groups[inner]) & set(groups[rest])
    if films == 1:
        for label in np.unique(labels[train_rows]):
            expected = share * np.count_nonzero(labels[train_rows] == label)
            assert abs(np.count_nonzero(labels[inner] == label) - expected) <= 1


def test_another_generator_draws_another_inner_validation() -> None:
    rows = np.arange(98)
    drawn = {tuple(inner_split(PAPER_LABELS, rows, rows, 0.2, generator(seed, 0, "inner_split"))) for seed in range(20)}
    assert len(drawn) == 20


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5, 0.0001])
def test_an_inner_validation_of_no_share_is_refused(share: float) -> None:
    with pytest.raises(DataError, match=f"share between 0 and 1; received {share}"):
        inner_split(PAPER_LABELS, np.arange(98), np.arange(98), share, generator(0, 0, "inner_split"))


def test_an_inner_validation_that_would_take_everything_or_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="leaves images on both sides"):
        inner_split(PAPER_LABELS, np.zeros(98, int), np.arange(98), 0.2, generator(0, 0, "inner_split"))


def test_groups_that_are_bound_are_part_of_a_splits_hash() -> None:
    assignment = np.array([0, 1, 0, 1])
    assert split_hash(assignment, np.array([0, 1, 0, 1])) != split_hash(assignment, np.arange(4))


def test_patients_and_pairs_bind_through_each_other() -> None:
    patients = ["a", "a", "b", "c", "c", "d"]
    assert bind(6).tolist() == [0, 1, 2, 3, 4, 5]
    assert bind(6, patients).tolist() == [0, 0, 1, 2, 2, 3]
    assert bind(6, None, [(1, 5)]).tolist() == [0, 1, 2, 3, 4, 1]
    assert bind(6, patients, [(1, 2), (4, 5)]).tolist() == [0, 0, 0, 1, 1, 1]
