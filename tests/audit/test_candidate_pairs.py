"""Which pictures become candidates, against a comparison of all with all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.audit.cached_parts import in_parts, parts_in
from bench.audit.near_duplicates import candidate_pairs
from bench.audit.near_duplicates.candidate_pairs import CandidatePairs, describe, find_candidates
from bench.audit.near_duplicates.quantiser import Quantiser
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS
from bench.audit.near_duplicates.whitening import Whitening
from tests.audit.conftest import cropped, scene

N_PICTURES = 150


@pytest.fixture(scope="module")
def thumbnails() -> NDArray[np.uint8]:
    scenes = [scene(number) for number in range(N_PICTURES - 30)]
    scenes += [cropped(scenes[number], 0.05, 0.1, 0.0, 0.08) for number in range(15)]
    scenes += [cropped(scenes[number], 0.1, 0.0, 0.07, 0.0) for number in range(15)]
    return np.stack([np.asarray(picture.resize((64, 64))) for picture in scenes])


def uncached(name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    return compute()


def found_in(thumbnails: NDArray[np.uint8]) -> tuple[CandidatePairs, NDArray[np.float32], Whitening]:
    def read(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return thumbnails[rows]

    whitening = Whitening.learn(read, len(thumbnails), SEARCH_SETTINGS, np.random.default_rng(0))
    wholes = describe(read, len(thumbnails), whitening, uncached, lambda n: None)
    found = find_candidates(read, wholes, whitening, np.random.default_rng(0), uncached, lambda n: None)
    return found, wholes, whitening


def test_the_nearest_three_of_all_and_one_for_the_mirror_image_are_candidates(thumbnails: NDArray[np.uint8]) -> None:
    found, wholes, whitening = found_in(thumbnails)
    windows = whitening.of_windows(lambda rows: thumbnails[rows], np.arange(N_PICTURES))
    by_window = (wholes @ windows.T).reshape(2, N_PICTURES, N_PICTURES, len(SEARCH_SETTINGS.windows))
    similarity = by_window.max(axis=3)
    similarity[:, np.arange(N_PICTURES), np.arange(N_PICTURES)] = -1
    expected = {
        (picture, int(other), int(by_window[side, picture, other].argmax()), bool(side))
        for side, n_nearest in ((0, SEARCH_SETTINGS.n_nearest), (1, 1))
        for picture in range(N_PICTURES)
        for other in np.argsort(-similarity[side, picture])[:n_nearest]
        if similarity[side, picture, other] >= SEARCH_SETTINGS.least_similarity
    }
    assert len({whole for whole, *_ in expected}) >= 30
    assert (
        set(zip(*map(np.ndarray.tolist, (found.whole, found.part_of, found.window, found.mirrored)), strict=True))
        == expected
    )


def test_what_is_compared_at_once_does_not_count(
    thumbnails: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, *_ = found_in(thumbnails)
    monkeypatch.setattr(candidate_pairs, "_MOST_COMPARED", 5000)
    by_and_by, *_ = found_in(thumbnails)
    for one, other in zip(vars(at_once).values(), vars(by_and_by).values(), strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_every_query_is_listed_in_its_nearest_cells_and_every_window_looks_into_one(seed: int, n_cells: int) -> None:
    draw = np.random.default_rng(seed)
    queries, windows = (unit(draw.normal(size=(n, 8))) for n in (60, 40))
    cells = Quantiser.learn(queries, n_cells, SEARCH_SETTINGS, draw)
    listed = {(query, cell) for cell, of in enumerate(cells.queries) for query in of.tolist()}
    nearest = np.argsort(-(queries @ cells.centres.T), axis=1)[:, :8]
    assert listed == {(query, int(cell)) for query in range(60) for cell in nearest[query]}
    home = (windows @ cells.centres.T).argmax(axis=1)
    met: list[int] = []
    for members, asked in cells.meetings(windows):
        (cell,) = set(home[members].tolist())
        np.testing.assert_array_equal(asked, cells.queries[cell])
        met += members.tolist()
    assert sorted(met) == [window for window in range(40) if len(cells.queries[home[window]])]


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths: NDArray[np.float64] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float32)


def test_cached_parts_are_not_computed_again(tmp_path: Path) -> None:
    computed: list[int] = []
    fails = {6}

    def square(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if rows[0] in fails:
            fails.clear()
            raise OSError("the disk is full")
        computed.append(int(rows[0]))
        return rows**2

    def squares() -> list[int]:
        in_order = in_parts("squares", 10, 2, square, parts_in(tmp_path / "parts", print), lambda n: None)
        return [value for _, values in in_order for value in values.tolist()]

    with pytest.raises(OSError, match="full"):
        squares()
    assert set(computed) >= {0, 2, 4}
    assert squares() == [row**2 for row in range(10)]
    assert sorted(computed) == [0, 2, 4, 6, 8]
    assert not list((tmp_path / "parts").glob(".*"))
