"""``import bench`` does what the commands do, without a subprocess and without a sound."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.errors import StudyError, SweepError, UnknownNameError
from bench.pipeline import RunOutcome
from bench.stored_study import StoredStudy
from tests.store.planted import SMALL

TINY = ('grid=[{architecture="paper_small", width=0.125}]', "protocol.epochs=1", "controls=[]")
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, tensorflow_runtime: None) -> RunOutcome:
    """The smoke sweep with one tiny network and one epoch, trained in this process."""
    return bench.run("smoke", results=tmp_path_factory.mktemp("api"), overrides=TINY, executor="inline")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> StoredStudy:
    return bench.open_study(SMALL.write(tmp_path_factory.mktemp("planted")))


def test_a_run_trains_times_and_reports(outcome: RunOutcome) -> None:
    assert (outcome.counts.done, outcome.counts.failed, outcome.counts.pending) == (2, 0, 0)
    assert outcome.untimed == ()
    assert (outcome.folder / "accuracy.png").is_file()
    study = bench.open_study(outcome.folder)
    assert study.trials["val_accuracy"].between(0, 1).all()
    assert study.epochs.groupby("trial_key").size().tolist() == [1, 1]
    assert len(study.predictions) == len(study.folds)
    assert study.counts == outcome.counts
    assert study.audit is not None


def test_a_run_again_trains_nothing_prints_nothing_and_gives_the_same_trials(
    outcome: RunOutcome, capfd: pytest.CaptureFixture[str]
) -> None:
    before = bench.open_study(outcome.folder).trials
    again = bench.run("smoke", results=outcome.folder.parent, overrides=TINY, executor="inline")
    assert capfd.readouterr() == ("", "")
    assert bench.open_study(again.folder).trials.equals(before)


def test_a_stored_trial_reruns_to_the_last_bit(outcome: RunOutcome) -> None:
    assert bench.rerun(outcome.folder).is_identical


def test_a_forecast_writes_nothing(tmp_path: Path, tensorflow_runtime: None) -> None:
    study, forecast, n_workers = bench.forecast("smoke", results=tmp_path, overrides=TINY, executor="inline")
    assert (study.name, n_workers) == ("smoke-digits", 1)
    assert [row.n_trials for row in forecast.rows] == [2]
    assert forecast.training_s > 0
    assert not any(tmp_path.iterdir())


def test_the_accuracy_figure_shows_the_accuracies_of_the_trials(planted: StoredStudy) -> None:
    (axes, *_) = planted.figure("accuracy").axes
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])
    assert set(planted.trials["val_accuracy"]) <= set(drawn)
    assert axes.get_xscale() == "log"


def test_every_documented_figure_can_be_drawn(planted: StoredStudy) -> None:
    page = (REPOSITORY / "docs" / "python-api.md").read_text()
    (row,) = (line for line in page.splitlines() if line.startswith('| `figure("accuracy")`'))
    names = ["accuracy", *re.findall(r"`([a-z_]+)`", row.split("|")[2])]
    assert {"accuracy", "curves", "forest"} <= set(names)
    assert all(planted.figure(name).axes for name in names)


def test_an_unknown_figure_is_refused_with_the_names(planted: StoredStudy) -> None:
    with pytest.raises(StudyError, match=r"accuracy, loss, .*; received 'acuracy'"):
        planted.figure("acuracy")


def test_the_summary_and_the_analysis_agree_with_the_planted_numbers(planted: StoredStudy) -> None:
    assert planted.summary["n_params"].tolist() == [1000, 4000]
    assert planted.summary["val_accuracy_mean"].tolist() == pytest.approx([5 / 6, 5 / 6])
    assert planted.analysis.sizes["accuracy"].tolist() == pytest.approx([5 / 6, 5 / 6])
    assert planted.statements()[0].title == "The answer"
    assert len(planted.measurements) == 2
    assert planted.study.name == "widths-lungs"


def test_the_report_is_rebuilt(planted: StoredStudy) -> None:
    written = planted.write_report()
    assert planted.folder / "trials.csv" in written
    assert all(path.is_file() for path in written)


def test_comparing_a_study_with_itself_finds_identical_trials(planted: StoredStudy) -> None:
    matched = bench.compare(planted.folder, planted.folder).matched
    assert [(each.n_identical, each.n_pairs) for each in matched] == [(4, 4), (4, 4)]


def test_an_audit_returns_its_findings_and_writes_them(tmp_path: Path) -> None:
    found, folder = bench.audit_data("digits", results=tmp_path)
    assert (found.dataset, found.n_images) == ("digits", 1797)
    assert folder == tmp_path / "audit-digits"
    assert (folder / "audit.json").is_file()


def test_power_gives_the_lines_of_the_command() -> None:
    assert any("95 % interval): 0.0633" in line for line in bench.power(98, 5, 3, sd=0.05))


def test_networks_are_shown_and_sized(tensorflow_runtime: None) -> None:
    assert "1,059,106" in bench.layer_table("paper_small")
    assert "1,059,106 parameters, +0" in bench.nearest_width("paper_small", 1_059_106)


def test_a_sweep_is_read_with_overrides_and_data() -> None:
    sweep = bench.load_sweep("widths", data="phantom", overrides=["protocol.epochs=5"])
    assert (sweep.data.source, sweep.protocol["epochs"]) == ("phantom", (5,))


def test_invalid_input_raises_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match="did you mean widths"):
        bench.run("width", results=tmp_path)
    with pytest.raises(UnknownNameError, match="received 'cloud'; registered: pool, inline"):
        bench.run("smoke", results=tmp_path, executor="cloud")
    with pytest.raises(StudyError, match=r"study\.sqlite"):
        bench.open_study(tmp_path)
    assert not any(tmp_path.iterdir())


def test_importing_bench_loads_nothing_heavy() -> None:
    heavy = {"tensorflow", "keras", "pandas", "numpy", "matplotlib", "scipy", "sklearn", "pydantic", "rich", "typer"}
    code = f"import sys, bench; print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_everything_offered_is_documented_with_its_arguments() -> None:
    page = (REPOSITORY / "docs" / "python-api.md").read_text()
    for name in bench.__all__:
        documented = getattr(bench, name).__doc__
        assert documented
        assert f"bench.{name}(" in page or name == "StoredStudy"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```python\n(import bench\n.*?)```", (REPOSITORY / "docs" / "python-api.md").read_text(), re.S
    )
    (tmp_path / "example.py").write_text(example)
    ran = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "6 of 6 trials are done" in ran.stdout
    assert (tmp_path / "accuracy.pdf").is_file()
    assert (tmp_path / "results" / "smoke-digits" / "study.sqlite").is_file()
