"""Progress of a stage on standard error: a bar on a terminal, plain lines elsewhere."""

import io
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

from bench.printable import printable

SECONDS_BETWEEN_LINES = 10.0


class Stage(Protocol):
    """One stage with a known number of items, such as the trials of a sweep."""

    def advance(self, weight: float = 1.0, *, n_items: int = 1, failed: bool = False) -> None:
        """Count items that ended together; ``weight`` is the work of each, in the stage's unit."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Progress:
    """Creates stages that print to one stream.

    Args:
        stream: standard error; None if it was closed before the program started. A stream that is lost later, such as
            by ``2> >(head -1)`` or a closed terminal, ends the lines and not the run.
        clock: seconds, monotonic.
    """

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = io.StringIO() if stream is None else _LosableStream(stream)
        self._clock = clock

    def stage(self, title: str, n_items: int, total_weight: float | None = None) -> Stage:
        """A stage of ``n_items`` whose weights sum to ``total_weight``. By default each weight is 1."""
        tally = Tally(title, n_items, float(n_items) if total_weight is None else total_weight, self._clock)
        return _BarStage(tally, self._stream) if self._stream.isatty() else _LineStage(tally, self._stream)

    def say(self, line: str) -> None:
        """Print one line."""
        self._stream.write(printable(line) + "\n")
        self._stream.flush()


class _LosableStream(io.StringIO):
    """Writes to a stream until a write fails, then to nowhere."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream: TextIO | None = stream

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        return super().fileno() if self._stream is None else self._stream.fileno()

    def write(self, text: str) -> int:
        if self._stream is not None:
            try:
                self._stream.write(text)
            except OSError:
                self._stream = None
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            try:
                self._stream.flush()
            except OSError:
                self._stream = None


def quiet() -> Progress:
    """A ``Progress`` that prints nothing: its lines stay in memory."""
    return Progress(io.StringIO())


class Tally:
    """Counts the items of a stage, and estimates the time left."""

    def __init__(self, title: str, n_items: int, total_weight: float, clock: Callable[[], float]) -> None:
        self.title = title
        self.n_items = n_items
        self.n_ended = 0
        self.n_failed = 0
        self.clock = clock
        self.started = clock()
        self._total_weight = total_weight
        self._ended_weight = 0.0

    def count(self, weight: float, *, n_items: int, failed: bool) -> None:
        """Add items that ended together."""
        self.n_ended += n_items
        self.n_failed += n_items * failed
        self._ended_weight += n_items * weight

    def details(self) -> str:
        """Failures, rate and remaining time, as text."""
        elapsed_s = self.clock() - self.started
        parts = [f"{self.n_failed} failed"] if self.n_failed else []
        if self.n_ended and elapsed_s > 0:
            rate = self.n_ended / elapsed_s
            parts.append(f"{rate:.1f}/s" if rate >= 1 else f"{1 / rate:.1f} s each")
            if self.n_ended < self.n_items and self._ended_weight > 0:
                left_s = elapsed_s * (self._total_weight - self._ended_weight) / self._ended_weight
                parts.append(f"{duration(max(1.0, left_s))} left")
            else:
                parts.append(f"took {duration(elapsed_s)}")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as text: ``8 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class _LineStage:
    """Prints at most one line per ``SECONDS_BETWEEN_LINES``, and one at the end."""

    def __init__(self, tally: Tally, stream: TextIO) -> None:
        self._tally = tally
        self._stream = stream
        self._last_line_at = tally.started

    def advance(self, weight: float = 1.0, *, n_items: int = 1, failed: bool = False) -> None:
        self._tally.count(weight, n_items=n_items, failed=failed)
        now = self._tally.clock()
        if now - self._last_line_at >= SECONDS_BETWEEN_LINES or self._tally.n_ended == self._tally.n_items:
            self._last_line_at = now
            tally = self._tally
            self._stream.write(f"{tally.title}: {tally.n_ended}/{tally.n_items}, {tally.details()}\n")
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Does nothing, since nothing is open."""


class _BarStage:
    def __init__(self, tally: Tally, stream: TextIO) -> None:
        self._tally = tally
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[details]}"),
            console=Console(file=stream),
        )
        self._item = self._bar.add_task(tally.title, total=tally.n_items, details="")

    def advance(self, weight: float = 1.0, *, n_items: int = 1, failed: bool = False) -> None:
        self._tally.count(weight, n_items=n_items, failed=failed)
        self._bar.update(self._item, advance=n_items, details=self._tally.details())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
