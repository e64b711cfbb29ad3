"""Draws folds: the images that each fold holds out, and the inner validation part of a training fold.

The same labels, groups and seed give the same folds on any machine and with any version of any library. All arithmetic
is on integers. Random numbers are raw words of PCG64. NumPy guarantees this stream (NEP 19), but not its shuffles.
``tests/data/golden_folds.json`` has folds that every later version must reproduce.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.data.groups import number_groups
from bench.errors import DataError
from bench.seeds import generator as stream

_WEIGHT_BITS = 40
_SHARE_STEPS = 1000


def assign_folds(
    labels: NDArray[np.int64],
    n_folds: int,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None = None,
    class_names: Sequence[str] | None = None,
) -> NDArray[np.int64]:
    """Assign each image to the fold that holds it out, by stratified k-fold cross-validation that divides no group.

    Groups are shuffled by the stream (seed, 0, "folds") of ``bench.seeds`` and sorted, heaviest first. Each group is
    assigned to the fold in which the sum over classes of the squared class shares grows least. Ties go to the fold with
    the fewest images, then to the first. The objective is that of scikit-learn's ``StratifiedGroupKFold``. Without
    groups, the numbers of images per class in two folds differ by at most one.

    Args:
        labels: (n,) class of each image.
        n_folds: number of folds, at least 2.
        seed: seed of the repetition; another seed gives another assignment.
        groups: (n,) group of each image, by any name, such as those of ``groups.bind``; None splits image by image.
        class_names: for error messages; None uses the numbers.

    Returns:
        (n,) int64 in [0, n_folds).

    Raises:
        DataError: fewer than two folds; a class with fewer images, or groups, than folds; or groups that cannot be
            divided so that every fold holds every class.
    """
    if n_folds < 2:
        raise DataError(f"cross-validation needs at least 2 folds; received {n_folds}; raise the number of folds")
    names = {label: class_names[label] if class_names else str(label) for label in np.unique(labels).tolist()}
    numbers = np.arange(len(labels)) if groups is None else number_groups(np.asarray(groups))
    is_divided = len(np.unique(numbers)) == len(labels)
    unit = "images" if is_divided else "groups (patients, near duplicates)"
    for label, name in names.items():
        n_units = len(np.unique(numbers[labels == label]))
        if n_units < n_folds:
            raise DataError(
                f"every fold must hold out every class; class {name} has {n_units} {unit} for "
                f"{n_folds} folds; "
                f"use fewer folds or add {'images' if is_divided else 'images of others'}"
            )
    assignment = _spread(labels, numbers, [1] * n_folds, stream(seed, 0, "folds"))
    for fold in range(n_folds):
        for label, name in names.items():
            if not np.any(labels[assignment == fold] == label):
                raise DataError(
                    f"every fold must hold out every class; fold {fold} of {n_folds} with seed "
                    f"{seed} has no image of "
                    f"class {name}, since patients and near duplicates are not divided; use fewer folds or another seed"
                )
    return assignment


def inner_split(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    train_rows: NDArray[np.int64],
    share: float,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw an inner validation part of a training fold, stratified and group-wise.

    The algorithm is that of ``assign_folds`` with two parts of unequal size. It does not depend on versions of
    libraries either. Epochs and learning rates are chosen on this part.

    Args:
        labels: (n,) class of each image of the data set.
        groups: (n,) group of each image, divided by neither part.
        train_rows: the rows of the training fold.
        share: of the training fold, above 0 and below 1, in steps of 0.001.
        generator: a separate PCG64 stream, such as ``seeds.generator(seed, fold, "inner_split")``.

    Returns:
        The rows of the inner validation part, ascending. No group has images in this part and in the rest.

    Raises:
        DataError: the share is not between 0 and 1, or one of the two parts would be empty.
    """
    steps = round(share * _SHARE_STEPS)
    if not 0 < steps < _SHARE_STEPS:
        raise DataError(
            f"an inner validation part has a share between 0 and 1; received {share}; choose one such as 0.2"
        )
    rows = np.sort(train_rows)
    inner = _spread(labels[rows], number_groups(groups[rows]), [steps, _SHARE_STEPS - steps], generator)
    validation: NDArray[np.int64] = rows[inner == 1]
    if len(validation) in (0, len(rows)):
        raise DataError(
            f"an inner validation leaves images on both sides; {share:g} of {len(rows)} images in "
            f"{len(np.unique(groups[rows]))} groups puts {len(validation)} aside; choose another share or fewer folds"
        )
    return validation


def split_hash(assignment: NDArray[np.int64], groups: NDArray[np.int64] | None = None) -> str:
    """16 hexadecimal digits that identify a fold assignment and, where given, its groups."""
    digest = hashlib.sha256(assignment.astype("<i8").tobytes())
    if groups is not None:
        digest.update(groups.astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def _spread(
    labels: NDArray[np.int64], groups: NDArray[np.int64], costs: Sequence[int], draw: np.random.Generator
) -> NDArray[np.int64]:
    """Assign each image to a part. No group is divided, and every class is spread evenly.

    Args:
        labels: (n,) classes.
        groups: (n,) numbers from 0, all used.
        costs: per part, inversely proportional to the share of images that it should receive.
        draw: PCG64.
    """
    class_counts = np.bincount(labels)
    weights = np.maximum(2**_WEIGHT_BITS // np.maximum(class_counts, 1) ** 2, 1)
    by_group = np.argsort(groups, kind="stable")
    members = np.split(by_group, np.flatnonzero(np.diff(groups[by_group])) + 1)
    contents = [np.unique(labels[rows], return_counts=True) for rows in members]
    heaviness = [int((counts**2 * weights[classes]).sum()) for classes, counts in contents]
    first_class = [int(classes[0]) for classes, _ in contents]
    shuffled = draw.bit_generator.random_raw(len(members))
    held = np.zeros((len(costs), len(class_counts)), dtype=np.int64)
    cost_of_part = np.array(costs, dtype=np.int64)
    parts = np.empty(len(labels), dtype=np.int64)
    for group in np.lexsort((shuffled, np.array(first_class), np.negative(heaviness))):
        classes, counts = contents[group]
        growth = ((2 * held[:, classes] + counts) * counts * weights[classes]).sum(axis=1) * cost_of_part
        part = np.lexsort((held.sum(axis=1), growth))[0]
        held[part, classes] += counts
        parts[members[group]] = part
    return parts
