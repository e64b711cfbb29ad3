"""Aligns one picture with another by shift and scale, and measures how well their fine structure agrees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.near_duplicates.descriptors import Floats
from bench.audit.near_duplicates.thresholds import SearchSettings


@dataclass(frozen=True)
class Alignment:
    """The alignments of n pairs of pictures.

    Attributes:
        agreement: (n,) correlation of the two pictures where they overlap; -1 if they never overlapped enough.
        windows: (n, 4) top, bottom, left and right of the window of the second picture that the first one covers, as
            shares of a side.
    """

    agreement: NDArray[np.float64]
    windows: NDArray[np.float64]


def align(
    first: Floats, second: Floats, windows: NDArray[np.float64], n_steps: int, settings: SearchSettings
) -> Alignment:
    """Refine the window of each second picture that its first one covers, by Gauss-Newton steps on their difference.

    Lucas and Kanade 1981, An Iterative Image Registration Technique. The four sides of the window move. Gain and offset
    are fitted as well, so contrast and brightness have no influence.

    Args:
        first: (n, side, side).
        second: (n, side, side).
        windows: (n, 4) starting positions.
        n_steps: number of steps; the result is the best of all positions visited.
        settings: ``least_overlap``, ``largest_move``, ``least_gain`` and ``ridge`` are used.
    """
    n, side, _ = first.shape
    place = (np.arange(side) + 0.5) / side
    at_low, at_high = (1 - place).astype(np.float32), place.astype(np.float32)
    slope_y, slope_x = (np.gradient(second, axis=axis) * np.float32(side) for axis in (1, 2))
    current = windows.astype(np.float64)
    best = Alignment(np.full(n, -1.0), current.copy())
    for _ in range(n_steps):
        top, bottom, left, right = current.T
        rows, rows_inside = _interpolation(top, bottom, place)
        columns, columns_inside = _interpolation(left, right, place)
        columns = columns.transpose(0, 2, 1)
        inside = (rows_inside[:, :, np.newaxis] & columns_inside[:, np.newaxis, :]).astype(np.float32)
        laid = (rows @ second @ columns).astype(np.float32, copy=False)
        agreement = np.where(
            inside.mean(axis=(1, 2)) >= settings.least_overlap, _correlation(first, laid, inside), -1.0
        )
        better = agreement > best.agreement
        best.agreement[better], best.windows[better] = agreement[better], current[better]
        by_row, by_column = rows @ slope_y @ columns, rows @ slope_x @ columns
        tall, wide = at_low[np.newaxis, :, np.newaxis], at_low[np.newaxis, np.newaxis, :]
        tall_end, wide_end = at_high[np.newaxis, :, np.newaxis], at_high[np.newaxis, np.newaxis, :]
        unknowns = np.stack(
            [laid, np.ones_like(laid), by_row * tall, by_row * tall_end, by_column * wide, by_column * wide_end], axis=1
        )
        weighted = (unknowns * inside[:, np.newaxis]).reshape(n, 6, side * side)
        unknowns = unknowns.reshape(n, 6, side * side)
        normal = (weighted @ unknowns.transpose(0, 2, 1)).astype(np.float64) + settings.ridge * np.eye(6)
        target = (weighted @ first.reshape(n, side * side, 1)).astype(np.float64)
        solution = np.linalg.solve(normal, target)[:, :, 0]
        gain = np.maximum(solution[:, :1], settings.least_gain)
        current = current + np.clip(solution[:, 2:] / gain, -settings.largest_move, settings.largest_move)
    return best


def lay_over(second: Floats, windows: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """The windows of the second pictures, (n, side, side), and 1 where they lie inside the picture, else 0."""
    place = (np.arange(second.shape[1]) + 0.5) / second.shape[1]
    top, bottom, left, right = windows.T
    rows, rows_inside = _interpolation(top, bottom, place)
    columns, columns_inside = _interpolation(left, right, place)
    inside = (rows_inside[:, :, np.newaxis] & columns_inside[:, np.newaxis, :]).astype(np.float32)
    return (rows @ second @ columns.transpose(0, 2, 1)).astype(np.float32, copy=False), inside


def _interpolation(
    low: NDArray[np.float64], high: NDArray[np.float64], place: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.bool_]]:
    """(n, side, side) weights of linear interpolation, and (n, side) whether each place is inside the picture."""
    side = len(place)
    centres = (low[:, np.newaxis] + (high - low)[:, np.newaxis] * place) * side - 0.5
    weights = np.maximum(0, 1 - np.abs(centres[:, :, np.newaxis] - np.arange(side)))
    return weights.astype(np.float32), (centres > -0.5) & (centres < side - 0.5)


def _correlation(first: Floats, second: Floats, inside: Floats) -> NDArray[np.float64]:
    n_inside = np.maximum(inside.sum(axis=(1, 2), keepdims=True), 1)
    a, b = ((image - (image * inside).sum(axis=(1, 2), keepdims=True) / n_inside) * inside for image in (first, second))
    norms = np.sqrt((a * a).sum(axis=(1, 2)) * (b * b).sum(axis=(1, 2)))
    correlation: NDArray[np.float64] = ((a * b).sum(axis=(1, 2)) / np.maximum(norms, 1e-6)).astype(np.float64)
    return correlation
