"""Write the store file that later versions must open: ``python -m tests.store.write_asset``, once per version."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.records import Trial, TrialResult
from bench.store import STORE_NAME, Store
from bench.store.schema import VERSION
from tests.store.planted import Planted, cost, failed, network

ASSETS = Path(__file__).parent / "assets"
STUDY = Planted(
    {network(width=0.5, dropout=0.25): cost(1000), network("gru_rows", None): cost(4000)},
    patients=tuple("aabbccddeeff"),
    controls=("majority_class", "shuffled_labels"),
)
GROWN = replace(STUDY, seeds=(0, 1, 2))


def result(trial: Trial) -> TrialResult | None:
    """Seed 0 is done, fold 0 of seed 1 failed, fold 1 of seed 1 pending."""
    if trial.seed == 0:
        return STUDY.result(trial, n_misses=trial.fold + 1)
    return failed(trial) if trial.fold == 0 else None


if __name__ == "__main__":
    target = ASSETS / f"v{VERSION}.sqlite"
    if target.exists():
        raise SystemExit(f"{target} is released and stays as it is")
    with tempfile.TemporaryDirectory() as folder:
        STUDY.write(Path(folder), result)
        with Store.open_existing(Path(folder)) as store:
            GROWN.register(store)
        shutil.copy(Path(folder) / STORE_NAME, target)
