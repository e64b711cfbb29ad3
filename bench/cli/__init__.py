"""The command line: parse, call the Python API, print, exit code; nothing else.

One file per command, named after the command. Beside them:

app.py       the program, its exit codes, and how an error becomes one line
options.py   the options that several commands share
values.py    parsers of option values
printing.py  what is printed on the terminal

Anything heavy is imported inside a command, so that ``--help`` is quick.
"""

# Importing a command registers it. The order of registration is the order of --help.
# isort: off
from bench.cli import run, audit, time, report, analyse, compare, determinism, power, status, publish
from bench.cli import list as list_, show, size

# isort: on
from bench.cli.app import main

__all__ = [
    "analyse",
    "audit",
    "compare",
    "determinism",
    "list_",
    "main",
    "power",
    "publish",
    "report",
    "run",
    "show",
    "size",
    "status",
    "time",
]
