from pathlib import Path

import pytest

from bench.pages.charts.panels import MAX_PANELS, thinned
from bench.pages.charts.series import name_series
from bench.records import Protocol
from bench.render.figures.colours import look
from bench.store import Store
from bench.study.families import network_labels
from bench.study.study_data import StudyData
from tests.store.planted import Planted, cost, network


def read(planted: Planted, folder: Path) -> StudyData:
    with Store.create_or_open(folder) as store:
        planted.register(store)
        return StudyData.read(store)


def test_widths_of_an_architecture_form_one_line_by_ascending_count(tmp_path: Path) -> None:
    planted = Planted(
        {network(width=2.0): cost(9000), network("gru_rows", None): cost(50), network(width=1.0): cost(4000)}
    )
    data = read(planted, tmp_path)
    assert [series.label for series in name_series(data.summary)] == ["paper_small", "gru_rows"]
    assert [list(series.entries) for series in name_series(data.summary)] == [[2, 0], [1]]


def test_what_else_varies_within_an_architecture_parts_and_names_its_lines(tmp_path: Path) -> None:
    planted = Planted(
        {
            network(width=width, side=side, dropout=0.5): cost(int(1000 * width * side))
            for side in (48, 70)
            for width in (1.0, 2.0)
        },
        protocols=(Protocol(), Protocol(optimizer="sgd")),
    )
    labels = [series.label for series in name_series(read(planted, tmp_path).summary)]
    assert labels == [
        "paper_small, 70x70x3, optimizer adam".replace("70x70", side)
        if optimizer == "adam"
        else f"paper_small, {side}x3, optimizer sgd"
        for side in ("48x48", "70x70")
        for optimizer in ("adam", "sgd")
    ]


def test_what_differs_only_between_architectures_is_not_in_their_names(tmp_path: Path) -> None:
    planted = Planted({network(side=70, dropout=0.5): cost(1000), network("gru_rows", None, 96, units=3): cost(50)})
    assert [series.label for series in name_series(read(planted, tmp_path).summary)] == ["paper_small", "gru_rows"]


def test_36_lines_are_told_apart_without_colour(tmp_path: Path) -> None:
    planted = Planted({network(f"net{index:02d}"): cost(1000) for index in range(36)}, seeds=(0,))
    series = name_series(read(planted, tmp_path).summary)
    looks = [look(each.style) for each in series]
    assert len({(each.marker, each.line) for each in looks}) == 36


def test_every_network_of_a_study_has_a_name_of_its_own(tmp_path: Path) -> None:
    planted = Planted(
        {network(width=width, dropout=dropout): cost(1000) for width in (0.5, 1.0) for dropout in (0.25, 0.5)},
        protocols=(Protocol(), Protocol(learning_rate=0.1)),
    )
    labels = network_labels(read(planted, tmp_path).summary)
    assert len(set(labels.values())) == 8


@pytest.mark.parametrize("n", [1, MAX_PANELS, MAX_PANELS + 1, 1000])
def test_thinned_keeps_ends_and_order_and_repeats_nothing(n: int) -> None:
    shown = thinned(list(range(n)))
    assert len(shown) == min(n, MAX_PANELS)
    assert shown == sorted(set(shown))
    assert (shown[0], shown[-1]) == (0, n - 1)
