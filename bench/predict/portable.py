"""Packs the modules that predict into one file, ``predict.pyz``, which needs NumPy, Pillow and onnxruntime only."""

import zipfile
from importlib import resources
from pathlib import Path

from bench.files import whole_file

PORTABLE_FILE = "predict.pyz"
_MODULES = (
    *("errors.py", "printable.py", "data/decode.py", "data/fingerprint.py"),
    *(f"predict/{name}.py" for name in ("model_folder", "conformal", "unlike", "training_prints", "predictor")),
    *(f"predict/{name}.py" for name in ("many_files", "output", "command_line")),
)
"""Files of the package ``bench``, packed as they are. They import each other, and packages of their users, only."""
_EMPTY = ("__init__.py", "data/__init__.py", "predict/__init__.py")
_MAIN = "from bench.predict.command_line import main\n\nmain()\n"


def write_portable(path: Path) -> None:
    """Write the program: ``python predict.pyz FILES...`` predicts with the model in the program's folder."""
    package = resources.files("bench")
    with whole_file(path) as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr(_entry("__main__.py"), _MAIN)
            for name in _EMPTY:
                packed.writestr(_entry(f"bench/{name}"), "")
            for name in _MODULES:
                packed.writestr(_entry(f"bench/{name}"), package.joinpath(name).read_bytes())


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name)  # dated 1980-01-01, so that equal modules give equal bytes
