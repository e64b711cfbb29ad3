"""Every kind of bad or odd file loads right, or gives one error that names it."""

import io
import os
import re
import resource
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.audit.inspection import inspect
from bench.data import Dataset, open_dataset
from bench.data.dataset import printable
from bench.errors import BadFileError, DataError
from bench.progress import Progress
from tests.data.odd_files import BAD, ODD, Maker

MakeFolder = Callable[..., Path]
N_GOOD = 60


def look_at(dataset: Dataset, tmp_path: Path, most_left_out: float) -> Dataset:
    return inspect(dataset, tmp_path / "cache", Progress(io.StringIO()), most_left_out).dataset


def test_there_are_at_least_sixty_kinds() -> None:
    assert len(BAD) + len(ODD) >= 60


@pytest.mark.parametrize(("make", "shape"), ODD.values(), ids=ODD.keys())
def test_an_odd_file_loads(make_folder: MakeFolder, make: Maker, shape: tuple[int, int, int]) -> None:
    folder = make_folder({"a": 2, "b": 2})
    name = make(folder / "a")
    dataset = open_dataset(str(folder))
    picture = dataset.read(dataset.files.index(f"a/{name}"))
    assert picture.shape == shape
    assert picture.dtype == np.float32
    assert 0.0 <= picture.min() <= picture.max() <= 1.0


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_one_line_that_names_it(make_folder: MakeFolder, tmp_path: Path, make: Maker) -> None:
    folder = make_folder({"a": 2, "b": 2})
    name = make(folder / "a")
    with pytest.raises(BadFileError) as caught:
        look_at(open_dataset(str(folder)), tmp_path, 0.0)
    assert name in printable(str(caught.value))
    assert "\n" not in str(caught.value)
    assert caught.value.problem


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_left_out_and_listed_on_request(make_folder: MakeFolder, tmp_path: Path, make: Maker) -> None:
    folder = make_folder({"a": N_GOOD, "b": N_GOOD})
    name = make(folder / "a")
    dataset = look_at(open_dataset(str(folder), skip_bad=True), tmp_path, 0.05)
    assert len(dataset) == 2 * N_GOOD
    assert [bad.file for bad in dataset.left_out] == [f"a/{name}"]
    assert str(tmp_path) not in dataset.left_out[0].cause


def test_more_bad_files_than_a_share_are_refused(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 10, "b": 10})
    for number in range(2):
        (folder / "a" / f"bad{number}.png").write_bytes(b"")
    opened = open_dataset(str(folder), skip_bad=True)
    with pytest.raises(DataError, match=r"at most 5% .* of 22 of images 2 cannot be used, such as a/bad0\.png"):
        look_at(opened, tmp_path, 0.05)
    assert len(look_at(opened, tmp_path, 1.0).left_out) == 2


def test_a_class_of_bad_files_only_is_refused(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 40, "b": 1})
    (folder / "b" / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match="class b of images has none"):
        look_at(open_dataset(str(folder)), tmp_path, 1.0)


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "climbs out": (b"../x.png,a", "outside the folder"),
    "climbs out by a folder": (b"a/../../x.png,a", "outside the folder"),
    "absolute": (b"/etc/passwd,a", "outside the folder"),
    "missing": (b"a/9999.png,a", "no file"),
    "a folder": (b"a,a", "no file"),
    "a name too long": (b"a/" + b"x" * 5000 + b".png,a", "no file"),
    "a NUL in the name": (b"a/\x00.png,a", "no file"),
}


@pytest.mark.parametrize(("line", "problem"), MANIFESTS.values(), ids=MANIFESTS.keys())
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_manifest_row_that_leads_nowhere_is_an_error_or_left_out(
    make_folder: MakeFolder, line: bytes, problem: str, ending: bytes, mark: bytes
) -> None:
    folder = make_folder({"a": 2, "b": 2})
    good = [b"file,label", b"a/0.png,a", b"b/0.png,b"]
    (folder / "manifest.csv").write_bytes(mark + ending.join([*good, line, b""]))
    with pytest.raises(DataError) as caught:
        open_dataset(str(folder))
    assert "\n" not in str(caught.value)
    assert "line 4" in str(caught.value)
    dataset = open_dataset(str(folder), skip_bad=True)
    assert dataset.files == ("a/0.png", "b/0.png")
    assert [bad.problem for bad in dataset.left_out] == [problem]


ELSEWHERE: dict[str, str] = {
    "a link out of the folder": "../elsewhere.csv",
    "a link to nothing": "nothing.csv",
    "a link to itself": "manifest.csv",
    "a link to an endless device": "/dev/zero",
}


@pytest.mark.parametrize("target", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_manifest_is_read_from_within_the_folder_only(make_folder: MakeFolder, target: str) -> None:
    folder = make_folder({"a": 2, "b": 2})
    (folder.parent / "elsewhere.csv").write_text("file,label\na/0.png,a\nb/0.png,b\n")
    (folder / "manifest.csv").symlink_to(target)
    with pytest.raises(DataError, match=r"a manifest is a file in the data folder; .*/manifest\.csv is"):
        open_dataset(str(folder), skip_bad=True)


def test_a_manifest_that_is_a_pipe_is_refused_and_not_waited_for(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 2, "b": 2})
    os.mkfifo(folder / "manifest.csv")
    with pytest.raises(DataError, match=r"a manifest is a file in the data folder; .*/manifest\.csv is no file"):
        open_dataset(str(folder))


def test_a_data_folder_may_have_a_name_that_is_no_utf8(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 2, "b": 2})
    renamed = folder.rename(os.fsdecode(os.fsencode(folder.parent) + b"/caf\xe9"))
    assert open_dataset(str(renamed)).name == r"caf\udce9"


def _npy(header: bytes) -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header


ARCHIVES: dict[str, bytes] = {
    "a shape that overflows": _npy(b"{'descr':'|u1','fortran_order':False,'shape':(%d,4,4)}\n" % 10**30),
    "a header that is a set of lists": _npy(b"{[]:1}\n"),
    "a header that does not end": _npy(b"{'descr':'''\n"),
    "a header of parentheses": _npy(b"(" * 9000 + b"\n"),
    "no array": b"hello",
}


@pytest.mark.parametrize("member", ARCHIVES.values(), ids=ARCHIVES.keys())
def test_a_damaged_member_of_an_npz_is_one_line(tmp_path: Path, member: bytes) -> None:
    labels = io.BytesIO()
    np.save(labels, np.arange(24) % 2)
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("x_train.npy", member)
        archive.writestr("y_train.npy", labels.getvalue())
    with pytest.raises(DataError, match=r"without pickle; .*set\.npz does not \(.+\)") as caught:
        open_dataset(str(tmp_path / "set.npz"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_compression_of_an_npz_is_one_line(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "set.npz", "w", method) as archive:
        archive.writestr("x_train.npy", np.random.default_rng(0).bytes(2000))
        archive.writestr("y_train.npy", b"")
    content = bytearray((tmp_path / "set.npz").read_bytes())
    content[60:300] = bytes(240)
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"set\.npz does not"):
        open_dataset(str(tmp_path / "set.npz"))


def test_an_encrypted_npz_is_one_line(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x_train=np.zeros((4, 4, 4), np.uint8), y_train=np.arange(4) % 2)
    content = bytearray((tmp_path / "set.npz").read_bytes())
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        for match in re.finditer(re.escape(signature), bytes(content)):
            content[match.start() + flags] |= 1
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"set\.npz does not \(.*encrypted"):
        open_dataset(str(tmp_path / "set.npz"))


def test_a_bomb_takes_no_memory(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 2, "b": 2})
    BAD["decompression bomb"](folder / "a")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFileError, match="decompression bombs"):
        look_at(open_dataset(str(folder)), tmp_path, 0.0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_an_archive_larger_than_memory_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "set.npz", x_train=np.zeros((40, 64, 64), np.uint8), y_train=np.arange(40) % 2)

    class Little:
        available = 300_000  # for the archive's 164,000 bytes, but not for its parts and what they are joined into

    monkeypatch.setattr("bench.data.format_npz.psutil.virtual_memory", Little)
    with pytest.raises(DataError, match=r"set\.npz holds \d+ bytes of 300000 available"):
        open_dataset(str(tmp_path / "set.npz"))


def test_a_files_owner_alone_may_read_it(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 30, "b": 30})
    locked = folder / "a" / "0.png"
    locked.unlink()
    shutil.copy(folder / "a" / "1.png", locked)
    locked.chmod(0)
    try:
        locked.read_bytes()
    except PermissionError:
        assert len(look_at(open_dataset(str(folder), skip_bad=True), tmp_path, 0.05).left_out) == 1
    else:
        pytest.skip("this user may read every file")
