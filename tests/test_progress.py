import io

import pytest

from bench.progress import SECONDS_BETWEEN_LINES, Progress, duration


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_come_at_intervals_and_at_the_end_with_failures_rate_and_time_left() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock).stage("training", 4, total_weight=8.0) as stage:
        clock.now = SECONDS_BETWEEN_LINES
        stage.advance(4.0)
        clock.now += 1
        stage.advance(2.0, failed=True)
        clock.now += SECONDS_BETWEEN_LINES
        stage.advance(1.0)
        clock.now += 1
        stage.advance(1.0)

    assert stream.getvalue().splitlines() == [
        # Half of the work took 10 s, so the other half is expected to.
        "training: 1/4, 10.0 s each, 10 s left",
        "training: 3/4, 1 failed, 7.0 s each, 3 s left",
        "training: 4/4, 1 failed, 5.5 s each, took 22 s",
    ]


def test_the_time_left_is_never_0_while_items_remain() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock).stage("training", 66, total_weight=1e12 + 14) as stage:
        clock.now = 60.0
        stage.advance(1e12 / 52, n_items=52)

    assert stream.getvalue().splitlines()[-1].endswith("1 s left")


def test_items_that_end_together_are_counted_one_by_one() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock).stage("searching", 400) as stage:
        clock.now = SECONDS_BETWEEN_LINES
        stage.advance(n_items=100)

    assert stream.getvalue() == "searching: 100/400, 10.0/s, 30 s left\n"


def test_no_escape_sequences_reach_a_stream_that_is_no_terminal() -> None:
    stream = io.StringIO()
    with Progress(stream).stage("decoding", 1) as stage:
        stage.advance()

    assert "\x1b" not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_that_ends_at_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(stream).stage("training", 2) as stage:
        stage.advance()
        stage.advance()

    assert "training" in stream.getvalue()
    assert "2/2" in stream.getvalue()


@pytest.mark.parametrize(("seconds", "words"), [(8.4, "8 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_durations_are_said_as_a_person_would(seconds: float, words: str) -> None:
    assert duration(seconds) == words


class _Lost(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_lost_stream_ends_the_lines_and_not_the_run() -> None:
    for stream in (_Lost(), None):
        progress = Progress(stream)
        progress.say("a line")
        with progress.stage("training", 2) as stage:
            stage.advance()
            stage.advance()


def test_a_lost_terminal_ends_the_bar_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Lost()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    with Progress(stream).stage("training", 1) as stage:
        stage.advance()


def test_a_line_shows_control_characters_of_a_file_name_instead_of_obeying_them() -> None:
    stream = io.StringIO()
    Progress(stream).say("left out: a\x1b[2Jb.png")
    assert stream.getvalue() == "left out: a\\x1b[2Jb.png\n"
