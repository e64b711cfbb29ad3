"""What is said of times, on planted measurements of every part."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from bench.errors import TimingError
from bench.records import Counters, TimedPart
from bench.report import write_report, write_timings
from bench.report.pytest_benchmark import read_timings
from bench.store import Store
from tests.report.test_write_report import svg_text
from tests.store.planted import ENVIRONMENT, Planted, cost, network, step_times

N_ROUNDS = 4
MS = {
    TimedPart.STEP: 40.0,
    TimedPart.FORWARD: 10.0,
    TimedPart.FORWARD_BACKWARD: 30.0,
    TimedPart.VALIDATION: 8.0,
    TimedPart.INFERENCE_1: 1.0,
    TimedPart.INFERENCE_32: 9.0,
    TimedPart.KERAS: 50.0,
    TimedPart.DISK: 200.0,
}
COSTS = {
    "trace_s": 0.5,
    "first_step_s": 0.25,
    "gemm_gflops": 100.0,
    "train_flops_per_example": 5e7,
    "model_file_bytes": 4.2e6,
    "peak_above_idle_bytes": 1.5e8,
    "idle_bytes": 3e8,
    "activation_bytes_per_example": 1e6,
}
PUBLISHED = {
    "label": "A & B (2020)",
    "architecture": "paper_small",
    "n_params": 4000,
    "val_accuracy": 0.8788,
    "n_images": 33,
    "step_ms": 135.0,
}
STUDY = Planted({network(width=0.5): cost(1000), network(width=1.0): cost(4000)}, report={"published": [PUBLISHED]})


def write(folder: Path, study: Planted = STUDY, parts: dict[TimedPart, float] = MS, busy_cpu_s: float = 2.0) -> Path:
    """Times that double from each network to the next, quiet but for what ``busy_cpu_s`` says of others."""
    draw = np.random.default_rng(0)
    counters = Counters(
        wall_s=1.0, own_cpu_s=1.99, involuntary_switches=9, n_cores=2, busy_cpu_s=busy_cpu_s, steal_s=0.0
    )
    with Store.create_or_open(folder) as store:
        study.register(store)
        for number, each in enumerate(study.networks):
            for part, ms in parts.items():
                for round_ in range(N_ROUNDS):
                    samples = 1e6 * ms * 2**number * draw.normal(1, 0.01, 15)
                    fit = {"bar_ms": 2 * ms} if part in (TimedPart.KERAS, TimedPart.DISK) else {}
                    figures = COSTS if part is TimedPart.STEP and round_ == 0 else fit
                    taken = step_times(
                        *(each, study.protocols[0], samples.astype(int).tolist()),
                        part=part,
                        round=round_,
                        counters=counters,
                        figures=figures,
                    )
                    store.record_measurement(taken, ENVIRONMENT)
    return folder


def report(folder: Path) -> dict[str, str]:
    with Store.open_existing(folder) as store:
        return {path.name: path.read_bytes().decode(errors="ignore") for path in write_report(store, folder)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return report(write(tmp_path_factory.mktemp("timed")))


def test_a_study_that_was_only_timed_publishes_times_and_no_empty_plots(files: dict[str, str]) -> None:
    assert set(files) == {
        *("timing.csv", "timing.md", "timing.png", "timing.svg", "step_ms.png", "step_ms.svg"),
        *("environment.json", "report.html"),
    }


def test_the_csv_has_every_figure_with_its_interval_and_verdict(files: dict[str, str]) -> None:
    rows = list(csv.DictReader(files["timing.csv"].splitlines()))
    assert len(rows) == 2 * len(MS)
    for row in rows:
        expected = MS[TimedPart(row["part"])] * (1 if row["n_params"] == "1000" else 2)
        assert float(row["low_ms"]) < float(row["median_ms"]) < float(row["high_ms"])
        assert float(row["median_ms"]) == pytest.approx(expected, rel=0.01)
        assert (row["verdict"], row["n_rounds"], row["n_samples"]) == ("steady", "4", "60")


def test_the_page_says_what_a_step_is_made_of_and_what_it_costs(files: dict[str, str]) -> None:
    page = files["timing.md"]
    assert "**The study's times are steady**: of 16 figures 16 steady. 4 rounds" in page
    assert "| network" in page
    cost_row = next(line for line in page.splitlines() if line.startswith("| paper_small") and "1.60" in line)
    # 32 examples of 5e7 operations in 40 ms: 1.6 GFLOP, 40 GFLOP/s, 40 % of 100.
    assert [cell.strip() for cell in cost_row.split("|")][3:7] == ["1.60", "40.0", "100", "40%"]
    ratio = next(line for line in page.splitlines() if "4.00" in line and line.startswith("| paper_small"))
    assert " 2.00 [1.9" in ratio
    assert "Noisy figures" not in page


def test_published_times_stand_beside_the_measured_ones(files: dict[str, str]) -> None:
    row = next(line for line in files["timing.md"].splitlines() if line.startswith("| A & B (2020)"))
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[3] == "135"
    assert cells[4].startswith(("80.", "79."))
    assert cells[6] == "100"  # the progress bar of the fit on arrays
    assert "published" in svg_text(files["timing.svg"].encode())


def test_noise_is_published_with_its_reason_and_never_dropped(tmp_path: Path) -> None:
    page = report(write(tmp_path, busy_cpu_s=2.5))["timing.md"]
    assert "**The study's times are noisy**: of 16 figures 16 noisy" in page
    assert "other processes used 26% of the cores' time (stop other programs)" in page
    assert page.count("] *") >= 8


def test_five_networks_have_a_slope_and_a_sentence_on_what_explains_the_times(tmp_path: Path) -> None:
    five = Planted({network(width=float(width)): cost(1000 * 2**width) for width in range(1, 6)})
    page = report(write(tmp_path, five, {TimedPart.STEP: 40.0}))["timing.md"]
    assert "over 5 networks: milliseconds per step grow as parameters to the power 1.00 [" in page
    few = "With 2 threads, 2 networks do not give a slope, which needs 5 networks of different sizes."
    assert few in report(write(tmp_path / "few"))["timing.md"]


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    def entry(name: str, **extra: object) -> dict[str, object]:
        stats = {"rounds": 20, "median": 0.05, "q1": 0.049, "q3": 0.052}
        return {"name": name, "stats": stats, "extra_info": extra}

    known = {"input_shape": "70x70x3", "batch_size": 8, "flops_per_example": 1, "threads": 2, "n_params": 4000}
    path = tmp_path / "times.json"
    benchmarks = [
        entry("test_step[same]", architecture="paper_small", **known),
        entry("test_step[other]", architecture="gru_rows", **known),
        entry("test_planning"),
    ]
    path.write_text(json.dumps({"benchmarks": benchmarks}))
    return path


def test_pytest_benchmarks_file_stands_beside_the_accuracy_of_the_same_network(
    tmp_path: Path, benchmarks: Path
) -> None:
    STUDY.write(tmp_path / "study")
    with Store.open_existing(tmp_path / "study") as store:
        page = write_timings(store, tmp_path / "study", benchmarks).read_text()
    (row,) = [line for line in page.splitlines() if "test_step[same]" in line]
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[2:5] == ["4,000", "70x70x3", "0.833"]
    assert cells[8:10] == ["50.0 [49.0, 52.0]", "20"]
    assert "Without a network in this study: test_step[other]." in page
    assert "test_planning" not in page


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("no json", "is not"),
        ("[]", "is not"),
        ('{"benchmarks": [{"name": "x"}]}', "is not"),
        ("\x00\xff", "is not"),
        (f"{'[' * 10_000}", "is not"),
        ('{"benchmarks": []}', "has none"),
    ],
)
def test_a_file_that_is_none_of_pytest_benchmarks_is_refused_in_one_line_and_nothing_is_written(
    tmp_path: Path, content: str, text: str
) -> None:
    STUDY.write(tmp_path / "study", step_ns=())
    (tmp_path / "times.json").write_text(content)
    with Store.open_existing(tmp_path / "study") as store, pytest.raises(TimingError, match=text) as refusal:
        write_timings(store, tmp_path / "study", tmp_path / "times.json")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "study" / "timings.md").exists()


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("stats", "median"), "fast", "stats.median"),
        (("stats", "rounds"), None, "stats.rounds"),
        (("extra_info", "n_params"), "many", "n_params"),
        (("extra_info", "n_params"), 10**400, "n_params"),
        (("extra_info", "input_shape"), [70, 70, 3], "input_shape"),
        (("name",), 7, "name"),
        (("stats",), [], "stats"),
    ],
)
def test_a_value_of_another_type_in_a_file_of_timings_is_named_in_one_line(
    benchmarks: Path, place: tuple[str, ...], value: object, named: str
) -> None:
    document = json.loads(benchmarks.read_text())
    changed = document["benchmarks"][0]
    *above, last = place
    for key in above:
        changed = changed[key]
    changed[last] = value
    benchmarks.write_text(json.dumps(document))
    with pytest.raises(TimingError, match=rf"is not \([\w.]*{named}: ") as refusal:
        read_timings(benchmarks)
    assert "\n" not in str(refusal.value)
