"""Faults injected into runs at random moments: ``python -m benchmarks.faults --faults 100``.

A small sweep runs undisturbed once. Then, fault by fault, it runs in a fresh place with a fault of one kind: a process
of it is killed, its files are damaged, moved or removed, or the system refuses something. The same command then runs
again, undisturbed. A fault is survived if the first run printed no traceback, the second ended well, every row of
``trials.csv`` equals that of the undisturbed run (but for seconds, attempts and the environment), and no process, no
temporary folder and no unfinished file is left. Prints one row per kind.
"""

import argparse
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from tests.damage import DAMAGE

SWEEP = """
name = "faults"
description = "two small networks, two folds"
folds = 2
seeds = [0]
input_shape = [32, 32, 1]
controls = ["majority_class"]
[data]
source = "digits"
images = 60
[protocol]
epochs = 2
[[grid]]
architecture = "paper_small"
width = [0.0625, 0.125]
"""
CHANGING = ["train_s", "attempts", "environment_key"]
STOPPED_S = 2.0
LONGEST_S = 900.0


@dataclass(frozen=True)
class Place:
    """Where one run happens: its folders are its own."""

    root: Path
    limits: Mapping[int, int] = field(default_factory=dict)
    streams: str = ""

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self.root / "results" / "faults-digits"

    def start(self, errors: Path) -> "subprocess.Popen[bytes]":
        """Start the run; its standard error goes into a file."""
        for name in ("results", "cache", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "sweep.toml").write_text(SWEEP)
        places = {"BENCH_CACHE_DIR": str(self.root / "cache"), "TMPDIR": str(self.root / "tmp")}
        command = f"exec {sys.executable} -m bench run --sweep sweep.toml --results results --workers 2 {self.streams}"

        def limit() -> None:
            for kind, most in self.limits.items():
                resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))

        with errors.open("wb") as stderr:
            return subprocess.Popen(
                ["bash", "-c", command],
                cwd=self.root,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **places},
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                preexec_fn=limit,
            )

    def left(self) -> list[str]:
        """Processes, temporary folders and unfinished files that a run left."""
        mine = [process.pid for process in psutil.process_iter() if _is_of(process, self.root)]
        paths = [*(self.root / "tmp").glob("param-scaling-bench-*"), *self.root.rglob("*.part")]
        return [*map(str, mine), *(path.name for path in paths)]


def _is_of(process: psutil.Process, root: Path) -> bool:
    try:
        return process.environ().get("TMPDIR") == str(root / "tmp")
    except psutil.Error:  # it has ended, or is of another user
        return False


Fault = Callable[[Place, "subprocess.Popen[bytes]"], None]
"""Done to a run at a random moment."""
Damage = Callable[[Place, np.random.Generator], None]
"""Done to the files of a finished study, before it is run again."""


def signalled(number: signal.Signals, child: str, _place: Place, run: "subprocess.Popen[bytes]") -> None:
    """Send a signal to the run itself or to a process of it whose command contains a text."""
    target = psutil.Process(run.pid)
    children = [each for each in target.children(recursive=True) if child in " ".join(each.cmdline())]
    with contextlib.suppress(psutil.Error, IndexError):
        (children[-1] if child else target).send_signal(number)


def stopped_for_a_while(_place: Place, run: "subprocess.Popen[bytes]") -> None:
    """Stop the run as a suspended machine does, then let it go on."""
    run.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    run.send_signal(signal.SIGCONT)


def removed(name: str, place: Place, _run: "subprocess.Popen[bytes]") -> None:
    """Remove a folder of the run while it runs."""
    shutil.rmtree(place.root / name, ignore_errors=True)


def moved(place: Place, _run: "subprocess.Popen[bytes]") -> None:
    """Move the study's folder away."""
    with contextlib.suppress(OSError):
        place.folder.rename(place.root / "elsewhere")


DURING: dict[str, Fault] = {
    **{f"{name} to the run": partial(signalled, signal.Signals[name], "") for name in ("SIGKILL", "SIGTERM", "SIGINT")},
    "SIGHUP to the run": partial(signalled, signal.SIGHUP, ""),
    "SIGKILL to a worker": partial(signalled, signal.SIGKILL, "forkserver"),
    "SIGSEGV to a worker": partial(signalled, signal.SIGSEGV, "forkserver"),
    "SIGABRT to a worker": partial(signalled, signal.SIGABRT, "forkserver"),
    "SIGKILL to the resource tracker": partial(signalled, signal.SIGKILL, "resource_tracker"),
    "the run is stopped for 2 s": stopped_for_a_while,
    "the temporary folder is cleaned": partial(removed, "tmp"),
    "the cache is removed": partial(removed, "cache"),
    "the study's folder is removed": partial(removed, "results"),
    "the study's folder is moved": moved,
}

LIMITS: dict[str, tuple[dict[int, int], str]] = {
    "files of at most 20 kB": ({resource.RLIMIT_FSIZE: 20_000}, ""),
    "files of at most 200 kB": ({resource.RLIMIT_FSIZE: 200_000}, ""),
    "12 open files": ({resource.RLIMIT_NOFILE: 12}, ""),
    "40 open files": ({resource.RLIMIT_NOFILE: 40}, ""),
    "1.5 GB of addresses": ({resource.RLIMIT_AS: 1_500_000_000}, ""),
    "standard output is full": ({}, ">/dev/full"),
    "standard error is closed": ({}, "2>&-"),
    "standard error is full": ({}, "2>/dev/full"),
}


def _files(place: Place, pattern: str) -> list[Path]:
    return sorted(path for path in place.root.rglob(pattern) if path.is_file() and path.name != "sweep.toml")


def damaged_cache(how: str, place: Place, draw: np.random.Generator) -> None:
    """Damage one file of the cache."""
    paths = [path for path in _files(place, "cache/**/*") if path.stat().st_size > 50]
    chosen = paths[draw.integers(len(paths))]
    chosen.write_bytes(DAMAGE[how](chosen.read_bytes()))


def lost(pattern: str, place: Place, draw: np.random.Generator) -> None:
    """Remove one file of the study."""
    paths = _files(place, pattern)
    paths[draw.integers(len(paths))].unlink()


def torn_log(place: Place, draw: np.random.Generator) -> None:
    """A write-ahead log that a power cut left: random bytes."""
    place.folder.joinpath("study.sqlite-wal").write_bytes(draw.bytes(5_000))


def unfinished(place: Place, draw: np.random.Generator) -> None:
    """A hidden unfinished file of a killed process beside the cached images."""
    paths = _files(place, "cache/*.npy")
    paths[0].with_name(f".{paths[0].name}.0badf00d.part").write_bytes(draw.bytes(100))


BEFORE: dict[str, Damage] = {
    **{f"a cache file: {how}": partial(damaged_cache, how) for how in DAMAGE},
    "a table is lost": partial(lost, "*.csv"),
    "a figure is lost": partial(lost, "*.svg"),
    "a sample sheet is lost": partial(lost, "samples/*.png"),
    "a torn write-ahead log": torn_log,
    "an unfinished cache file": unfinished,
}


def run_to_end(place: Place, errors: Path, fault: Fault | None = None, after_s: float = 0.0) -> int:
    """The exit code of a run, with a fault at a moment."""
    run = place.start(errors)
    if fault is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(after_s)
        if run.poll() is None:
            fault(place, run)
    return run.wait(LONGEST_S)


def rows(place: Place) -> pd.DataFrame:
    """The rows of the study's trials that have to be equal."""
    return pd.read_csv(place.folder / "trials.csv").drop(columns=CHANGING)


def survived(place: Place, errors: Path, expected: pd.DataFrame) -> list[str]:
    """Run again, undisturbed; what is wrong with the outcome, if anything."""
    wrong = ["traceback"] if b"Traceback" in errors.read_bytes() else []
    code = run_to_end(Place(place.root), errors)
    if code:
        return [*wrong, f"the rerun ended with {code}: {errors.read_text(errors='replace').strip().splitlines()[-1:]}"]
    if not rows(place).equals(expected):
        wrong.append("other rows")
    return wrong + [f"left: {each}" for each in place.left()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; exit with 1 if a fault was not survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="kinds whose name contains this text")
    asked = parser.parse_args(arguments)
    draw = np.random.default_rng(asked.seed)
    kinds = [kind for kind in (*DURING, *LIMITS, *BEFORE) if asked.only in kind]
    ends: dict[str, list[str]] = defaultdict(list)
    failures: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        errors = Path(scratch, "errors.txt")
        whole = Place(Path(scratch, "whole"))
        started = time.monotonic()
        if code := run_to_end(whole, errors):
            raise SystemExit(f"the undisturbed run ended with {code}: {errors.read_text()}")
        whole_s, expected = time.monotonic() - started, rows(whole)
        for number in range(asked.faults):
            kind = kinds[number % len(kinds)]
            place = Place(Path(scratch, str(number)))
            if kind in DURING:
                code = run_to_end(place, errors, DURING[kind], draw.uniform(0, whole_s))
            elif kind in LIMITS:
                limits, streams = LIMITS[kind]
                code = run_to_end(Place(place.root, limits, streams), errors)
            else:
                shutil.copytree(whole.root, place.root)
                BEFORE[kind](place, draw)
                code = run_to_end(place, errors)
            ends[kind].append(str(code))
            failures[kind] += survived(place, errors, expected)
            print(f"{number + 1}/{asked.faults} {kind}: {code}; {failures[kind] or 'survived'}", file=sys.stderr)
            shutil.rmtree(place.root)
    print("| fault | times | exit codes | after the rerun |\n|---|---|---|---|")
    for kind, codes in ends.items():
        outcome = "; ".join(failures[kind]) or "equal rows, nothing left"
        print(f"| {kind} | {len(codes)} | {', '.join(sorted(set(codes)))} | {outcome} |")
    print(f"\n{sum(map(len, ends.values()))} faults of {len(ends)} kinds; an undisturbed run took {whole_s:.0f} s")
    if any(failures.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
