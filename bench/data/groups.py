"""Groups of images that no fold divides: images of one patient, and near duplicates of each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bind(
    n_images: int, patients: Sequence[str] | None = None, pairs: Sequence[tuple[int, int]] = ()
) -> NDArray[np.int64]:
    """The group of each image: the connected components of "same patient" and "near duplicates".

    Args:
        n_images: number of images.
        patients: n names; None where unknown.
        pairs: rows that are duplicates or near duplicates of each other.

    Returns:
        (n,) int64, numbered from 0 in the order of each group's first image. An unbound image is a group of one.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = np.arange(n_images)
    first_of_patient = rows if patients is None else _first_occurrence(np.array(patients, dtype=object).astype(str))
    edges = np.concatenate([np.stack([rows, first_of_patient]), np.array(pairs, dtype=np.int64).reshape(-1, 2).T], 1)
    graph = coo_array((np.ones(edges.shape[1], dtype=np.int8), (edges[0], edges[1])), shape=(n_images, n_images))
    return number_groups(connected_components(graph, directed=False)[1])


def number_groups(names: NDArray[np.generic]) -> NDArray[np.int64]:
    """Groups by any name, (n,), as numbers from 0 in the order of each group's first image."""
    first = _first_occurrence(names)
    return np.searchsorted(np.unique(first), first).astype(np.int64)


def _first_occurrence(names: NDArray[np.generic]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    of_each: NDArray[np.int64] = first[inverse].astype(np.int64)
    return of_each
