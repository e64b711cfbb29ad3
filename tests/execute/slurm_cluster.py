"""A SLURM cluster of one node, started for a test and stopped after it: munged, slurmctld and slurmd."""

import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
N_CPUS = 4
"""Declared, not real: jobs of tests sleep most of the time."""


def missing_programs() -> list[str]:
    """The programs of SLURM that are not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


@contextlib.contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """A cluster with the partition ``test``, whose files are in a folder.

    Yields:
        The environment variables with which SLURM's commands find it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    key, munge_socket, configuration = folder / "munge.key", folder / "munge.socket", folder / "slurm.conf"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    configuration.write_text(_configuration(folder, munge_socket))
    environ = {
        "SLURM_CONF": str(configuration),
        "PATH": os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]),
    }
    with contextlib.ExitStack() as daemons:
        munge_files = [f"--{name}-file={folder / f'munged.{name}'}" for name in ("log", "pid", "seed")]
        munged = ("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge_socket}", *munge_files)
        daemons.enter_context(_daemon(folder, environ, *munged))
        _wait(munge_socket.exists, folder)
        daemons.enter_context(_daemon(folder, environ, "slurmctld", "-D", "-i"))
        daemons.enter_context(_daemon(folder, environ, "slurmd", "-D", "-N", "node"))
        _wait(lambda: "idle" in _output(environ, "sinfo", "--noheader", "--format=%T"), folder)
        yield environ
        _output(environ, "scancel", f"--user={getpass.getuser()}")
        _wait(lambda: not _output(environ, "squeue", "--noheader").strip(), folder)


def jobs(environ: dict[str, str]) -> list[str]:
    """The numbers of the jobs that run."""
    return _output(environ, "squeue", "--noheader", "--states=RUNNING", "--format=%i").split()


def cancel(environ: dict[str, str], job: str) -> None:
    """End a job, as its owner or the queue does."""
    _output(environ, "scancel", job)


def _configuration(folder: Path, munge_socket: Path) -> str:
    host, user = socket.gethostname(), getpass.getuser()
    controller_port, node_port = _free_port(), _free_port()
    memory_mb = 64_000
    return f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={munge_socket}
CredType=cred/munge
StateSaveLocation={folder / "state"}
SlurmdSpoolDir={folder / "spool"}
SlurmctldPidFile={folder / "slurmctld.pid"}
SlurmdPidFile={folder / "slurmd.pid"}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1
KillWait=2
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs={N_CPUS} RealMemory={memory_mb} State=UNKNOWN
PartitionName=test Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def _daemon(folder: Path, environ: dict[str, str], program: str, *arguments: str) -> Iterator[None]:
    path = shutil.which(program, path=environ["PATH"])
    assert path is not None
    for name in ("state", "spool"):
        (folder / name).mkdir(exist_ok=True)
    with (folder / f"{program}.output").open("ab") as output:
        started = subprocess.Popen(
            [path, *arguments], env={**os.environ, **environ}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _output(environ: dict[str, str], *command: str) -> str:
    return subprocess.run(
        command, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True, check=False, timeout=30
    ).stdout


def _wait(is_so: Callable[[], bool], folder: Path, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            outputs = [f"{path.name}: {path.read_text()[-1000:]}" for path in sorted(folder.glob("*.output"))]
            raise TimeoutError("\n".join(outputs))
        time.sleep(0.1)
