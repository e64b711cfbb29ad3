"""What a worker process does: take a task, run it, send back what came of it, until there is none."""

import faulthandler
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any


def work(tasks: "Connection[Any, Any]", prepare: Callable[[], None], log: Path) -> None:
    """Serve tasks from a connection until it closes.

    Messages received are ``(function, arguments)``; messages sent are one to say that the worker is ready, then
    ``(value, error)`` for each task.

    Args:
        tasks: the worker's end of a pipe.
        prepare: sets the runtime up, before the first task.
        log: a file that standard error (TensorFlow's, C++'s, a crash's) is appended to.
    """
    # Ctrl-C reaches the whole process group; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 2)
    except FileNotFoundError:
        return  # the pool was closed, and its folder removed, before this process had started
    faulthandler.enable()
    _die_with_parent()
    prepare()
    tasks.send("ready")
    while True:
        try:
            function, arguments = tasks.recv()
        except EOFError:
            return
        try:
            answer: tuple[Any, Exception | None] = (function(*arguments), None)
        except Exception as error:  # the seam: a task's exception travels to the parent
            traceback.print_exc()
            answer = (None, _portable(error))
        tasks.send(answer)


def _die_with_parent() -> None:
    """End this process the moment the parent is gone, even in the middle of a task: its result could not be stored."""
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _portable(error: Exception) -> Exception:
    """The exception itself where it survives pickling, otherwise its type and text as a RuntimeError."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever an exception's own pickling raises
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def exit_reason(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = " (out of memory is the usual cause)" if name == "SIGKILL" else ""
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process exited with code {exit_code}"


if sys.platform == "win32":
    raise ImportError("worker processes need a fork server, which Windows lacks: use WSL")
