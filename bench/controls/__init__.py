"""Controls: baselines that a network has to beat to mean anything, trained on the same folds and seeds.

registry.py    name -> control; what it may look at
fitted.py      those that train no network: plain functions that fit and return a predictor
networks.py    those that train the sweep's own network on changed images or labels
"""

from bench.controls import fitted, networks  # importing them registers their controls
from bench.controls.registry import Control, ControlData, NetworkInputs, Sight, get, names, select

__all__ = [
    "Control",
    "ControlData",
    "NetworkInputs",
    "Sight",
    "fitted",
    "get",
    "names",
    "networks",
    "select",
]
