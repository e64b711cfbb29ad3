"""``Delivery``: brings the files of tasks to the machines of Dask workers, once per machine."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.execute.crew import CrewMember
from bench.execute.node_files import NodeFile, discard, find, finish, receive
from bench.execute.scheduler_calls import UnreachableError, run_on
from bench.files import DamagedFileError

if TYPE_CHECKING:
    from distributed import Client

CHUNK_BYTES = 1 << 22
_AT_ONCE = 4


class Delivery:
    """Sends files to workers, in threads of its own.

    Args:
        files: the files that the tasks of a run need.
        client: of the cluster.
        sender: a name that no other executor has.
        arrived: called when a worker has all files, or cannot have them.
    """

    def __init__(self, files: Sequence[Path], client: "Client", sender: str, arrived: Callable[[], None]) -> None:
        self._files = [NodeFile.of(path) for path in files]
        self._client = client
        self._sender = sender
        self._arrived = arrived
        self._threads = ThreadPoolExecutor(_AT_ONCE)
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._asked: set[CrewMember] = set()
        self._is_stopped = False
        self.places: dict[CrewMember, dict[Path, Path]] = {}
        self.refusals: dict[CrewMember, str] = {}

    def places_at(self, member: CrewMember) -> dict[Path, Path] | None:
        """The path of each file at a worker; None while they are on their way, or if the worker refuses them."""
        if not self._files:
            return {}
        if member not in self._asked:
            self._asked.add(member)
            self._threads.submit(self._deliver, member)
        return self.places.get(member)

    def stop(self) -> None:
        """Send nothing more."""
        self._is_stopped = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, member: CrewMember) -> None:
        try:
            with self._turns[member.description.host]:
                found = self._call(member, find, self._files)
                places = {
                    file.path: self._send(member, file) if place is None else place
                    for file, place in zip(self._files, found, strict=True)
                }
            self.places[member] = places
        except (OSError, DamagedFileError, UnreachableError, _StoppedError) as error:
            self.refusals[member] = f"{member.description.host}: {error}"
        self._arrived()

    def _send(self, member: CrewMember, file: NodeFile) -> Path:
        try:
            with file.path.open("rb") as opened:
                offset = 0
                while chunk := opened.read(CHUNK_BYTES):
                    if self._is_stopped:
                        raise _StoppedError
                    self._call(member, receive, file, offset, chunk, self._sender)
                    offset += len(chunk)
            place: Path = self._call(member, finish, file, self._sender)
            return place
        except (OSError, _StoppedError):
            self._call(member, discard, file, self._sender)
            raise

    def _call(self, member: CrewMember, function: Callable[..., Any], *arguments: object) -> Any:
        answer = run_on(self._client, [member.address], function, *arguments).get(member.address)
        if isinstance(answer, Exception):
            raise answer
        return answer


class _StoppedError(Exception):
    """The run ended while a file was sent."""
