import io
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.audit import pictures as measuring
from bench.audit.inspection import inspect
from bench.audit.pictures import measure
from bench.data import open_dataset
from bench.data.dataset import FileSource
from bench.data.decode import decode
from bench.errors import BadFileError
from bench.progress import Progress
from tests.audit.conftest import scene
from tests.damage import DAMAGE, Damage


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were decoded so far."""
    names: list[str] = []
    read = FileSource.read

    def counting(source: FileSource, row: int) -> NDArray[np.float32]:
        names.append(source.files[row])
        return read(source, row)

    monkeypatch.setattr(FileSource, "read", counting)
    monkeypatch.setattr(measuring, "_CHUNK_PICTURES", 8)
    return names


def test_a_picture_is_measured_as_it_is(scenes: Path, tmp_path: Path) -> None:
    dataset = open_dataset(str(scenes))
    picture = measure(dataset, tmp_path / "cache").pictures[4]
    pixels = np.asarray(scene(4)) / 255
    assert (picture.width, picture.height, picture.format, picture.mode, picture.is_gray) == (
        *(128, 128, "PNG", "L", True),
    )
    assert picture.n_bytes == (scenes / dataset.files[4]).stat().st_size
    assert picture.mean == pytest.approx(pixels.mean(), abs=1e-6)
    assert picture.sd == pytest.approx(pixels.std(), abs=1e-6)
    assert (picture.darkest, picture.brightest) == pytest.approx((pixels.min(), pixels.max()), abs=1e-6)


def test_nothing_is_decoded_twice(scenes: Path, tmp_path: Path, decoded: list[str]) -> None:
    dataset = open_dataset(str(scenes))
    first = measure(dataset, tmp_path / "cache")
    assert len(decoded) == 40
    second = measure(dataset, tmp_path / "cache")
    assert len(decoded) == 40
    assert first.pictures == second.pictures
    rows = np.array([39, 0, 17])
    np.testing.assert_array_equal(first.read_thumbnails(rows), second.read_thumbnails(rows))


def test_a_stopped_measurement_resumes(scenes: Path, tmp_path: Path, decoded: list[str]) -> None:
    dataset = open_dataset(str(scenes))
    n_seen = 0

    def stop_at_twenty() -> None:
        nonlocal n_seen
        n_seen += 1
        if n_seen == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(dataset, tmp_path / "cache", advance=stop_at_twenty)
    decoded.clear()
    measure(dataset, tmp_path / "cache")
    assert len(decoded) == 24  # the two chunks of 8 that were whole are kept
    assert not list((tmp_path / "cache").rglob(".*"))


def test_a_picture_that_the_machine_failed_to_read_once_is_looked_at_again(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = open_dataset(str(scenes))

    def without_memory(source: FileSource, row: int) -> np.ndarray:
        if row == 5:
            raise BadFileError("too many pixels", "an image must fit into memory")
        return decode(source.root / source.files[row])

    with monkeypatch.context() as patch:
        patch.setattr(FileSource, "read", without_memory)
        assert measure(dataset, tmp_path / "cache").bad(dataset).keys() == {5}
    again = measure(dataset, tmp_path / "cache")
    assert again.bad(dataset) == {}
    assert again.pictures == measure(dataset, tmp_path / "other").pictures


@pytest.mark.parametrize("suffix", [".json", ".npy"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_measurement_is_taken_again_with_a_note(
    scenes: Path, tmp_path: Path, suffix: str, damage: Damage
) -> None:
    dataset = open_dataset(str(scenes)).subset([0, 20])
    expected = measure(dataset, tmp_path / "cache")
    thumbnails = np.array(expected.thumbnails)  # a copy, since the file is damaged in place
    (file,) = (tmp_path / "cache").rglob(f"*{suffix}")
    file.write_bytes(damage(file.read_bytes()))
    notes: list[str] = []
    again = measure(dataset, tmp_path / "cache", notes.append)
    assert again.pictures == expected.pictures
    np.testing.assert_array_equal(again.thumbnails, thumbnails)
    assert notes == [f"the cache file {file} is damaged and is made again"]


@pytest.mark.parametrize(
    "changed",
    ["bench.audit.pictures.THUMB_SIDE", "bench.audit.pictures.MEASURING_VERSION", "bench.data.decode.DECODING_VERSION"],
)
def test_what_a_measurement_depends_on_is_in_its_key(
    scenes: Path, tmp_path: Path, decoded: list[str], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    dataset = open_dataset(str(scenes)).subset([0, 20])
    measure(dataset, tmp_path / "cache")
    monkeypatch.setattr(changed, 32)
    decoded.clear()
    measure(dataset, tmp_path / "cache")
    assert len(decoded) == 2


def test_a_changed_file_is_measured_again_and_a_moved_folder_is_not(
    scenes: Path, tmp_path: Path, decoded: list[str]
) -> None:
    measure(open_dataset(str(scenes)), tmp_path / "cache")
    moved = tmp_path / "moved" / "scenes"
    shutil.copytree(scenes, moved)
    decoded.clear()
    measure(open_dataset(str(moved)), tmp_path / "cache")
    assert decoded == []
    scene(999).save(moved / "left" / "03.png")
    measure(open_dataset(str(moved)), tmp_path / "cache")
    assert "left/03.png" in decoded
    assert len(decoded) == 8


def test_progress_counts_every_picture(scenes: Path, tmp_path: Path) -> None:
    for _ in ("measured", "read from the cache"):
        counted: list[int] = []
        measure(open_dataset(str(scenes)), tmp_path / "cache", advance=partial(counted.append, 1))
        assert len(counted) == 40


def test_a_picture_of_too_many_pixels_is_one_error_and_no_warning(
    scenes: Path, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    Image.new("1", (10_000, 10_000)).save(scenes / "left" / "huge.png")
    with pytest.raises(BadFileError, match=r"at most 89478485 pixels .*huge\.png"):
        inspect(open_dataset(str(scenes)), tmp_path / "cache", Progress(io.StringIO()))
    assert [str(warning.message) for warning in recwarn] == []
