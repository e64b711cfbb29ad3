"""The program in ``predict.pyz``: predicts files with the model in its own folder."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from bench.errors import BenchError
from bench.predict.many_files import named_files, predict_files
from bench.predict.output import text_line, write_csv
from bench.predict.predictor import Predictor, Unusable
from bench.printable import printable

_SECONDS_BETWEEN_LINES = 10.0


def main() -> None:
    """Parse the arguments, predict, print one line per file. Exit codes are those of ``bench.cli.app``."""
    parser = argparse.ArgumentParser(
        prog="predict.pyz", description="Predict the classes of image files with the model in this folder."
    )
    parser.add_argument("files", nargs="+", type=Path, help="image files, or folders of them")
    parser.add_argument("--csv", type=Path, help="write a table instead of lines")
    arguments = parser.parse_args()
    try:
        sys.exit(_predict(Path(sys.argv[0]).resolve().parent, arguments.files, arguments.csv))
    except BenchError as error:
        _fail(f"error: {error}", 2)
    except OSError as error:
        _fail(f"error: the machine refused {error.filename or 'a read or write'}: {error.strerror or error}", 4)
    except KeyboardInterrupt:
        _fail("interrupted", 130)


def _fail(line: str, code: int) -> NoReturn:
    print(printable(line), file=sys.stderr)
    sys.exit(code)


def _predict(folder: Path, paths: list[Path], table: Path | None) -> int:
    predictor = Predictor(folder)
    files = list(named_files(paths))
    lines_are_seen = table is None and sys.stdout.isatty()
    predictions = predict_files(predictor, files, (lambda: None) if lines_are_seen else _progress(len(files)))
    any_unusable = False
    with contextlib.ExitStack() as stack:
        if table is not None:
            file = stack.enter_context(table.open("w", encoding="utf-8", newline=""))
            predictions = write_csv(predictions, predictor.model.classes, file)
        for predicted in predictions:
            any_unusable |= isinstance(predicted, Unusable)
            if table is None or isinstance(predicted, Unusable):
                print(text_line(predicted), file=sys.stderr if isinstance(predicted, Unusable) else sys.stdout)
    return int(any_unusable)


def _progress(n_files: int) -> Callable[[], None]:
    n_done, said_at = 0, time.monotonic()

    def advance() -> None:
        nonlocal n_done, said_at
        n_done += 1
        if n_done == n_files or time.monotonic() - said_at >= _SECONDS_BETWEEN_LINES:
            said_at = time.monotonic()
            print(f"predicting: {n_done}/{n_files}", file=sys.stderr)

    return advance
