"""The errors that a user can see, as a tree of classes.

BenchError                  bad input or a refused action: one line, exit code 2
├── SweepError              an invalid sweep file or ``--set`` override
├── DataError               a data set, file or split that cannot be used
│   └── BadFileError        one image file of a data set that cannot be used: ``--skip-bad`` leaves it out
├── UnknownNameError        a name that is not registered, such as of an executor
├── NetworkOutputError      a network whose outputs are not class probabilities
├── ClaimError              an invalid file of published claims
├── StudyError              a study folder or store that cannot be used as asked
├── WorkerError             local processes that cannot be started
├── TimingError             a measurement that cannot be taken as asked
├── ModelFolderError        an exported model that cannot be written or used as asked
├── InterruptedRunError     Ctrl-C in a run: exit code 130
└── InterruptedTimingError  Ctrl-C while times are taken: exit code 130

Every message states the rule, then the value received, then the fix, in one line.
A failed trial is not an error of the program: it is stored as FAILED (see ``records.FailureKind``).
Errors about architectures are in ``architectures.errors``, since that package does not import this one.
"""

from pathlib import Path


class BenchError(Exception):
    """Bad input or a refused action. Its text is the line that the user sees."""


class SweepError(BenchError, ValueError):
    """A sweep that is malformed, names something unknown, or asks for something impossible."""


class DataError(BenchError, ValueError):
    """A data set that cannot be read or divided into folds."""


class UnknownNameError(BenchError, LookupError):
    """A name that is not registered."""


class NetworkOutputError(BenchError, ValueError):
    """A network whose outputs are not class probabilities: negative or not finite."""


class ClaimError(BenchError, ValueError):
    """A file of published claims that cannot be read or is invalid."""


class BadFileError(DataError):
    """One image file that cannot be used. The other files of its data set may be usable.

    Args:
        problem: the problem in a few words, such as ``no image``. Files with the same problem are listed together.
        message: the whole sentence, which names the file.
        cause: the library's message without the path, if there is one.
    """

    def __init__(self, problem: str, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.problem = problem
        self.cause = cause

    def __reduce__(self) -> tuple[type["BadFileError"], tuple[str, str, str]]:
        return type(self), (self.problem, str(self), self.cause)


class StudyError(BenchError, RuntimeError):
    """A study folder that cannot be created, opened, locked or resumed."""


class WorkerError(BenchError, RuntimeError):
    """Worker processes that cannot be started."""


class TableError(BenchError, ValueError):
    """A table of results that cannot be imported."""


class TimingError(BenchError, ValueError):
    """A measurement that asks for cores, threads, rounds or parts that do not exist."""


class ModelFolderError(BenchError, RuntimeError):
    """An exported model's folder that cannot be written, read or used."""


class InterruptedRunError(BenchError):
    """A run that was stopped by Ctrl-C. Every finished trial is stored.

    Args:
        folder: the study's folder.
        n_stored: trials with a stored result.
        n_trials: trials of the study.
    """

    def __init__(self, folder: Path, n_stored: int, n_trials: int) -> None:
        super().__init__(
            f"interrupted with {n_stored} of {n_trials} trials stored in {folder}; rerun the same command to resume"
        )


class InterruptedTimingError(BenchError):
    """A timing pass that was stopped by Ctrl-C.

    Args:
        folder: the study's folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"interrupted; finished measurements are stored in {folder}; rerun the same command to start a new pass"
        )
