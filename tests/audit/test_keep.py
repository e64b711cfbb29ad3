import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.audit.kept_parts import kept_in

VALUES = np.arange(5)


def never() -> NDArray[np.int64]:
    raise AssertionError("what was kept is not computed")


def test_a_part_is_computed_once(tmp_path: Path) -> None:
    keep = kept_in(tmp_path / "parts")
    np.testing.assert_array_equal(keep("a", lambda: VALUES), VALUES)
    np.testing.assert_array_equal(kept_in(tmp_path / "parts")("a", never), VALUES)


@pytest.mark.parametrize("n_bytes", [0, 60, 130])
def test_a_damaged_part_is_computed_again(tmp_path: Path, n_bytes: int) -> None:
    keep = kept_in(tmp_path)
    keep("a", lambda: VALUES)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:n_bytes])
    np.testing.assert_array_equal(keep("a", lambda: VALUES), VALUES)
    np.testing.assert_array_equal(keep("a", never), VALUES)


def test_a_part_is_returned_though_another_process_takes_the_folder_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Path.mkdir

    def made_and_taken(path: Path, **options: bool) -> None:
        made(path, **options)
        shutil.rmtree(path)

    monkeypatch.setattr(Path, "mkdir", made_and_taken)
    np.testing.assert_array_equal(kept_in(tmp_path / "parts")("a", lambda: VALUES), VALUES)
