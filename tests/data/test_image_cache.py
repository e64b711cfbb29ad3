import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from bench.data import Dataset, cached_images, decode, default_cache_dir, image_cache, open_dataset, open_images
from bench.data.dataset import ArraySource, ImageSource
from bench.data.decode import FileMetadata, fit
from bench.errors import DataError
from tests.damage import DAMAGE, Damage

SHAPE = (12, 10, 3)


@dataclass
class CountingSource:
    inner: ImageSource
    reads: list[int] = field(default_factory=list)
    broken_row: int | None = None

    def read(self, row: int) -> NDArray[np.float32]:
        self.reads.append(row)
        if row == self.broken_row:
            raise DataError(f"row {row} does not decode")
        return self.inner.read(row)

    def content_hash(self, row: int) -> str:
        return self.inner.content_hash(row)

    def metadata(self, row: int) -> FileMetadata:
        return self.inner.metadata(row)

    def take(self, rows: Sequence[int]) -> "CountingSource":
        return CountingSource(self.inner.take(rows))


@pytest.fixture
def source() -> CountingSource:
    return CountingSource(ArraySource(np.random.default_rng(0).integers(0, 256, (150, 9, 7), dtype=np.uint8)))


@pytest.fixture
def dataset(source: CountingSource) -> Dataset:
    return Dataset(
        name="counted",
        class_names=("a", "b"),
        labels=np.arange(150) % 2,
        files=tuple(f"counted/{row:04d}" for row in range(150)),
        source=source,
    )


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_the_file_holds_every_image_in_row_order(dataset: Dataset, tmp_path: Path) -> None:
    images = open_images(cached_images(dataset, SHAPE, tmp_path))
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, [fit(dataset.read(row), SHAPE) for row in range(len(dataset))])


def test_a_second_call_decodes_nothing(dataset: Dataset, source: CountingSource, tmp_path: Path) -> None:
    first = cached_images(dataset, SHAPE, tmp_path)
    assert sorted(source.reads) == list(range(150))
    assert cached_images(dataset, SHAPE, tmp_path) == first
    assert len(source.reads) == 150


def test_another_shape_or_other_content_has_its_own_file(dataset: Dataset, tmp_path: Path) -> None:
    paths = {
        cached_images(dataset, SHAPE, tmp_path),
        cached_images(dataset, (12, 10, 1), tmp_path),
        cached_images(dataset.subset(range(100)), SHAPE, tmp_path),
    }
    assert len(paths) == 3
    assert sorted(path.name for path in paths) == files_in(tmp_path)


def test_the_name_gives_content_and_shape(dataset: Dataset, tmp_path: Path) -> None:
    assert cached_images(dataset, SHAPE, tmp_path).name.startswith(f"{dataset.data_hash}-12x10x3")


def test_progress_counts_the_images_decoded(dataset: Dataset, tmp_path: Path) -> None:
    counts: list[int] = []
    cached_images(dataset, SHAPE, tmp_path, counts.append)
    cached_images(dataset, SHAPE, tmp_path, counts.append)
    assert counts == list(range(1, 151))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_made_anew(dataset: Dataset, tmp_path: Path, damage: Damage) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    intact = path.read_bytes()
    path.write_bytes(damage(intact))
    assert cached_images(dataset, SHAPE, tmp_path) == path
    assert path.read_bytes() == intact


def test_an_image_that_does_not_decode_leaves_no_file(dataset: Dataset, source: CountingSource, tmp_path: Path) -> None:
    source.broken_row = 100
    with pytest.raises(DataError, match="row 100"):
        cached_images(dataset, SHAPE, tmp_path)
    assert files_in(tmp_path) == []


def test_of_several_bad_images_the_first_row_is_named(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_folder({"a": 80, "b": 80})
    dataset = open_dataset(str(folder))
    for bad in (dataset.files[3], dataset.files[5], dataset.files[120]):
        (folder / bad).write_bytes((folder / bad).read_bytes()[:40])
    with pytest.raises(DataError, match=dataset.files[3]):
        cached_images(dataset, SHAPE, tmp_path)


def test_leftovers_of_a_killed_process_are_removed(dataset: Dataset, tmp_path: Path) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    intact = path.read_bytes()
    path.rename(path.with_name(f".{path.name}.0123abcd.part"))
    cached_images(dataset, SHAPE, tmp_path)
    assert path.read_bytes() == intact
    assert files_in(tmp_path) == [path.name]


def test_of_two_processes_one_decodes_and_both_get_the_file(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_folder({"a": 200, "b": 200})
    script = (
        "import sys; from pathlib import Path; from bench.data import cached_images, open_dataset\n"
        "counts = []\n"
        "path = cached_images(open_dataset(sys.argv[1]), (64, 64, 3), Path(sys.argv[2]), counts.append)\n"
        "print(len(counts), path)"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "cache")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    decoded, paths = zip(*(process.communicate()[0].split() for process in processes), strict=True)
    assert sorted(map(int, decoded)) == [0, 0, 400]
    assert files_in(tmp_path / "cache") == [Path(paths[0]).name]
    assert len(set(paths)) == 1


def test_decoding_holds_a_small_part_of_the_set_in_memory(dataset: Dataset, tmp_path: Path) -> None:
    shape = (128, 128, 3)
    set_bytes = 4 * 150 * 128 * 128 * 3
    tracemalloc.start()
    cached_images(replace(dataset, name="small"), shape, tmp_path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 0.6 * set_bytes


def test_openings_map_the_same_file_aligned_and_writable(dataset: Dataset, tmp_path: Path) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    first, second = open_images(path), open_images(path)
    for images in (first, second):
        assert isinstance(images, np.memmap)
        assert Path(str(images.filename)) == path
        assert images.ctypes.data % 64 == 0
        assert images.flags.writeable
        assert images.flags.c_contiguous


def test_writing_to_an_opening_reaches_neither_the_file_nor_another_opening(dataset: Dataset, tmp_path: Path) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    intact = path.read_bytes()
    first, second = open_images(path), open_images(path)
    first[0] = 7.0
    assert second.max() <= 1.0
    assert path.read_bytes() == intact


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_opening_that_is_only_read_has_no_pages_of_its_own(dataset: Dataset, tmp_path: Path) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    images = open_images(path)
    assert images.sum() > 0
    mappings = Path("/proc/self/smaps").read_text().split("VmFlags:")
    (mapping,) = [mapping for mapping in mappings if str(path) in mapping]
    fields = dict(line.split(":") for line in mapping.splitlines() if line.endswith("kB"))
    assert int(fields["Anonymous"].split()[0]) == 0
    assert int(fields["Rss"].split()[0]) * 1024 >= images.nbytes


def test_a_cache_folder_that_is_a_file_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="BENCH_CACHE_DIR"):
        cached_images(dataset, SHAPE, tmp_path / "file" / "cache")


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert default_cache_dir({"BENCH_CACHE_DIR": "/a"}) == Path("/a")
    assert default_cache_dir({}) == Path("/b/param-scaling-bench")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache_dir({}) == Path.home() / ".cache" / "param-scaling-bench"


def test_pixels_that_another_decoder_makes_have_a_file_of_their_own(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cached_images(dataset, SHAPE, tmp_path)
    monkeypatch.setattr(decode, "DECODING_VERSION", decode.DECODING_VERSION + 1)
    second = cached_images(dataset, SHAPE, tmp_path)
    monkeypatch.setattr("PIL.__version__", "0.0")
    assert len({first, second, cached_images(dataset, SHAPE, tmp_path)}) == 3


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1])
def test_the_lock_of_a_killed_process_is_free(make_folder: Callable[..., Path], tmp_path: Path, moment: float) -> None:
    folder = make_folder({"a": 200, "b": 200})
    script = (
        "import sys; from pathlib import Path; from bench.data import cached_images, open_dataset\n"
        "started = lambda n: n == 1 and print('started', flush=True)\n"
        "cached_images(open_dataset(sys.argv[1]), (64, 64, 3), Path(sys.argv[2]), started)"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "cache")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        process.kill()
    path = cached_images(open_dataset(str(folder)), (64, 64, 3), tmp_path / "cache")
    assert open_images(path).shape == (400, 64, 64, 3)
    assert files_in(tmp_path / "cache") == [path.name]


def test_a_wait_for_another_process_is_said_once(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_cache, "SECONDS_BEFORE_A_NOTE", 0.01)
    other = FileLock(tmp_path / ".lock")
    other.acquire()
    lines = []

    def release(line: str) -> None:
        lines.append(line)
        other.release()

    cached_images(dataset, SHAPE, tmp_path, note=release)
    cached_images(dataset, SHAPE, tmp_path, note=release)
    assert lines == [f"waiting for another process that decodes images into {tmp_path}"]


def test_a_cache_that_the_system_refuses_to_fill_is_one_line_and_leaves_no_file(
    dataset: Dataset, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(DataError, match="File too large; free space, or set BENCH_CACHE_DIR") as refused:
            cached_images(dataset, SHAPE, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(refused.value)
    assert files_in(tmp_path) == []


def test_an_unfinished_file_beside_a_finished_one_is_removed(dataset: Dataset, tmp_path: Path) -> None:
    path = cached_images(dataset, SHAPE, tmp_path)
    path.with_name(f".{path.name}.0badf00d.part").write_bytes(b"half")
    assert cached_images(dataset, SHAPE, tmp_path) == path
    assert files_in(tmp_path) == [path.name]
