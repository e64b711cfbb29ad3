"""Calls to a Dask scheduler that end: each raises ``UnreachableError`` instead of waiting for a lost scheduler."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from distributed import Client, Future

CALL_S = 30.0
"""How long a call may take."""

ValueT = TypeVar("ValueT")


class UnreachableError(Exception):
    """The scheduler, or the worker that was asked through it, did not answer."""


def listed_workers(client: "Client") -> dict[str, dict[str, Any]]:
    """What the scheduler knows about each worker, by address."""

    async def ask() -> dict[str, dict[str, Any]]:
        if client.scheduler is None:
            raise ConnectionError
        identity = await client.scheduler.identity(n_workers=-1)
        workers: dict[str, dict[str, Any]] = identity["workers"]
        return workers

    return _call(client, ask)


def run_on(
    client: "Client", addresses: Sequence[str], function: Callable[..., Any], *arguments: object
) -> dict[str, Any]:
    """Call a function in workers, beside their tasks.

    Returns:
        By address, the value or the exception; a worker that has left is missing or has an ``OSError``.
    """

    async def ask() -> dict[str, Any]:
        answers: dict[str, Any] = await client.run(function, *arguments, workers=list(addresses), on_error="return")
        return answers

    return _call(client, ask)


def gathered(client: "Client", futures: "Sequence[Future[ValueT]]") -> list[ValueT]:
    """The values of futures that have finished. An answer that was lost with its worker is not waited for."""

    async def ask() -> list[ValueT]:
        values: list[ValueT] = await client.gather(list(futures))
        return values

    return _call(client, ask)


def _call(client: "Client", ask: Callable[[], Awaitable[ValueT]]) -> ValueT:
    if client.scheduler is None:
        raise UnreachableError("it is not connected")
    with _reaching():
        value: ValueT = client.sync(ask, callback_timeout=CALL_S)
        return value


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (OSError, CancelledError, RuntimeError) as error:  # RuntimeError: the client has closed its connections
        raise UnreachableError(str(error)) from error
