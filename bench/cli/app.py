"""The program: its exit codes, and one-line error messages.

Exit codes: 0 done, 1 some trials or timings failed or a check failed, 2 bad input, 3 severe findings under
``audit --strict``, 130 interrupted.
"""

import sys
from typing import Annotated, NoReturn

import typer

import bench
from bench.errors import BenchError, InterruptedRunError, InterruptedTimingError

EXIT_SOME_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_SEVERE_FINDINGS = 3
EXIT_INTERRUPTED = 130

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
    """Run the command line; every expected error becomes one line on standard error and an exit code."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except (InterruptedRunError, InterruptedTimingError) as stop:
        _fail(str(stop), EXIT_INTERRUPTED)
    except typer.TyperException as misuse:
        message = misuse.format_message().rstrip(".").replace("Value error, ", "")  # the prefix is pydantic's
        context = getattr(misuse, "ctx", None)
        hint = f"; see {context.command_path} --help" if context else ""
        _fail(f"error: {message}{hint}", EXIT_BAD_INPUT)
    except Exception as error:
        from architectures.errors import ArchitectureError  # takes 0.1 s, which --help does not need

        if not isinstance(error, BenchError | ArchitectureError):
            raise
        _fail(f"error: {error}", EXIT_BAD_INPUT)
    if code == EXIT_INTERRUPTED:  # typer's code for Ctrl-C
        _fail("interrupted; rerun the same command to resume", EXIT_INTERRUPTED)
    sys.exit(code)


def _fail(line: str, code: int) -> NoReturn:
    sys.stderr.write(" ".join(line.split()) + "\n")
    sys.exit(code)
