import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.audit.cached_parts import parts_in
from tests.damage import DAMAGE, Damage

VALUES = np.arange(5)


def never() -> NDArray[np.int64]:
    raise AssertionError("a cached part is not computed again")


def test_a_part_is_computed_once(tmp_path: Path) -> None:
    cached = parts_in(tmp_path / "parts", print)
    np.testing.assert_array_equal(cached("a", lambda: VALUES), VALUES)
    np.testing.assert_array_equal(parts_in(tmp_path / "parts", print)("a", never), VALUES)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_part_is_computed_again_with_a_note(tmp_path: Path, damage: Damage) -> None:
    notes: list[str] = []
    cached = parts_in(tmp_path, notes.append)
    cached("a", lambda: VALUES)
    (tmp_path / "a.npy").write_bytes(damage((tmp_path / "a.npy").read_bytes()))
    np.testing.assert_array_equal(cached("a", lambda: VALUES), VALUES)
    assert notes == [f"the cache file {tmp_path / 'a.npy'} is damaged and is made again"]
    np.testing.assert_array_equal(cached("a", never), VALUES)


def test_a_part_is_returned_though_another_process_takes_the_folder_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Path.mkdir

    def made_and_taken(path: Path, **options: bool) -> None:
        made(path, **options)
        shutil.rmtree(path)

    monkeypatch.setattr(Path, "mkdir", made_and_taken)
    np.testing.assert_array_equal(parts_in(tmp_path / "parts", print)("a", lambda: VALUES), VALUES)
