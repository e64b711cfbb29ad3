"""The surface of error over parameters and images."""

from dataclasses import replace

import numpy as np
import pytest

from bench.analyse.error_surface import Cells, fit_surface, require_grid
from bench.analyse.estimates.insufficient import InsufficientError
from tests.analyse.planted_surfaces import CHANCE, NUMBERS, SIZES, odds, plane, planted_cells

POINTS = np.array([20_000.0, 943_442.0, 3e6]), np.array([150.0, 2100.0, 3200.0])


def test_a_planted_plane_is_recovered_within_and_beyond_its_cells() -> None:
    surface = fit_surface(planted_cells())
    assert surface.error(*POINTS) == pytest.approx(plane(*POINTS), abs=1e-4)


def test_a_planted_bend_is_recovered_where_cells_are_precise() -> None:
    def bent(n_params: np.ndarray, n_train: np.ndarray) -> np.ndarray:
        x, z = np.log10(n_params / 1e5), np.log10(n_train / 400)
        return odds(-0.7 - 0.3 * x - 1.0 * z + 0.1 * x * z + 0.15 * x**2 + 0.3 * z**2)

    surface = fit_surface(planted_cells(bent, sd=1e-5))
    assert surface.error(*POINTS) == pytest.approx(bent(*POINTS), abs=5e-4)


def test_errors_stay_between_0_and_chance_however_far_the_point() -> None:
    far = fit_surface(planted_cells()).error(np.array([1.0, 1e15]), np.array([1.0, 1e12]))
    assert far == pytest.approx([CHANCE, 0.0], abs=0.02)


def test_a_pull_is_what_the_surface_moves_when_a_cell_moves() -> None:
    cells = planted_cells()
    surface = fit_surface(cells)
    pulls = surface.pull(*POINTS)
    step = 1e-4
    for place in (0, 12, 24):
        means = cells.levels.means.copy()
        means[place] -= step
        moved = fit_surface(replace(cells, levels=replace(cells.levels, means=means)))
        assert (moved.error(*POINTS) - surface.error(*POINTS)) / step == pytest.approx(pulls[:, place], abs=2e-3)


def test_a_cell_that_is_not_kept_pulls_nothing() -> None:
    cells = planted_cells()
    kept = cells.n_train < 1600
    surface = fit_surface(cells, kept)
    assert not surface.pull(*POINTS)[:, :25][:, ~kept].any()
    assert surface.error(*POINTS) == pytest.approx(plane(*POINTS), abs=1e-4)


def test_the_spread_of_bends_widens_an_interval_the_further_it_reaches() -> None:
    cells = planted_cells(sd=0.01)
    surface = fit_surface(cells, cells.n_train < 800)
    size = np.full(3, 105_074.0)
    near, far, farther = (cells.half_width(each) for each in surface.pull(size, np.array([400.0, 1600.0, 6400.0])))
    assert near < far < farther
    pull = surface.pull(size[:1], np.array([6400.0]))[0]
    of_cells_alone = np.where(np.arange(len(pull)) < len(cells.errors), pull, 0.0)
    assert cells.half_width(of_cells_alone) < 0.9 * farther


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (planted_cells(sizes=(1000,) * 3), "3 sizes and 3 numbers of training images; there are 1 and 5"),
        (planted_cells(numbers=(400,)), "3 sizes and 3 numbers of training images; there are 5 and 1"),
        (planted_cells(lambda n, m: 0.2 + 0 * n), "errors that differ"),
        (planted_cells(lambda n, m: 0.6 + 1e-9 * n), "an error below chance"),
    ],
)
def test_cells_that_make_no_surface_are_refused_with_one_reason(cells: Cells, reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        require_grid(cells)


def test_three_sizes_and_three_numbers_suffice() -> None:
    cells = planted_cells(sizes=SIZES[:3], numbers=NUMBERS[:3])
    require_grid(cells)
    assert fit_surface(cells).error(cells.n_params, cells.n_train) == pytest.approx(cells.errors, abs=1e-4)
