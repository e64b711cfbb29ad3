"""Which images each fold holds out, and a name for that assignment."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.errors import DataError
from bench.seeds import derive_seed


def assign_folds(
    labels: NDArray[np.int64],
    n_folds: int,
    seed: int,
    patients: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
) -> NDArray[np.int64]:
    """The fold in which each image is held out: scikit-learn's stratified k-fold, shuffled.

    ``StratifiedKFold``, or with patients ``StratifiedGroupKFold``, which keeps all images of a patient in one
    fold and the classes' shares as even as that allows. The shuffle is seeded by the stream (seed, 0,
    "folds") of ``bench.seeds``.

    Args:
        labels: (n,) class of each image.
        n_folds: how many folds, at least 2.
        seed: the repetition's seed; another seed gives another assignment.
        patients: n names; None splits image by image.
        class_names: for messages; None uses the numbers.

    Returns:
        (n,) int64 in [0, n_folds).

    Raises:
        DataError: fewer than two folds; a class with fewer images, or patients, than folds; or patients that
            cannot be divided so that every fold holds every class.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if n_folds < 2:
        raise DataError(f"cross-validation needs at least 2 folds; received {n_folds}; raise the number of folds")
    names = {label: class_names[label] if class_names else str(label) for label in np.unique(labels).tolist()}
    groups = None if patients is None else np.unique(np.array(patients), return_inverse=True)[1]
    for label, name in names.items():
        of_class = labels == label
        n_units = np.count_nonzero(of_class) if groups is None else len(np.unique(groups[of_class]))
        if n_units < n_folds:
            unit = "images" if groups is None else "patients"
            raise DataError(
                f"every fold must hold out every class; class {name} has {n_units} {unit} for "
                f"{n_folds} folds; "
                f"use fewer folds or add {unit}"
            )
    random_state = derive_seed(seed, 0, "folds")
    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    assignment = np.empty(len(labels), dtype=np.int64)
    splits = splitter(n_folds, shuffle=True, random_state=random_state).split(labels, labels, groups)
    for fold, (_, held_out) in enumerate(splits):
        assignment[held_out] = fold
    for fold in range(n_folds):
        for label, name in names.items():
            if not np.any(labels[assignment == fold] == label):
                raise DataError(
                    f"every fold must hold out every class; fold {fold} of {n_folds} with seed "
                    f"{seed} has no image of "
                    f"class {name}, since patients are not divided; use fewer folds or another seed"
                )
    return assignment


def split_hash(assignment: NDArray[np.int64]) -> str:
    """16 hexadecimal digits that identify a fold assignment."""
    return hashlib.sha256(assignment.astype("<i8").tobytes()).hexdigest()[:16]
