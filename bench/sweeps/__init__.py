"""Sweeps: a grid declared in a TOML file, and its expansion into trials.

sweep_file.py      the format of a sweep file: frozen records
built_in_text.py   the texts of the built-in sweeps
design_table.py    its table of stages
sweep_record.py    the base of its tables
load.py            name or path -> ``Sweep``
overrides.py       ``--set dotted.key=value``
grid_blocks.py     checks a grid block against the registered architectures
factorial.py       two-level designs, full or fractional
expand.py          ``Sweep`` -> requested networks -> trials, and the trials of its controls
plan_table.py      the cost of a sweep, one row per network
error_messages.py  one-line messages about invalid sweeps
builtin/           the sweeps that ship with the package
"""

from bench.sweeps.design_table import DesignChoice
from bench.sweeps.expand import NetworkRequest, control_trials, expand, requests
from bench.sweeps.load import built_in, load_sweep, with_design
from bench.sweeps.plan_table import PlanRow, plan_rows, steps_per_epoch
from bench.sweeps.sweep_file import Sweep

__all__ = [
    "DesignChoice",
    "NetworkRequest",
    "PlanRow",
    "Sweep",
    "built_in",
    "control_trials",
    "expand",
    "load_sweep",
    "plan_rows",
    "requests",
    "steps_per_epoch",
    "with_design",
]
