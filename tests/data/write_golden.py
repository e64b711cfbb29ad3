"""Write the folds that every later version must reproduce: ``python -m tests.data.write_golden``, once."""

import io
import json
import tempfile
from pathlib import Path

import numpy as np

from bench.audit.inspection import inspect
from bench.data import assign_folds, inner_split, open_dataset, split_hash
from bench.progress import Progress
from bench.seeds import generator

TARGET = Path(__file__).parent / "golden_folds.json"


def case(labels: np.ndarray, groups: np.ndarray, n_folds: int, seed: int) -> dict[str, object]:
    assignment = assign_folds(labels, n_folds, seed, groups)
    inner = inner_split(labels, groups, np.flatnonzero(assignment != 0), 0.2, generator(seed, 0, "inner_split"))
    return {
        "n_folds": n_folds,
        "seed": seed,
        "labels": labels.tolist(),
        "groups": groups.tolist(),
        "assignment": assignment.tolist(),
        "split_hash": split_hash(assignment, groups),
        "inner_split": inner.tolist(),
    }


if __name__ == "__main__":
    if TARGET.exists():
        raise SystemExit(f"{TARGET} is released and stays as it is")
    paper = np.repeat(np.array([0, 1]), [70, 28])
    cases = {
        "image by image": case(paper, np.arange(98), 5, 0),
        "two images a group": case(paper, np.arange(98) // 2, 3, 1),
        "three classes, uneven groups": case(np.arange(90) % 3, np.arange(90) ** 2 % 31, 4, 2),
    }
    for name in ("digits", "phantom"):
        dataset = open_dataset(name, images=60)
        with tempfile.TemporaryDirectory() as cache:
            groups = inspect(dataset, Path(cache), Progress(io.StringIO())).groups()
        cases[name] = case(dataset.labels, groups, 3, 3)
    TARGET.write_text(json.dumps(cases, indent=None) + "\n")
