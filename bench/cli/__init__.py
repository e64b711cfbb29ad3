"""The command line. A command parses its options, calls the Python API, prints, and sets the exit code.

Each command is in a file of its own name: run, time, audit, status, report, analyse, compare, power, determinism,
publish, paper, open, site, export, predict, ensemble, import, list, show, size. Python reserves
``import``, so its file is ``import_.py``. The other files:

app.py       the program, its exit codes, one-line error messages
options.py   the options that several commands share
values.py    parsers of option values
printing.py  prints tables and sections on the terminal

Heavy modules are imported inside a command, so that ``--help`` is fast.
"""

# Importing a command registers it. The order of registration is the order of --help.
# isort: off
from bench.cli import run, audit, time, report, analyse, compare, determinism, power, replay, status, publish, paper
from bench.cli import open as open_, site, export, predict, ensemble, import_
from bench.cli import list as list_, show, size

# isort: on
from bench.cli.app import main

__all__ = [
    "analyse",
    "audit",
    "compare",
    "determinism",
    "ensemble",
    "export",
    "import_",
    "list_",
    "main",
    "open_",
    "paper",
    "power",
    "predict",
    "publish",
    "replay",
    "report",
    "run",
    "show",
    "site",
    "size",
    "status",
    "time",
]
