"""Every figure of hard studies: no text is cut or covers other text, and no legend or title lies on a panel."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.render.extents import faults
from tests.render.hard_cases import (
    CLASSES,
    FACTORIAL,
    FACTORIAL_NETWORKS,
    FACTORIAL_PROTOCOLS,
    LONG,
    LONG_WORDS,
    NOISY,
    PUBLISHED,
    Hard,
    audit_of,
    every_figure,
    sizes,
)

CONTROLS = ("majority_class", "metadata_forest", "mean_intensity", "pixel_logistic", "nearest_neighbour")
CONFUSION = {"confusion": True}
ALWAYS = {"accuracy", "loss", "step_ms", "pareto", "calibration", "forest", "components", "curves", "timing"}
PAPER = {"paper single", "paper double"}
PAGE_INCHES = 11.0

ONE_SEED = Hard(sizes(4), seeds=(0,), controls=CONTROLS)
ONE_SIZE = Hard(sizes(1), report=CONFUSION)
SIXTY = Hard({**sizes(30), **sizes(30, "paper_large")}, report=CONFUSION)
LONG_NAMES = Hard(
    {**sizes(2, LONG), **sizes(2)},
    protocols=NOISY,
    name=LONG,
    class_names=CLASSES,
    report={"confusion": True, "published": [PUBLISHED]},
    controls=CONTROLS,
)
ALL_RIGHT = Hard(sizes(4), report=CONFUSION, controls=("majority_class",))
DESIGN = Hard(FACTORIAL_NETWORKS, FACTORIAL_PROTOCOLS, factorial=FACTORIAL)
NETWORKS_OF_SIXTY = 60


def drawn(planted: Hard, folder: Path, n_misses: int | None = None) -> dict[str, Figure]:
    """Every figure of a study, all of them without a fault."""
    planted.write_hard(folder / "study", n_misses)
    figures = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns where a layout has no room
        for name, figure in every_figure(folder / "study"):
            assert faults(figure) == [], name
            figures[name] = figure
    return figures


def test_one_seed(tmp_path: Path) -> None:
    assert set(drawn(ONE_SEED, tmp_path)) == {*ALWAYS, *PAPER, "controls"}


def test_one_size_of_which_every_answer_is_right(tmp_path: Path) -> None:
    figures = drawn(replace(ONE_SIZE, controls=("majority_class",)), tmp_path, n_misses=0)
    assert set(figures) == {*ALWAYS, *PAPER, "controls", "confusion"}
    (forest,) = figures["forest"].axes
    assert not forest.axison, "no empty frame"
    assert forest.texts[0].get_text() == "There are no two sizes to compare."


@pytest.mark.slow
def test_one_size(tmp_path: Path) -> None:
    assert set(drawn(ONE_SIZE, tmp_path)) == {*ALWAYS, *PAPER, "confusion"}


@pytest.mark.slow
def test_accuracies_that_are_all_1(tmp_path: Path) -> None:
    assert set(drawn(ALL_RIGHT, tmp_path, n_misses=0)) == {*ALWAYS, *PAPER, "controls", "confusion"}


@pytest.mark.slow
def test_sixty_networks(tmp_path: Path) -> None:
    figures = drawn(SIXTY, tmp_path)
    assert set(figures) == {*ALWAYS, *PAPER, "confusion"}
    assert figures["forest"].get_figheight() <= PAGE_INCHES


def test_names_of_80_characters(tmp_path: Path) -> None:
    assert {len(LONG), len(LONG_WORDS)} == {80}
    figures = drawn(LONG_NAMES, tmp_path)
    more = {"controls", "confusion", "n_train", "images_or_parameters", "fit"}
    assert set(figures) == {*ALWAYS, *PAPER, *more}
    assert figures["forest"].get_figheight() <= PAGE_INCHES


def test_the_cells_of_a_factorial_design_are_one_series_per_architecture(tmp_path: Path) -> None:
    figures = drawn(DESIGN, tmp_path)
    assert set(figures) == {*ALWAYS, *PAPER, "effects"}
    (legend,) = figures["accuracy"].legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named[0] == "paper_small, 16 cells of the design"
    assert len(named) <= 4  # no row per cell


@pytest.mark.parametrize("names", [("covid", "normal"), (*CLASSES, "c"), tuple(f"{LONG} {n}" for n in range(24))])
def test_an_audit(names: tuple[str, ...]) -> None:
    assert faults(audit_of(names)) == []


def test_a_fault_is_found() -> None:
    figure = Figure(figsize=(2, 2))
    axes = figure.add_axes((0.5, 0.5, 0.4, 0.4))
    figure.text(0.5, 0.1, LONG)
    figure.text(0.5, 0.1, "under it")
    axes.set_xticks([0.0, 0.01], ["50,000", "100,000"])
    figure.suptitle("on the panel", y=0.7)
    found = faults(figure)
    assert any(each.startswith("cut: 'a_name") for each in found)
    assert any("'under it'" in each and each.startswith("overlap") for each in found)
    assert "overlap: '50,000' and '100,000'" in found
    assert "'on the panel' lies on axes 0" in found
