"""Controls: baselines on the same folds and seeds. The accuracy of a network means little unless it beats them.

control_registry.py  name -> control; what each control may look at
fitted.py            controls that train no network: plain functions that fit and return a predictor
networks.py          controls that train the sweep's own network on changed images or labels

To add a control, see CONTRIBUTING.md.
"""

from bench.controls import fitted, networks  # importing them registers their controls
from bench.controls.control_registry import Control, ControlData, NetworkInputs, Sight, get, names, select

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
