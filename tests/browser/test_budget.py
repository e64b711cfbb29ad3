"""The page of a study of 10,000 trials: its size, and the time to its first drawing."""

from pathlib import Path

import pytest

from bench.analyse.analysis import analyse_study
from bench.pages.study_page import study_page
from bench.records import NetworkTrial, Trial, TrialResult
from bench.render.html.study_html import study_html
from bench.store import Store
from bench.study.study_data import StudyData
from tests.browser.conftest import Open
from tests.store.planted import Planted, cost, network

MOST_BYTES, MOST_MS = 4_000_000, 1500
N_NETWORKS, N_SEEDS, N_FOLDS = 50, 40, 5
LARGE = Planted(
    {
        network(("paper_small", "paper_large")[place % 2], width=0.1 * (place + 1)): cost(
            int(1000 * 1.15**place) + place
        )
        for place in range(N_NETWORKS)
    },
    seeds=tuple(range(N_SEEDS)),
    n_folds=N_FOLDS,
)


def result(trial: Trial) -> TrialResult:
    place = list(LARGE.networks).index(trial.network) if isinstance(trial, NetworkTrial) else 0
    return LARGE.result(trial, (7 * trial.seed + 3 * trial.fold + place) % 3)


@pytest.mark.slow
def test_the_page_of_ten_thousand_trials_is_small_and_drawn_at_once(tmp_path: Path, open_page: Open) -> None:
    LARGE.write(tmp_path, result)
    with Store.open_existing(tmp_path) as store:
        data = StudyData.read(store)
        page = study_html(study_page(data, analyse_study(data)))
    (tmp_path / "report.html").write_bytes(page)
    watched = open_page(tmp_path / "report.html")
    drawn_ms = watched.run("() => performance.getEntriesByName('first drawing')[0].startTime")
    print(f"{len(data.done):,} trials: {len(page) / 1e6:.2f} MB, first drawing after {drawn_ms:.0f} ms")
    assert len(data.done) == N_NETWORKS * N_SEEDS * N_FOLDS == 10_000
    assert "2,000 of 10,000 single trials are drawn." in watched.text("#figure")
    assert len(page) <= MOST_BYTES
    assert drawn_ms <= MOST_MS
