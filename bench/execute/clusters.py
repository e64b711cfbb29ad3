"""Where Dask workers come from: a running cluster, one that a file describes, or one on this machine."""

import contextlib
import importlib
import importlib.util
import logging
import os
import signal
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.errors import WorkerError
from bench.execute.scheduler_calls import CALL_S

if TYPE_CHECKING:
    from distributed import Client


_MOST_CHARACTERS = 400
_LOGGERS = ("distributed", "tornado.application", "asyncio")
"""What they report reaches the executor as exceptions, or is repaired by it."""


class Connection(Protocol):
    """A client of a Dask cluster, and the means to end both."""

    @property
    def client(self) -> "Client":
        """The client."""
        ...

    def keep(self, n_workers: int) -> None:
        """Ask the cluster for this number of workers, in place of those that ended."""
        ...

    def close(self) -> None:
        """Close the client, and the cluster if it was started here."""
        ...


class Cluster(Protocol):
    """A Dask cluster that can be connected to."""

    @property
    def name(self) -> str:
        """What it is, for messages."""
        ...

    @property
    def n_workers(self) -> int | None:
        """The number of workers to use; None for all that it has."""
        ...

    @property
    def wait_s(self) -> float:
        """How many seconds a run waits while the cluster has no worker."""
        ...

    def connect(self) -> Connection:
        """Start the cluster if it does not run yet, and connect to it.

        Raises:
            WorkerError: it cannot be started, or its scheduler does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class RunningCluster:
    """A cluster that somebody started, by the address of its scheduler, such as ``tcp://login1:8786``."""

    address: str
    n_workers: int | None = None
    wait_s: float = 60.0

    @property
    def name(self) -> str:
        """The address."""
        return self.address

    def connect(self) -> Connection:
        """See ``Cluster``."""
        _require_distributed()
        from distributed import Client

        _silence()
        try:
            return _Connected(Client(self.address, timeout=CALL_S, set_as_default=False))
        except (OSError, ValueError) as error:
            raise WorkerError(
                f"a Dask scheduler must answer within {CALL_S:.0f} s; {self.address}: {_one_line(error)}; "
                "start it with: dask scheduler"
            ) from error


@dataclass(frozen=True, slots=True)
class StartedCluster:
    """A cluster that the run starts and ends: an instance of a class of Dask, with its own options."""

    class_path: str
    options: dict[str, Any]
    n_workers: int
    wait_s: float

    @property
    def name(self) -> str:
        """The class."""
        return self.class_path

    def connect(self) -> Connection:
        """See ``Cluster``."""
        _require_distributed()
        from distributed import Client, SpecCluster

        module, _, class_name = self.class_path.rpartition(".")
        try:
            make = getattr(_imported(module), class_name)
        except (ImportError, AttributeError) as error:
            raise WorkerError(
                f"the class of a cluster must be installed; received {self.class_path}: {error}; "
                f"python -m pip install {module.partition('.')[0].replace('_', '-')}"
            ) from error
        _silence()
        try:
            with _without_ctrl_c():
                cluster = make(**self.options)
            if isinstance(cluster, SpecCluster):
                cluster.sync(_scale, cluster, self.n_workers)
            else:
                cluster.scale(self.n_workers)
            return _Connected(Client(cluster, timeout=CALL_S, set_as_default=False), cluster)
        except Exception as error:  # whatever the class of the cluster raises
            raise WorkerError(
                f"a cluster must start; {self.class_path} did not: {_one_line(error)}; change its options"
            ) from error


def local_cluster(n_workers: int) -> StartedCluster:
    """A cluster of worker processes on this machine."""
    options = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": ":0"}
    return StartedCluster("distributed.LocalCluster", options, n_workers, wait_s=60.0)


class _ClusterFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    class_path: str = Field(alias="class", pattern=r"^\w+(\.\w+)+$")
    workers: int = Field(default=1, ge=1)
    wait_minutes: float = Field(default=60.0, gt=0.0)
    options: dict[str, Any] = {}


def cluster_of_file(path: Path, n_workers: int | None) -> StartedCluster:
    """The cluster that a TOML or YAML file describes.

    Its keys are ``class``, ``workers``, ``wait_minutes`` and ``options``, the keyword arguments of the class.

    Args:
        path: ends in ``.toml``, ``.yaml`` or ``.yml``.
        n_workers: replaces the file's number of workers.

    Raises:
        WorkerError: the file cannot be read, or a key or value in it is invalid.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix == ".toml" else _yaml(text)
        file = _ClusterFile.model_validate(document)
    except OSError as error:
        raise WorkerError(f"a cluster file must be readable; {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise WorkerError(
            f"{path}: {key}: {first['msg']}; a cluster file has the keys class, workers, wait_minutes and options"
        ) from error
    except ValueError as error:
        raise WorkerError(f"{path}: not valid {path.suffix.lstrip('.').upper()}: {_one_line(error)}") from error
    return StartedCluster(file.class_path, file.options, n_workers or file.workers, file.wait_minutes * 60)


def chosen_cluster(
    executor: str, scheduler: str | None, file: str | os.PathLike[str] | None, n_workers: int | None
) -> Cluster | None:
    """The cluster that the options of a command choose; None if they choose none.

    Args:
        executor: the name of the executor.
        scheduler: the address of a scheduler.
        file: a file for ``cluster_of_file``.
        n_workers: the number of workers; by default the file's, or all workers of the scheduler.

    Raises:
        WorkerError: the options contradict each other, or the file is invalid.
    """
    if scheduler is None and file is None:
        return None
    option = "--scheduler" if file is None else "--cluster"
    if executor != "dask":
        raise WorkerError(f"{option} needs --executor dask; received --executor {executor}; add --executor dask")
    if scheduler is not None and file is not None:
        raise WorkerError("a cluster is named once; received --scheduler and --cluster; leave one out")
    if file is not None:
        return cluster_of_file(Path(file), n_workers)
    return RunningCluster(str(scheduler), n_workers)


def _yaml(text: str) -> Any:
    _require_distributed()
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


class _Connected:
    def __init__(self, client: "Client", cluster: Any = None) -> None:
        self.client = client
        self._cluster = cluster

    def keep(self, n_workers: int) -> None:
        if self._cluster is not None:
            self._cluster.scale(n_workers)

    def close(self) -> None:
        self.client.close()
        if self._cluster is not None:
            self._cluster.close()


def _imported(module: str) -> ModuleType:
    """The module, without the handlers of Ctrl-C and SIGTERM that importing dask-jobqueue installs."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    imported = importlib.import_module(module)
    for number, handler in handlers.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)
    return imported


def _require_distributed() -> None:
    if importlib.util.find_spec("distributed") is None:
        raise WorkerError(
            '--executor dask needs Dask, which is not installed; python -m pip install "param-scaling-bench[cluster]"'
        )


def _silence() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


async def _scale(cluster: Any, n_workers: int) -> None:
    cluster.scale(n_workers)
    await cluster._correct_state()  # raises what a refused submission of jobs said; scale() only logs it


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C from threads that the block starts, and so from the worker processes that these start.

    It reaches the whole process group, and the driver ends the workers.
    """
    resource_tracker.ensure_running()  # otherwise a thread that starts a process starts it too, and unblocks Ctrl-C
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:_MOST_CHARACTERS] or type(error).__name__
