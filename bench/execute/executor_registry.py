"""Name -> executor. To add one, write an ``Executor`` and register a function of its name here.

Listing the names imports no backend.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from bench.execute.clusters import Cluster, local_cluster
from bench.execute.executor import Executor
from bench.execute.inline import InlineExecutor
from bench.execute.pool import PoolExecutor
from bench.named_factories import NamedFactories


class Prepare(Protocol):
    """Prepares a worker, given the number of workers. Every outcome has its return value."""

    def __call__(self, *, workers: int) -> Any:
        """Set the runtime up in this process."""
        ...


ExecutorFactory = Callable[[int, Prepare, Sequence[str]], Executor]
"""(number of workers, preparation of each, modules to import before workers are forked) -> executor."""

EXECUTORS: NamedFactories[ExecutorFactory] = NamedFactories("executor")


@EXECUTORS.register
def pool(n_workers: int, prepare: Prepare, preload: Sequence[str]) -> Executor:
    """Worker processes on this machine."""
    return PoolExecutor(n_workers, partial(prepare, workers=n_workers), preload=preload)


@EXECUTORS.register
def inline(n_workers: int, prepare: Prepare, preload: Sequence[str]) -> Executor:
    """This process, one trial after another: for debugging."""
    return InlineExecutor(partial(prepare, workers=1))


@EXECUTORS.register
def dask(n_workers: int, prepare: Prepare, preload: Sequence[str]) -> Executor:
    """The workers of a Dask cluster: of one on this machine unless another is named."""
    return dask_executor(local_cluster(n_workers), prepare)


def dask_executor(cluster: Cluster, prepare: Prepare) -> Executor:
    """The workers of this Dask cluster."""
    from bench.execute.dask_executor import DaskExecutor

    return DaskExecutor(cluster, prepare)
