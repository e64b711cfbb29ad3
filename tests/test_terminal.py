import io
from collections import namedtuple

from rich.console import Console

from bench.analyse import summarise
from bench.records import FailureKind
from bench.terminal import print_architectures, print_listing, print_plan, print_status, print_summary
from bench.store import Store
from tests.store.planted import SMALL, failed


def printed(print_it, width: int = 100) -> str:
    stream = io.StringIO()
    print_it(Console(file=stream, width=width))
    return stream.getvalue()


def test_the_summary_fits_a_terminal_of_80_columns_with_exact_counts(tmp_path):
    with Store.open_existing(SMALL.write(tmp_path)) as store:
        summary = summarise(store.trials(), store.step_times())
    text = printed(lambda console: print_summary(summary, console), width=80)
    assert "4,000" in text
    assert "0.833 ± 0.000" in text
    assert "5.50" in text
    assert max(map(len, text.splitlines())) <= 80


def test_status_says_what_is_done_failed_and_pending_and_why(tmp_path):
    def end(trial):
        if trial.seed == 0:
            return SMALL.result(trial)
        return failed(trial, FailureKind.WORKER_DIED) if trial.fold else None

    with Store.open_existing(SMALL.write(tmp_path, end)) as store:
        text = printed(lambda console: print_status(store, console))
    assert "widths-lungs: sweep widths on lungs, 12 images" in text
    assert "4 done, 2 failed, 2 pending, of 8 trials" in text
    assert "2 × worker_died: the loss became nan" in text  # noqa: RUF001


def test_a_plan_is_printed_with_its_trials_and_its_time():
    row = namedtuple("row", "label n_params n_trials steps_per_trial")
    forecast = namedtuple("forecast", "rows training_s")
    plan = forecast([row("paper_small x1 70x70x3", 1059106, 10, 75), row("gru_rows 70x70x3", 500, 10, 75)], 3725.0)
    text = printed(lambda console: print_plan(SMALL.study, plan, 2, console))
    assert "paper_small x1 70x70x3" in text
    assert "1,059,106" in text
    assert "20 trials, about 1:02:05 (h:mm:ss) with 2 at a time" in text


def test_listings_print_names_as_they_are():
    architecture = namedtuple("architecture", "name axes min_input source")
    listed = printed(
        lambda console: print_architectures([architecture("a_b", {"width": 1.0}, (10, 10), "[1] figure 3")], console)
    )
    assert "a_b" in listed
    assert "width=1.0" in listed
    assert "[1] figure 3" in listed
    assert "digits" in printed(lambda console: print_listing({"digits": "real [bold] images"}, console))
    assert "[bold]" in printed(lambda console: print_listing({"digits": "real [bold] images"}, console))
