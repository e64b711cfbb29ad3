"""The benchmark on published tables, on planted tables of the same format."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.published_laws import (
    CHOSEN,
    extrapolation_errors,
    fit_surface,
    noise,
    read_table,
    score_curves,
    surface_points,
)


def planted_surface(relative_noise: float) -> pd.DataFrame:
    """Losses of the published surface at 100 places, and five points that are far off."""
    generator = np.random.default_rng(0)
    n_params = np.repeat(np.geomspace(5e7, 1e10, 10), 10)
    n_tokens = np.tile(np.geomspace(5e8, 5e11, 10), 10)
    loss = 1.8172 + 477.6 / n_params**0.3473 + 2143.0 / n_tokens**0.3672
    loss *= np.exp(relative_noise * generator.normal(size=100))
    table = pd.DataFrame({"Model Size": n_params, "Training FLOP": 6 * n_params * n_tokens, "loss": loss})
    far = table.iloc[:5].assign(loss=[9.0, 9.1, 9.2, 9.3, 9.4])
    return pd.concat([table, far, table.iloc[:1].assign(loss=np.nan)], ignore_index=True)


def test_the_planted_surface_is_found_without_the_five_largest_losses() -> None:
    n_params, n_tokens, loss = surface_points(planted_surface(relative_noise=0.0))
    assert len(loss) == 100
    assert n_tokens.max() == pytest.approx(5e11)
    found = fit_surface(n_params, n_tokens, loss)
    golden = {"A": 477.6, "B": 2143.0, "E": 1.8172, "alpha": 0.3473, "beta": 0.3672}
    assert {name: found[name] for name in golden} == pytest.approx(golden, rel=1e-3)


def test_the_objective_is_the_sum_of_hubers_losses_of_the_logarithms() -> None:
    n_params, n_tokens, loss = surface_points(planted_surface(relative_noise=0.01))
    found = fit_surface(n_params, n_tokens, loss)
    predicted = found["E"] + found["A"] / n_params ** found["alpha"] + found["B"] / n_tokens ** found["beta"]
    size = np.abs(np.log(predicted) - np.log(loss))
    expected = np.where(size <= 1e-3, size**2 / 2, 1e-3 * (size - 1e-3 / 2)).sum()
    assert found["objective"] == pytest.approx(expected)
    assert found["alpha"] == pytest.approx(0.3473, abs=0.05)


def curve(loss: np.ndarray, seen: np.ndarray, n_fitted: int = 30) -> pd.DataFrame:
    training = (np.arange(len(seen)) < n_fitted).astype(int)
    table = pd.DataFrame({"Seen Examples": seen, "Loss": loss, "Training": training})
    return table.assign(Domain="IC", Task="planted", Model="a").sample(frac=1, random_state=0)  # in no order


def test_the_law_that_made_a_curve_extrapolates_it_and_is_chosen() -> None:
    seen = np.geomspace(1e6, 1e9, 50)
    smooth = 60 * seen**-0.4 + 0.2
    errors = extrapolation_errors(curve(smooth * np.exp(0.002 * np.random.default_rng(0).normal(size=50)), seen))
    assert errors["saturating power law"] < 0.01 < errors["power law"] < errors["constant"]
    assert errors[CHOSEN] in (errors["saturating power law"], errors["smoothly broken power law"])


def test_the_error_is_the_root_mean_square_of_the_logarithm() -> None:
    seen = np.geomspace(1e6, 1e9, 50)
    loss = np.where(np.arange(50) < 30, 0.5, 0.4)
    assert extrapolation_errors(curve(loss, seen))["constant"] == pytest.approx(np.log(0.5 / 0.4))


def test_every_curve_of_a_table_has_a_row() -> None:
    seen = np.geomspace(1e6, 1e9, 50)
    one = curve(60 * seen**-0.4 + 0.2, seen)
    scores = score_curves(pd.concat([one, one.assign(Model="b")]))
    assert scores["Model"].tolist() == ["a", "b"]


def test_the_noise_of_a_smooth_curve_is_that_of_its_points() -> None:
    generator = np.random.default_rng(0)
    line = np.linspace(0, -1, 400) + 0.01 * generator.normal(size=400)
    assert noise(line) == pytest.approx(0.01, rel=0.1)


def test_a_missing_file_or_column_is_said_with_the_page_that_helps(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"docs/published-laws\.md"):
        read_table(tmp_path / "none.csv", ("loss",))
    path = tmp_path / "wrong.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"wrong\.csv must have the columns loss; received none of \['loss'\]"):
        read_table(path, ("loss",))
