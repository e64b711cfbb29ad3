"""What can go wrong, as a tree.

BenchError                  bad input or a refused action: one line, exit code 2
├── SweepError              a sweep file or a ``--set`` override that does not hold
├── DataError               a data set, file or split that cannot be used
│   └── BadFileError        one image file of a data set that cannot be used: ``--skip-bad`` leaves it out
├── UnknownNameError        a name that is not registered, such as of an executor
├── NetworkOutputError      a network whose outputs are not class probabilities
├── ClaimError              a file of published claims that does not hold
├── StudyError              a study folder or store that cannot be used as asked
├── WorkerError             local processes that cannot be started
├── TimingError             a measurement that cannot be taken as asked
├── InterruptedRunError     Ctrl-C in a run: exit code 130
└── InterruptedTimingError  Ctrl-C while times are taken: exit code 130

Every message states the rule, then the value received, then the fix, in one line.
A trial that fails is not an error of the program: it is stored as FAILED (see ``records.FailureKind``).
Errors about architectures live in ``architectures.errors``, since that package knows nothing of this one.
"""

from pathlib import Path


class BenchError(Exception):
    """Bad input or a refused action; its text is the one line that the user sees."""


class SweepError(BenchError, ValueError):
    """A sweep that is malformed, names something unknown, or asks for something impossible."""


class DataError(BenchError, ValueError):
    """A data set that cannot be read, or folds that cannot be made of it."""


class UnknownNameError(BenchError, LookupError):
    """A name that is not registered."""


class NetworkOutputError(BenchError, ValueError):
    """A network whose outputs are negative or not finite, so that they are no class probabilities."""


class ClaimError(BenchError, ValueError):
    """A file of published claims that cannot be read, or does not hold."""


class BadFileError(DataError):
    """One image file that cannot be used, where the others of its data set may be.

    Args:
        problem: what is wrong with it, in a few words, such as ``no image``: files of one problem are listed together.
        message: the whole sentence, which names the file.
        cause: what a library said of it, if anything, without the path.
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


class TimingError(BenchError, ValueError):
    """A measurement that asks for cores, threads, rounds or parts that there are not."""


class InterruptedRunError(BenchError):
    """A run that was stopped by Ctrl-C, with everything that had ended stored.

    Args:
        folder: the study's folder.
        n_stored: trials with a stored result.
        n_trials: trials of the study.
    """

    def __init__(self, folder: Path, n_stored: int, n_trials: int) -> None:
        super().__init__(
            f"interrupted with {n_stored} of {n_trials} trials stored in {folder}; the same command goes on from there"
        )


class InterruptedTimingError(BenchError):
    """A timing pass that was stopped by Ctrl-C.

    Args:
        folder: the study's folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"interrupted; the measurements that had ended are stored in {folder}; the same command takes a new pass"
        )
