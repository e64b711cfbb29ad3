"""What the commands print fits a terminal, and no number is cut."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import architectures
from bench.analyse.analysis import analyse_study
from bench.cli.printing import (
    print_architectures,
    print_listing,
    print_outcome,
    print_plan,
    print_status,
    print_summary,
)
from bench.forecasting import Forecast
from bench.pages.document import Column, Note, Remark, Section, Statement, Table
from bench.pipeline import RunOutcome
from bench.records import FailureKind, Protocol, Trial, TrialResult
from bench.render.terminal import print_sections
from bench.store import Counts, Store
from bench.study.study_data import StudyData
from bench.sweeps import PlanRow
from tests.store.planted import SMALL, Planted, cost, failed, network

End = Callable[[Trial], TrialResult | None]


def printed(print_it: Callable[[Console], None], width: int = 80) -> str:
    stream = io.StringIO()
    print_it(Console(file=stream, width=width))
    return stream.getvalue()


def summary_of(
    planted: Planted, folder: Path, end: End | None = None, step_ns: tuple[int, ...] = (5_500_000,)
) -> pd.DataFrame:
    with Store.open_existing(planted.write(folder, end, step_ns)) as store:
        return analyse_study(StudyData.read(store)).summary


def printed_summary(planted: Planted, folder: Path, end: End | None = None, width: int = 80) -> list[str]:
    summary = summary_of(planted, folder, end)
    return printed(lambda console: print_summary(summary, console), width).splitlines()


def words(line: str) -> list[str]:
    return line.split()


def test_the_summary_has_one_unfolded_line_per_network_with_exact_counts(tmp_path: Path) -> None:
    lines = printed_summary(SMALL, tmp_path)
    taken, other = (words(line) for line in lines[-2:])
    assert taken[:5] + taken[7:] == ["paper_small", "×0.5", "1,000", "4", "0.833", "5.50", "yes"]
    assert other[:5] + other[7:] == ["paper_small", "×1", "4,000", "4", "0.833", "5.50"]
    assert other[5:7] == taken[5:7] == ["[0.499,", "0.962]"]


EACH_WITH_ITS_OWN_AXES = {
    network("paper_small", 1.0, side=70, dropout_conv=0.25, output_activation="softmax"): cost(1_059_106),
    network("paper_large", 1.0, side=150, dropout_dense_1=0.3, output_activation="sigmoid"): cost(3_824_486),
}


def test_axes_that_only_set_architectures_apart_take_no_column(tmp_path: Path) -> None:
    lines = printed_summary(Planted(EACH_WITH_ITS_OWN_AXES), tmp_path)
    header = " ".join(lines[:2])
    assert "dropout" not in header
    assert "activation" not in header
    assert words(lines[-1])[:4] == ["paper_large", "×1", "150x150x3", "3,824,486"]


def test_what_varies_within_an_architecture_is_part_of_the_networks_name(tmp_path: Path) -> None:
    protocols = (Protocol(epochs=3), Protocol(epochs=3, learning_rate=0.1))
    text = " ".join(printed_summary(Planted({network(): cost(1000)}, protocols), tmp_path, width=120))
    assert "learning rate 0.001" in text
    assert "learning rate 0.1" in text
    assert "epochs" not in text


WIDEST = Planted(
    {
        network("inception_resnet_v2", None, side, output_activation=activation): cost(54_339_810)
        for side in (96, 150)
        for activation in ("softmax", "sigmoid")
    },
    (Protocol(epochs=3), Protocol(epochs=3, learning_rate=0.0003)),
)


@pytest.mark.parametrize(
    ("planted", "width"),
    [
        pytest.param(SMALL, 80, id="small"),
        pytest.param(Planted(EACH_WITH_ITS_OWN_AXES), 80, id="axes"),
        pytest.param(WIDEST, 80, id="widest"),
        pytest.param(WIDEST, 64, id="narrowest"),
    ],
)
def test_the_summary_fits_a_narrow_terminal_and_cuts_no_number(planted: Planted, width: int, tmp_path: Path) -> None:
    def end(trial: Trial) -> TrialResult | None:
        return failed(trial) if trial.fold else planted.result(trial)

    lines = printed_summary(planted, tmp_path, end, width)
    assert max(map(len, lines)) <= width
    n_params = [f"{count.n_params:,}" for count in planted.networks.values()]
    numbers = [word for line in lines for word in words(line)]
    for n in n_params:
        assert numbers.count(n) == n_params.count(n) * len(planted.protocols)
    assert sum("0.833 [" in line for line in lines) == sum(word.startswith("[") for word in numbers)
    for number in ("0.833", "5.50"):
        assert numbers.count(number) == len(n_params) * len(planted.protocols)


def test_failed_trials_have_a_column_only_where_there_are_any(tmp_path: Path) -> None:
    some = printed_summary(SMALL, tmp_path / "some", lambda t: failed(t) if t.fold else SMALL.result(t))
    none = printed_summary(SMALL, tmp_path / "none")
    assert "failed" in " ".join(some)
    assert words(some[-1])[3:5] == ["2", "2"]
    assert "failed" not in " ".join(none)


def test_a_run_that_failed_in_parts_says_so_and_where_to_look(tmp_path: Path) -> None:
    summary = summary_of(SMALL, tmp_path, lambda t: failed(t) if t.fold else SMALL.result(t))
    counts = Counts(done=4, failed=4, pending=0)
    outcome = RunOutcome(
        tmp_path, counts, ("paper_small x1: out of memory",), ("a batch of 32",), summary, ("It beats nothing.",)
    )
    text = printed(lambda console: print_outcome(outcome, console))
    assert f"4 of 8 trials failed: see {tmp_path}/trials.csv" in text
    assert f"tables and plots: {tmp_path}\n" in text
    assert "no step time: paper_small x1: out of memory" in text
    assert "\nstep time: a batch of 32" in text
    assert "It beats nothing." in text


def test_status_says_what_is_done_failed_and_pending_and_why(tmp_path: Path) -> None:
    def end(trial: Trial) -> TrialResult | None:
        if trial.seed == 0:
            return SMALL.result(trial)
        return failed(trial, FailureKind.WORKER_DIED) if trial.fold else None

    with Store.open_existing(SMALL.write(tmp_path, end)) as store:
        text = printed(lambda console: print_status(store, console))
    assert "widths-lungs: sweep widths on lungs, 12 images" in text
    assert "4 done, 2 failed, 2 pending, of 8 trials" in text
    assert "2 × worker_died: the loss became nan" in text


def test_a_plan_is_printed_with_its_trials_and_its_time() -> None:
    rows = (
        PlanRow("paper_small x1 70x70x3", 1_059_106, n_trials=10, steps_per_trial=75, total_steps=750),
        PlanRow("gru_rows 70x70x3", 500, n_trials=10, steps_per_trial=75, total_steps=750),
    )
    fixed, staged = Forecast(rows, 3725.0, 3725.0, 60.0, 15.0), Forecast(rows, 60.0, 135.0, 60.0, 15.0)

    def plan_text(forecast: Forecast) -> str:
        return " ".join(printed(lambda console: print_plan(SMALL.study, forecast, 2, console)).split())

    text = plan_text(fixed)
    assert "paper_small x1 70x70x3" in text
    assert "1,059,106" in text
    assert "20 trials with 2 at a time; nothing was written" in text
    assert "about 1 h 3 min: 1 h 2 min of training, 1 min 0 s of timing and 15 s of start-up" in text
    assert "about 2 min 15 s if decided after the first stage, 3 min 30 s if all stages run" in plan_text(staged)


def test_every_architecture_is_listed_with_its_axes_and_smallest_input_in_80_columns() -> None:
    text = printed(lambda console: print_architectures(architectures.select(["*"]), console))
    for architecture in architectures.select(["*"]):
        height, width = architecture.min_input
        assert f"{architecture.name} (input {height}x{width} or larger)\n" in text
    assert "axes: width=1.0, dropout_conv=0.25, dropout_dense=0.5," in text
    assert max(map(len, text.splitlines())) <= 80


def test_listings_print_names_as_they_are() -> None:
    assert "real [bold] images" in printed(lambda console: print_listing({"digits": "real [bold] images"}, console))


def test_sections_are_printed_with_every_block_and_without_markup() -> None:
    table = Table((Column("network", "left"), Column("accuracy", "right")), (("paper [bold] small", "0.888"),))
    remark = Remark("minor: dark.", "It may.", (("What to do", "look"),))
    blocks = (Statement("It rises."), Note(" why.", "Here is"), table, remark)
    text = printed(lambda console: print_sections([Section("Verdicts", blocks)], console))
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    assert lines[:3] == ["Verdicts", "  It rises.", "  Here is why."]
    assert any(line.split() == ["paper", "[bold]", "small", "0.888"] for line in lines)
    assert lines[-3:] == ["minor: dark.", "    It may.", "    What to do: look"]


def test_a_table_of_many_numbers_is_wider_than_the_terminal_rather_than_cut() -> None:
    columns = (Column("network", "left"), *(Column(f"column {number}", "right") for number in range(9)))
    row = ("paper_small", *["0.888 [0.801, 0.940]"] * 9)
    text = printed(lambda console: print_sections([Section("", (Table(columns, (row,)),))], console))
    assert any(line.count("0.888 [0.801, 0.940]") == 9 for line in text.splitlines())
