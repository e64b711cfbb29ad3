import errno
import gc
import itertools
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from bench.errors import WorkerError
from bench.execute import PoolExecutor, Task


def nothing() -> None:
    pass


def fail_to_prepare() -> None:
    raise RuntimeError("no runtime here")


class UnpicklableError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)


def raise_unpicklable() -> None:
    raise UnpicklableError(3, "two arguments, one kept")


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_self_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second attempt"


def sleep_forever(marker: Path) -> None:
    marker.write_text(str(os.getpid()))
    time.sleep(600)


def test_a_task_whose_worker_is_killed_once_is_tried_again_and_succeeds(tmp_path: Path) -> None:
    with PoolExecutor(1, nothing) as pool:
        (outcome,) = pool.run([Task(kill_self_once, (tmp_path / "tried",))])

    assert outcome.value == "second attempt"
    assert outcome.attempts == 2


@pytest.mark.parametrize("rises", [False, True])
def test_a_killed_worker_lacked_memory_only_if_the_system_counted_a_kill_for_memory_meanwhile(
    monkeypatch: pytest.MonkeyPatch, rises: bool
) -> None:
    n_kills = itertools.count(4) if rises else itertools.repeat(4)
    monkeypatch.setattr("bench.execute.pool.count_oom_kills", lambda: next(n_kills))
    with PoolExecutor(1, nothing) as pool:
        (outcome,) = pool.run([Task(kill_self)])

    assert outcome.death is not None
    assert outcome.death.out_of_memory is rises
    assert ("for lack of memory" in outcome.death.reason) is rises


def test_a_task_whose_worker_is_killed_twice_ends_with_the_reason_and_the_others_go_on() -> None:
    with PoolExecutor(2, nothing) as pool:
        outcomes = {o.index: o for o in pool.run([Task(kill_self), *[Task(os.getpid)] * 5])}

    assert outcomes[0].attempts == 2
    assert outcomes[0].death is not None
    assert "SIGKILL" in outcomes[0].death.reason
    assert all(outcomes[i].value for i in range(1, 6))


def test_an_exception_that_cannot_be_pickled_arrives_with_its_type_and_text() -> None:
    with PoolExecutor(1, nothing) as pool:
        (outcome,) = pool.run([Task(raise_unpicklable)])

    assert str(outcome.error) == "UnpicklableError: two arguments, one kept"


def test_a_worker_that_cannot_start_is_an_error_with_its_last_line_and_not_an_endless_respawn() -> None:
    with (
        PoolExecutor(1, fail_to_prepare) as pool,
        pytest.raises(WorkerError, match=r"must start before it can take a trial.*no runtime here"),
    ):
        list(pool.run([Task(os.getpid)]))


def prepare_unless_third(marker: Path) -> None:
    """Fails once, in the second process that is started: the one that replaces a worker."""
    n_started = int(marker.read_text()) + 1 if marker.exists() else 1
    marker.write_text(str(n_started))
    if n_started == 2:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_replacement_that_dies_before_it_is_ready_is_replaced_in_turn(tmp_path: Path) -> None:
    with PoolExecutor(1, partial(prepare_unless_third, tmp_path / "starts")) as pool:
        (outcome,) = pool.run([Task(kill_self_once, (tmp_path / "tried",))])

    assert (outcome.value, outcome.attempts) == ("second attempt", 2)


def send_half_a_message_and_die() -> None:
    """What a SIGKILL in the middle of sending a result leaves in the pipe: a length and too few bytes."""
    connections = [
        each for each in gc.get_objects() if isinstance(each, Connection) and each.writable and each.readable
    ]
    (ours,) = [each.fileno() for each in connections if not each.closed]
    os.write(ours, struct.pack("!i", 1000) + b"too few")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_killed_while_it_sends_costs_its_task_an_attempt_and_not_the_run() -> None:
    with PoolExecutor(2, nothing) as pool:
        outcomes = {o.index: o for o in pool.run([Task(send_half_a_message_and_die), *[Task(os.getpid)] * 3])}

    assert outcomes[0].death is not None
    assert outcomes[0].attempts == 2
    assert all(outcomes[i].value for i in (1, 2, 3))


def test_what_tasks_write_to_standard_error_is_in_the_log_and_not_on_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with PoolExecutor(1, nothing) as pool:
        list(pool.run([Task(raise_unpicklable)]))
        log = pool.log()

    assert "UnpicklableError" in log
    assert capfd.readouterr().err == ""


def test_a_pool_without_workers_is_refused() -> None:
    with pytest.raises(WorkerError, match="received 0"):
        PoolExecutor(0, nothing)


def test_leaving_the_block_in_the_middle_ends_the_workers(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    with PoolExecutor(1, nothing) as pool:
        outcomes = pool.run([Task(os.getpid), Task(sleep_forever, (marker,))])
        next(outcomes)
        pid = int(_wait_for(marker))

    assert not psutil.pid_exists(pid)


PARENT = """
import sys
from pathlib import Path
from tests.execute.test_pool import nothing, sleep_forever
from bench.execute import PoolExecutor, Task
if __name__ == "__main__":
    with PoolExecutor(1, nothing) as pool:
        list(pool.run([Task(sleep_forever, (Path(sys.argv[1]),))]))
"""


def test_a_worker_in_the_middle_of_a_task_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script, marker = tmp_path / "parent.py", tmp_path / "pid"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(marker)], env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    worker = psutil.Process(int(_wait_for(marker)))

    parent.kill()
    parent.wait()

    worker.wait(timeout=20)


def _wait_for(marker: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if marker.exists() and (text := marker.read_text()):
            return text
        time.sleep(0.05)
    raise TimeoutError(marker)


def test_where_the_fork_server_cannot_start_workers_are_spawned(tmp_path: Path) -> None:
    # A socket's path has room for some 100 characters, and the fork server's lies in the temporary folder.
    too_long = tmp_path / ("x" * 120)
    too_long.mkdir()
    program = (
        "from bench.execute import PoolExecutor, Task; import os\n"
        "if __name__ == '__main__':\n"
        "    with PoolExecutor(1, int) as pool:\n"
        "        (outcome,) = pool.run([Task(os.getppid)])\n"
        "        print(outcome.value == os.getpid(), type(pool._context).__name__)\n"
    )
    script = tmp_path / "spawns.py"
    script.write_text(program)
    finished = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "TMPDIR": str(too_long), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.stdout.split() == ["True", "SpawnContext"], finished.stderr


@pytest.mark.parametrize("error", [EOFError(), OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))])
def test_a_process_that_the_system_refuses_to_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(self: BaseProcess) -> None:
        raise error

    monkeypatch.setattr(BaseProcess, "start", refuse)
    with PoolExecutor(1, nothing) as pool, pytest.raises(WorkerError, match="the system refused: ") as refused:
        list(pool.run([Task(os.getpid)]))
    assert "\n" not in str(refused.value)
    assert "use fewer --workers" in str(refused.value)


def remove_temporary_folder_and_die(place: Path) -> None:
    shutil.rmtree(place)
    kill_self()


def test_a_temporary_folder_that_is_cleaned_during_a_run_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with PoolExecutor(1, nothing) as pool:
        (scratch,) = (path for path in tmp_path.iterdir() if path.name.startswith("param-scaling-bench-"))
        with pytest.raises(WorkerError, match=rf"{scratch.name} was removed; set TMPDIR"):
            list(pool.run([Task(remove_temporary_folder_and_die, (scratch,))]))


def test_a_worker_that_cannot_open_its_log_says_what_refused_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with PoolExecutor(1, nothing) as pool:
        (scratch,) = (path for path in tmp_path.iterdir() if path.name.startswith("param-scaling-bench-"))
        (scratch / "worker.log").unlink(missing_ok=True)
        (scratch / "worker.log").mkdir()
        with pytest.raises(WorkerError, match=r"worker\.log could not be opened: Is a directory; .*set TMPDIR"):
            list(pool.run([Task(os.getpid)]))


def test_what_the_fork_server_writes_is_in_the_log_and_not_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text("import sys; print('loud', file=sys.stderr, flush=True)")
    script = tmp_path / "starts.py"
    script.write_text(
        "from bench.execute import PoolExecutor, Task\n"
        "if __name__ == '__main__':\n"
        "    with PoolExecutor(1, int, preload=['loud']) as pool:\n"
        "        list(pool.run([Task(int)]))\n"
        "        print(pool.log().strip())\n"
    )
    finished = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (finished.stdout, finished.stderr) == ("loud\n", "")
