"""The main loop of a worker process: receive a task, run it, send back its result, until there are no more."""

import faulthandler
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class NoLog:
    """The first message of a worker that cannot open its log: the system's reason."""

    reason: str


def work(tasks: "Connection[Any, Any]", prepare: Callable[[], Any], log: Path, *, idle_s: float | None = None) -> None:
    """Serve tasks from a connection until it closes.

    Received messages are ``(function, arguments)``. The first sent message is the return value of ``prepare`` and
    signals that the worker is ready; or ``NoLog``, and the worker ends. Then the worker sends ``(value, error)`` for
    each task.

    Args:
        tasks: the worker's end of a pipe.
        prepare: sets up the runtime; called before the first task.
        log: a file that everything on standard error is appended to, lines of C++ libraries and crashes included.
        idle_s: seconds without a task after which to return; by default never.
    """
    # Ctrl-C reaches the whole process group; the parent ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 2)
    except FileNotFoundError:
        return  # the pool was closed, and its folder removed, before this process had started
    except OSError as error:
        tasks.send(NoLog(error.strerror or str(error)))
        return
    faulthandler.enable()
    parent = parent_process()
    if parent is not None:
        die_with(parent.sentinel)
    tasks.send(prepare())
    while tasks.poll(idle_s):
        try:
            message = tasks.recv_bytes()
        except EOFError:
            return
        try:
            function, arguments = pickle.loads(message)
            answer: tuple[Any, Exception | None] = (function(*arguments), None)
        except Exception as error:  # a task's exception is sent to the parent
            traceback.print_exc()
            answer = (None, _portable(error))
        tasks.send(answer)


def die_with(sentinel: int) -> None:
    """End this process when its parent ends, even in the middle of a task: its result could not be stored.

    Args:
        sentinel: a file descriptor that becomes readable when the parent ends.
    """

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _portable(error: Exception) -> Exception:
    """The exception itself if it survives pickling, otherwise its type and text as a RuntimeError."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # an exception's own pickling may raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def exit_reason(exit_code: int | None, out_of_memory: bool) -> str:
    """How a process ended, in words. ``out_of_memory``: there is evidence that the system killed it for its memory."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = ""
        if name == "SIGKILL":
            hint = " for lack of memory" if out_of_memory else " (out of memory is the usual cause)"
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process exited with code {exit_code}"


if sys.platform == "win32":
    raise ImportError("worker processes need a fork server, which Windows lacks: use WSL")
