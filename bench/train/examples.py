"""The examples of a trial: rows of its training part, labels and weights. Pure; imports no Keras.

Each draw has its own random stream (``bench.seeds``), so a protocol that changes one draw does not change the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data import Split, inner_split
from bench.data.stratified_order import stratified_order
from bench.errors import DataError
from bench.records import Protocol
from bench.seeds import generator


@dataclass(frozen=True, slots=True)
class Examples:
    """A trial's examples. Rows are row numbers of the data set, ascending.

    Attributes:
        train_rows: (n_train,) the rows to train on.
        inner_rows: (n_inner,) the inner validation part; empty if the protocol has none.
        test_rows: (n_test,) the held-out fold.
        labels: (n,) of the whole data set; differs from the true ones in ``train_rows`` only.
        class_weights: (n_classes,) mean 1 over the training examples; None if all examples have equal weights.
    """

    train_rows: NDArray[np.int64]
    inner_rows: NDArray[np.int64]
    test_rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    class_weights: NDArray[np.float32] | None = None


def choose_examples(
    protocol: Protocol,
    split: Split,
    seed: int,
    fold: int,
) -> Examples:
    """The examples of a trial with this protocol, seed and fold.

    Args:
        protocol: its fields ``inner_share``, ``n_train``, ``label_noise`` and ``class_balance`` are read.
        split: the split of the seed, in which every class occurs. The inner validation part divides no group.
        seed: the seed of the trial.
        fold: the held-out fold of the trial.

    Raises:
        DataError: there are fewer examples than ``n_train``, or a class is left without one.
    """
    labels = split.labels
    candidates = np.flatnonzero(split.assignment != fold)
    inner_rows = np.empty(0, np.int64)
    if protocol.inner_share:
        draw = generator(seed, fold, "inner_validation")
        inner_rows = inner_split(labels, split.groups, candidates, protocol.inner_share, draw)
        candidates = np.setdiff1d(candidates, inner_rows)
    train_rows = _subset(protocol.n_train, labels, candidates, seed, fold)
    given = _with_noise(protocol.label_noise, labels, candidates, train_rows, seed, fold)
    weights = None
    if protocol.class_balance == "class_weight":
        counts = np.bincount(given[train_rows], minlength=int(labels.max()) + 1)
        # Label noise can leave a class without examples; its weight is 0.
        weights = np.divide(len(train_rows), counts.size * counts, out=np.zeros(counts.size), where=counts > 0).astype(
            np.float32
        )
    return Examples(train_rows, inner_rows, np.flatnonzero(split.assignment == fold), given, weights)


def n_examples_per_epoch(protocol: Protocol, examples: Examples) -> int:
    """The number of examples per epoch; oversampling repeats small classes, so it can exceed the training rows."""
    if protocol.class_balance != "oversample":
        return len(examples.train_rows)
    counts = np.bincount(examples.labels[examples.train_rows])
    return int(counts.max() * np.count_nonzero(counts))


def epoch_rows(
    protocol: Protocol, examples: Examples, batch_order: np.random.Generator, repeats: np.random.Generator
) -> NDArray[np.int64]:
    """The rows of one epoch in the order of training: a permutation of the training rows, after oversampling.

    Oversampling repeats each class up to the size of the largest. Every example is repeated equally often; each epoch
    draws the remainder without replacement.

    Args:
        protocol: its field ``class_balance`` is read.
        examples: the examples of the trial.
        batch_order: permutes the rows, once per epoch.
        repeats: draws the remainders.
    """
    rows = examples.train_rows
    if protocol.class_balance == "oversample":
        given = examples.labels[rows]
        counts = np.bincount(given)
        repeated = []
        for label in np.flatnonzero(counts):
            of_class = rows[given == label]
            whole, rest = divmod(int(counts.max()), len(of_class))
            repeated += [np.tile(of_class, whole), repeats.permutation(of_class)[:rest]]
        rows = np.concatenate(repeated)
    return batch_order.permutation(rows)


def _subset(
    n_train: int, labels: NDArray[np.int64], candidates: NDArray[np.int64], seed: int, fold: int
) -> NDArray[np.int64]:
    if n_train == 0:
        return candidates
    if n_train > len(candidates):
        raise DataError(
            f"n_train is at most the number of training examples; fold {fold} of seed {seed} has {len(candidates)}, "
            f"received {n_train}; lower it, or give 0 for all"
        )
    kept = stratified_order(labels, candidates, generator(seed, fold, "train_subset"))[:n_train]
    missing = np.setdiff1d(labels, labels[kept])
    if len(missing):
        raise DataError(
            f"every class needs a training example; n_train {n_train} leaves class number {missing[0]} none in fold "
            f"{fold} of seed {seed}; raise it"
        )
    return np.sort(kept)


def _with_noise(
    share: float,
    labels: NDArray[np.int64],
    candidates: NDArray[np.int64],
    train_rows: NDArray[np.int64],
    seed: int,
    fold: int,
) -> NDArray[np.int64]:
    """The labels, with a share of the training rows' labels changed to another class, each with equal probability.

    The order of the candidates and their wrong labels do not depend on the share, so a larger share changes all labels
    that a smaller one changes, in the same way.
    """
    if not share:
        return labels
    draw = generator(seed, fold, "label_noise")
    n_classes = int(labels.max()) + 1
    order = draw.permutation(candidates)
    wrong = labels.copy()
    wrong[order] = (labels[order] + draw.integers(1, n_classes, len(order))) % n_classes
    flipped = order[np.isin(order, train_rows)][: round(share * len(train_rows))]
    noisy = labels.copy()
    noisy[flipped] = wrong[flipped]
    return noisy
