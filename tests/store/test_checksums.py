"""A change of a stored value by anything but this program is found on reading."""

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import StudyError
from bench.store import STORE_NAME, Store
from bench.store.checksums import OWNERS, digest
from tests.store.planted import SMALL

N_FLIPS = 300
N_TORN = 15
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()


def everything(folder: Path) -> list[object]:
    """All that a store gives, as values that can be compared."""
    with Store.open_existing(folder) as store:
        trials = store.trials()
        frames = [trials, store.epochs(), store.measurements(), store.step_times(), store.folds()]
        frames.append(store.predictions(trials["trial_key"].tolist()))
        splits = [(seed, split.hash, split.labels.tolist()) for seed, split in store.splits().items()]
        records = {key: trial.model_dump_json() for key, trial in store.trial_records().items()}
        return [
            *(frame.map(repr).to_numpy().tolist() for frame in frames),
            *(splits, records, store.study().model_dump_json(), store.audit(), store.counts()),
            {key: each.values for key, each in store.environments().items()},
        ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE results SET val_accuracy = 5 WHERE trial_id = 1",
        "UPDATE results SET val_accuracy = val_accuracy + 1e-16 WHERE trial_id = 2",
        "UPDATE epochs SET val_loss = 0.1 WHERE trial_id = 1 AND epoch = 2",
        "DELETE FROM epochs WHERE trial_id = 1 AND epoch = 2",
        "UPDATE predictions SET probabilities = zeroblob(length(probabilities)) WHERE trial_id = 1",
        "UPDATE trials SET seed = 1 - seed",
        "UPDATE networks SET n_params = n_params + 1",
        "UPDATE images SET label = 1 - label WHERE row = 0",
        "UPDATE folds SET assignment = zeroblob(length(assignment))",
        "UPDATE environments SET record = '{}'",
        "DELETE FROM predictions WHERE trial_id = 3",
    ],
)
def test_a_value_that_another_program_changed_is_refused_and_named_by_its_table(tmp_path: Path, change: str) -> None:
    folder = SMALL.write(tmp_path)
    everything(folder)
    connection = sqlite3.connect(folder / STORE_NAME)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(StudyError, match="keeps its records as they were written; of ") as refused:
        everything(folder)
    assert change.split()[2 if change.startswith("DELETE") else 1] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_flipped_bit_of_a_store_changes_a_number_or_ends_in_a_traceback(tmp_path: Path) -> None:
    folder = SMALL.write(tmp_path / "study")
    before = everything(folder)
    whole = (folder / STORE_NAME).read_bytes()
    draw = np.random.default_rng(0)
    silent = []
    for number, bit in enumerate(draw.choice(8 * len(whole), N_FLIPS, replace=False).tolist()):
        damaged = tmp_path / str(number)
        damaged.mkdir()
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        (damaged / STORE_NAME).write_bytes(content)
        with contextlib.suppress(StudyError):
            if everything(damaged) != before:
                silent.append(bit)
    assert silent == []


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_a_digest_depends_on_every_value_and_its_type(values: list[object], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    other = data.draw(VALUES.filter(lambda value: repr(value) != repr(values[place])))
    assert digest(*values) != digest(*values[:place], other, *values[place + 1 :])
    assert digest(*values) == digest(*values)


def test_every_table_has_checksums(tmp_path: Path) -> None:
    folder = SMALL.write(tmp_path)
    connection = sqlite3.connect(folder / STORE_NAME)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert tables == {*OWNERS, "checksums"}


PAGE = 4096


def torn(content: bytes, how: str, draw: np.random.Generator) -> bytes:
    """A file as a power cut, a bad copy or an edit leaves it."""
    page, other = (draw.choice(len(content) // PAGE, 2, replace=False) * PAGE).tolist()
    if how == "cut":
        return content[: int(draw.integers(len(content)))]
    if how == "longer":
        return content + draw.bytes(PAGE)
    if how == "a byte more":
        place = int(draw.integers(len(content)))
        return content[:place] + draw.bytes(1) + content[place:]
    fill = {"zeros": bytes(PAGE), "noise": draw.bytes(PAGE), "another page": content[other : other + PAGE]}[how]
    return content[:page] + fill + content[page + PAGE :]


@pytest.mark.parametrize("how", ["cut", "longer", "a byte more", "zeros", "noise", "another page"])
def test_no_torn_page_of_a_store_changes_a_number_or_ends_in_a_traceback(tmp_path: Path, how: str) -> None:
    folder = SMALL.write(tmp_path / "study")
    before = everything(folder)
    whole = (folder / STORE_NAME).read_bytes()
    draw = np.random.default_rng(1)
    silent = []
    for number in range(N_TORN):
        damaged = tmp_path / str(number)
        damaged.mkdir()
        content = torn(whole, how, draw)
        (damaged / STORE_NAME).write_bytes(content)
        with contextlib.suppress(StudyError):
            if everything(damaged) != before:
                silent.append(number)
    assert silent == []
