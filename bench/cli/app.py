"""The program: its exit codes, and one-line error messages.

Exit codes: 0 done, 1 some trials or timings failed or a check failed, 2 bad input, 3 severe findings under
``audit --strict``, 4 the machine refused something, 130 interrupted.
"""

import contextlib
import io
import os
import signal
import sys
from typing import Annotated, NoReturn, TextIO

import typer

import bench
from bench.errors import BenchError, InterruptedRunError, InterruptedTimingError
from bench.printable import printable

EXIT_SOME_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_SEVERE_FINDINGS = 3
EXIT_MACHINE_REFUSED = 4
EXIT_INTERRUPTED = 130

_MEMORY = "memory: there is not enough; use fewer --workers, fewer or smaller images, or a smaller batch"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"param-scaling-bench {bench.__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Measure accuracy, loss and ms/step of image classifiers against their parameter count."""


def main() -> None:
    """Run the command line; every expected error becomes one line on standard error and an exit code.

    SIGTERM is taken as Ctrl-C: results are kept, workers end, temporary folders are removed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _open_standard_streams()
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        sys.stdout.flush()  # here, so that a failure is one line too
    except (InterruptedRunError, InterruptedTimingError) as stop:
        _fail(str(stop), EXIT_INTERRUPTED)
    except typer.TyperException as misuse:
        message = misuse.format_message().rstrip(".").replace("Value error, ", "")  # the prefix is pydantic's
        context = getattr(misuse, "ctx", None)
        hint = f"; see {context.command_path} --help" if context else ""
        _fail(f"error: {message}{hint}", EXIT_BAD_INPUT)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else "a read or write: "
        _give_up(f"{place}{error.strerror or error}; free space or change limits or permissions")
    except MemoryError:
        _give_up(_MEMORY)
    except Exception as error:
        if isinstance(error, ImportError) and "failed to map segment" in str(error):  # the linker's words
            _give_up(_MEMORY)
        from architectures.errors import ArchitectureError  # takes 0.1 s, which --help does not need

        if not isinstance(error, BenchError | ArchitectureError):
            raise
        _fail(f"error: {error}", EXIT_BAD_INPUT)
    if code == EXIT_INTERRUPTED:  # typer's code for Ctrl-C
        _fail("interrupted; rerun the same command to resume", EXIT_INTERRUPTED)
    _end(code)


def _open_standard_streams() -> None:
    """Open closed standard streams to nowhere, so that no other file or pipe takes their numbers.

    Characters that the terminal's encoding lacks, and bytes of file names that are no text, are written as escapes.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _give_up(refused: str) -> NoReturn:
    """End because the machine refused something, such as a write to standard output."""
    _discard(sys.stdout)
    _fail(f"error: the machine refused {refused}; then rerun the same command to resume", EXIT_MACHINE_REFUSED)


def _fail(line: str, code: int) -> NoReturn:
    if sys.stderr is not None:  # None if it was closed before the start
        try:
            sys.stderr.write(printable(" ".join(line.split())) + "\n")
            sys.stderr.flush()
        except OSError:
            pass  # lost: the exit code is all that is left to say
    _end(code)


def _end(code: int | None) -> NoReturn:
    """Exit. What Python's own clean-up then prints, such as of a temporary folder that was cleaned, is discarded."""
    _discard(sys.stderr)
    sys.exit(code)


def _discard(stream: TextIO | None) -> None:
    """Send what is left of a stream nowhere: Python flushes it at its exit, and a failure then is exit code 120."""
    if stream is not None:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
