"""The command line: parse, call, print, exit code; nothing else.

app.py        the program, its exit codes, what becomes of an error
values.py     what options take beside texts, paths and plain numbers
on_images.py  the commands run, audit, time
on_stored.py  report, analyse, compare, determinism, power, status
show.py       list, show, size

Anything heavy is imported inside a command, so that ``--help`` answers at once.
"""

from bench.cli import on_images, on_stored, show  # importing them registers their commands, in the order of --help
from bench.cli.app import main

__all__ = ["main", "on_images", "on_stored", "show"]
