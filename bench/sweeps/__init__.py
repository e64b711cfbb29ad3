"""Sweeps: a grid declared in a TOML file, and the trials that it stands for.

model.py      what a sweep file says: frozen records
load.py       a built-in sweep's name or a path -> Sweep
overrides.py  --set dotted.key=value
blocks.py     a grid block against the registered architectures
factorial.py  two-level designs, whole or fractional
expand.py     Sweep -> the networks it asks for -> Trials, and its controls' trials
plan.py       what it will cost, a row for each network
explain.py    what is wrong with a sweep, in one line
builtin/      the sweeps that ship with the package
"""

from bench.sweeps.expand import NetworkRequest, control_trials, expand, requests
from bench.sweeps.load import built_in, load_sweep
from bench.sweeps.plan_table import PlanRow, plan_rows, steps_per_epoch
from bench.sweeps.sweep_file import Sweep

__all__ = [
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
]
