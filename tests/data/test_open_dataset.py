import csv
import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_digits

from bench.data import BUILT_IN, as_files, cached_images, open_dataset, open_images
from bench.data.dataset import LAST_UNHASHED_DECODING, FileSource
from bench.errors import DataError

MakeFolder = Callable[..., Path]
Row = Sequence[str]


def write_manifest(folder: Path, rows: Sequence[Row], header: Row = ("file", "label")) -> None:
    with (folder / "manifest.csv").open("w", newline="") as text:
        csv.writer(text).writerows([header, *rows])


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_set_opens_under_its_name(name: str) -> None:
    dataset = open_dataset(name)
    assert dataset.name == name
    assert len(dataset.files) == len(set(dataset.files)) == len(dataset.labels) == sum(dataset.class_counts)
    image = dataset.read(0)
    assert image.dtype == np.float32
    assert image.ndim == 3
    assert 0.0 <= image.min() <= image.max() <= 1.0


def test_digits_are_scikit_learns() -> None:
    digits, original = open_dataset("digits"), load_digits()
    assert digits.class_names == tuple("0123456789")
    np.testing.assert_array_equal(digits.labels, original.target)
    np.testing.assert_allclose(digits.read(5)[..., 0] * 16, original.images[5])
    assert digits.patients is None
    assert digits.best_accuracy is None


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(DataError, match=r"digits, phantom, a folder.*no_such_set does not exist"):
        open_dataset("no_such_set")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images.zip").write_bytes(b"")
    with pytest.raises(DataError, match=r"images\.zip is a file of another kind"):
        open_dataset(str(tmp_path / "images.zip"))


def test_a_class_folder_gives_names_labels_and_pictures(make_folder: MakeFolder) -> None:
    folder = make_folder({"normal": 2, "covid": 3})
    dataset = open_dataset(str(folder))
    assert dataset.name == "images"
    assert dataset.class_names == ("covid", "normal")
    assert dataset.files == ("covid/0.png", "covid/1.png", "covid/2.png", "normal/0.png", "normal/1.png")
    assert dataset.labels.tolist() == [0, 0, 0, 1, 1]
    with Image.open(folder / "normal" / "1.png") as image:
        np.testing.assert_allclose(dataset.read(4)[..., 0] * 255, np.asarray(image), atol=1e-4)


def test_what_file_managers_leave_behind_is_no_image(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 1, "b": 1})
    for litter in (".hidden/x.png", "a/.DS_Store", "b/Thumbs.db", "README.md", "__MACOSX/x.png"):
        (folder / litter).parent.mkdir(exist_ok=True)
        (folder / litter).write_bytes(b"")
    assert open_dataset(str(folder)).files == ("a/0.png", "b/0.png")


def test_the_name_of_the_working_folder_is_its_own(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_folder({"a": 1, "b": 1}))
    assert open_dataset(".").name == "images"


def test_an_empty_class_is_refused_by_name(make_folder: MakeFolder) -> None:
    with pytest.raises(DataError, match="class empty of images has none"):
        open_dataset(str(make_folder({"a": 2, "empty": 0})))


@pytest.mark.parametrize("counts", [{"only": 3}, {}])
def test_fewer_than_two_classes_are_refused(make_folder: MakeFolder, tmp_path: Path, counts: dict[str, int]) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(DataError, match="at least two classes"):
        open_dataset(str(make_folder(counts)))


def test_a_folder_inside_a_class_is_refused_by_name(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 1, "b": 1})
    (folder / "a" / "deeper").mkdir()
    with pytest.raises(DataError, match="a/deeper is a folder"):
        open_dataset(str(folder))


def test_a_link_out_of_the_folder_is_refused(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 1, "b": 1})
    shutil.move(folder / "a" / "0.png", tmp_path / "elsewhere.png")
    (folder / "a" / "0.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(DataError, match=r"a/0\.png leads out"):
        open_dataset(str(folder))


def test_a_link_to_itself_is_refused(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 1, "b": 1})
    (folder / "a" / "loop.png").symlink_to(folder / "a" / "loop.png")
    with pytest.raises(DataError, match=r"a/loop\.png"):
        open_dataset(str(folder))


def test_a_manifest_gives_labels_and_patients_and_ignores_other_columns(make_folder: MakeFolder) -> None:
    folder = make_folder({"x": 3})
    rows = [("p2", "x/2.png", "ill", "?"), ("p1", "x/0.png", "well", "?"), ("p1", "x/1.png", "ill", "?")]
    write_manifest(folder, rows, ("patient", "file", "label", "age"))
    dataset = open_dataset(str(folder))
    assert dataset.files == ("x/0.png", "x/1.png", "x/2.png")
    assert dataset.class_names == ("ill", "well")
    assert dataset.labels.tolist() == [1, 0, 0]
    assert dataset.patients == ("p1", "p1", "p2")


def test_a_manifest_of_a_spreadsheet_is_read(make_folder: MakeFolder) -> None:
    folder = make_folder({"x": 2})
    (folder / "manifest.csv").write_bytes(b"\xef\xbb\xbffile,label\r\nx/0.png,a\r\n./x/1.png,\xc3\xa9\r\n")
    dataset = open_dataset(str(folder))
    assert dataset.files == ("x/0.png", "x/1.png")
    assert dataset.class_names == ("a", "é")
    assert dataset.patients is None


BAD_ROWS: dict[str, tuple[list[Row], Row, str]] = {
    "missing file": ([("x/0.png", "a"), ("x/9.png", "b")], ("file", "label"), r"line 3.*no file.*x/9\.png"),
    "climbs out": ([("x/0.png", "a"), ("../outside.png", "b")], ("file", "label"), r"line 3.*leads out"),
    "climbs out and back": ([("../outside.png", "a"), ("x/0.png", "b")], ("file", "label"), r"line 2.*leads out"),
    "listed twice": ([("x/0.png", "a"), ("x/1.png", "b"), ("x/0.png", "a")], ("file", "label"), "line 4.*after line 2"),
    "listed twice in disguise": (
        [("x/0.png", "a"), ("x/1.png", "b"), ("x/../x/0.png", "b")],
        ("file", "label"),
        "line 4.*after line 2",
    ),
    "empty label": ([("x/0.png", "a"), ("x/1.png", " ")], ("file", "label"), "line 3 has none"),
    "short row": ([("x/0.png", "a"), ("x/1.png",)], ("file", "label"), "needs a label.*line 3"),
    "empty file": ([("", "a"), ("x/1.png", "b")], ("file", "label"), "needs a file.*line 2"),
    "empty patient": ([("x/0.png", "a", "p"), ("x/1.png", "b", "")], ("file", "label", "patient"), "needs a patient"),
    "no label column": ([("x/0.png", "a")], ("file", "class"), r"no column label \(its columns: file, class\)"),
    "a folder": ([("x", "a"), ("x/1.png", "b")], ("file", "label"), "line 2.*no file"),
    "one class": ([("x/0.png", "a"), ("x/1.png", "a")], ("file", "label"), "at least two classes"),
    "no rows": ([], ("file", "label"), "at least two classes"),
}


@pytest.mark.parametrize(("rows", "header", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_manifest_that_breaks_a_rule_is_refused_with_its_line(
    make_folder: MakeFolder, tmp_path: Path, rows: list[Row], header: Row, message: str
) -> None:
    folder = make_folder({"x": 2})
    shutil.copy(folder / "x" / "0.png", tmp_path / "outside.png")
    write_manifest(folder, rows, header)
    with pytest.raises(DataError, match=message) as caught:
        open_dataset(str(folder))
    assert "\n" not in str(caught.value)
    assert "images" in str(caught.value)


def test_an_absolute_path_in_a_manifest_is_refused(make_folder: MakeFolder) -> None:
    folder = make_folder({"x": 2})
    write_manifest(folder, [(str(folder / "x" / "0.png"), "a"), ("x/1.png", "b")])
    with pytest.raises(DataError, match="leads out"):
        open_dataset(str(folder))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00garbage", b'file,label\n"x/0.png,a\n'])
def test_a_manifest_that_is_no_csv_is_refused_by_name(make_folder: MakeFolder, content: bytes) -> None:
    folder = make_folder({"x": 2})
    (folder / "manifest.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"manifest\.csv"):
        open_dataset(str(folder))


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"),
    ],
)
def test_all_parts_of_an_npz_are_joined(tmp_path: Path, names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for images, labels in zip(names[::2], names[1::2], strict=True):
        arrays[images] = rng.integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
        arrays[labels] = np.array([[10], [2], [2], [2]])
    np.savez(tmp_path / "tissue.npz", **arrays)
    dataset = open_dataset(str(tmp_path / "tissue.npz"))
    assert dataset.name == "tissue"
    assert dataset.class_names == ("2", "10")
    assert dataset.labels.tolist() == [1, 0, 0, 0] * (len(names) // 2)
    assert dataset.files[:2] == ("tissue/0000", "tissue/0001")
    np.testing.assert_allclose(dataset.read(6), arrays[names[2]][2] / 255, atol=1e-7)


GOOD: dict[str, Any] = {"x_train": np.zeros((4, 5, 5), np.uint8), "y_train": np.array([0, 1, 0, 1])}
BAD_NPZ: dict[str, tuple[dict[str, Any], str]] = {
    "labels missing": ({"x_train": GOOD["x_train"]}, "x_train and no y_train"),
    "images missing": ({**GOOD, "y_test": GOOD["y_train"]}, "y_test and no x_test"),
    "other names": ({"a": GOOD["x_train"]}, "has a;"),
    "four channels": ({**GOOD, "x_train": np.zeros((4, 5, 5, 4), np.uint8)}, "images are"),
    "flat": ({**GOOD, "x_train": np.zeros((4, 25), np.uint8)}, "images are"),
    "no pixels": ({**GOOD, "x_train": np.zeros((4, 0, 5), np.uint8)}, "images are"),
    "signed": ({**GOOD, "x_train": np.zeros((4, 5, 5), np.int64)}, "unsigned"),
    "floats to 255": ({**GOOD, "x_train": np.full((4, 5, 5), 255.0)}, r"lie in \[0, 1\]"),
    "not a number": ({**GOOD, "x_train": np.full((4, 5, 5), np.nan)}, r"lie in \[0, 1\]"),
    "too few labels": ({**GOOD, "y_train": np.array([0, 1])}, "one label per image"),
    "several labels": ({**GOOD, "y_train": np.zeros((4, 3), int)}, "one label per image"),
    "real labels": ({**GOOD, "y_train": np.array([0.5, 1, 2, 3])}, "integers or strings"),
    "pickled": ({**GOOD, "y_train": np.array([0, 1, None, 2], dtype=object)}, "without pickle"),
    "one class": ({**GOOD, "y_train": np.zeros(4, int)}, "at least two classes"),
    "sizes differ": ({**GOOD, "x_test": np.zeros((1, 6, 5), np.uint8), "y_test": np.array([0])}, "one size"),
}


@pytest.mark.parametrize(("arrays", "message"), BAD_NPZ.values(), ids=BAD_NPZ.keys())
def test_a_malformed_npz_is_refused_by_name(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(DataError, match=message) as caught:
        open_dataset(str(tmp_path / "set.npz"))
    assert "\n" not in str(caught.value)
    assert "set" in str(caught.value)


@pytest.mark.parametrize("kept", [0, 3, 100, 400])
def test_a_truncated_npz_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    np.savez_compressed(tmp_path / "set.npz", **GOOD)
    content = (tmp_path / "set.npz").read_bytes()
    (tmp_path / "set.npz").write_bytes(content[:kept])
    with pytest.raises(DataError, match=r"set\.npz"):
        open_dataset(str(tmp_path / "set.npz"))


def test_an_array_file_named_npz_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "set.npz").open("wb") as file:
        np.save(file, GOOD["x_train"])
    with pytest.raises(DataError, match=r"set\.npz"):
        open_dataset(str(tmp_path / "set.npz"))


@pytest.mark.parametrize(
    ("dtype", "full_scale"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1), (np.float64, 1)]
)
def test_arrays_of_any_depth_are_scaled_to_1(tmp_path: Path, dtype: type[np.generic], full_scale: int) -> None:
    images = np.full((4, 5, 5), full_scale, dtype=dtype)
    np.savez(tmp_path / "set.npz", **{**GOOD, "x_train": images})
    image = open_dataset(str(tmp_path / "set.npz")).read(0)
    assert image.dtype == np.float32
    assert image.shape == (5, 5, 1)
    assert np.all(image == 1.0)


def test_the_data_hash_is_the_same_anywhere_and_in_any_order(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a": 4, "b": 3})
    copy = tmp_path / "elsewhere" / "other_name"
    files = [path.relative_to(folder) for path in folder.rglob("*.png")]
    random.Random(1).shuffle(files)
    for file in files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / file, copy / file)
        os.utime(copy / file, (0, 0))
    listed = tmp_path / "listed"
    shutil.copytree(folder, listed)
    write_manifest(listed, [(file.as_posix(), file.parent.name) for file in files])
    hashes = {open_dataset(str(path)).data_hash for path in (folder, copy, listed)}
    assert len(hashes) == 1
    assert len(hashes.pop()) == 16


def test_the_data_hash_changes_with_anything_that_matters(make_folder: MakeFolder) -> None:
    folder = make_folder({"a": 2, "b": 2})
    dataset = open_dataset(str(folder))
    changed = [
        replace(dataset, labels=dataset.labels[::-1].copy()),
        replace(dataset, class_names=("a", "c")),
        replace(dataset, files=("a/0.png", "a/1.png", "b/0.png", "b/2.png")),
        replace(dataset, patients=("p", "p", "q", "q")),
        dataset.subset([0, 1, 2]),
    ]
    hashes = {dataset.data_hash, *(other.data_hash for other in changed)}
    Image.fromarray(np.zeros((9, 7), np.uint8)).save(folder / "a" / "0.png")
    hashes.add(open_dataset(str(folder)).data_hash)
    assert len(hashes) == len(changed) + 2


def test_a_pixel_of_an_array_changes_the_data_hash(tmp_path: Path) -> None:
    hashes = set()
    for value in (0, 1):
        images = GOOD["x_train"].copy()
        images[3, 4, 4] = value
        np.savez(tmp_path / "set.npz", **{**GOOD, "x_train": images})
        hashes.add(open_dataset(str(tmp_path / "set.npz")).data_hash)
    assert len(hashes) == 2


def test_the_data_hash_of_published_studies_stays_and_later_decoding_versions_are_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digits = open_dataset("digits", images=240)
    assert digits.data_hash == "fb990ad41a5424dc"
    monkeypatch.setattr("bench.data.dataset.DECODING_VERSION", LAST_UNHASHED_DECODING + 1)
    assert open_dataset("digits", images=240).data_hash != digits.data_hash


@settings(max_examples=25)
@given(images=st.integers(20, 1797))
def test_a_subset_keeps_the_shares_of_the_classes(images: int) -> None:
    whole, part = open_dataset("digits"), open_dataset("digits", images=images)
    assert len(part) == images
    exact = np.array(whole.class_counts) * images / len(whole)
    assert np.abs(np.array(part.class_counts) - exact).max() <= 1


def test_a_subset_is_always_the_same_and_a_larger_one_contains_it() -> None:
    small, again, large = (open_dataset("digits", images=images) for images in (100, 100, 300))
    assert small.files == again.files
    assert set(small.files) < set(large.files)


def test_rows_of_a_subset_belong_together() -> None:
    whole, part = open_dataset("phantom"), open_dataset("phantom", images=30)
    assert whole.patients is not None
    assert part.patients is not None
    assert list(part.files) == sorted(part.files)
    for row, file in enumerate(part.files):
        original = whole.files.index(file)
        assert part.labels[row] == whole.labels[original]
        assert part.patients[row] == whole.patients[original]
        np.testing.assert_array_equal(part.read(row), whole.read(original))


@pytest.mark.parametrize("images", [0, -1, 1798])
def test_a_subset_of_an_impossible_size_is_refused(images: int) -> None:
    with pytest.raises(DataError, match=f"1 to 1797 images; received {images}"):
        open_dataset("digits", images=images)


def test_a_subset_that_loses_a_class_is_refused() -> None:
    with pytest.raises(DataError, match="5 images of digits leave out class"):
        open_dataset("digits", images=5)


def test_files_of_many_kinds_decode_into_one_array(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label, images in {
        "a": [("L", ".png"), ("RGB", ".jpg"), ("CMYK", ".jpg"), ("1", ".png")],
        "b": [("RGBA", ".png"), ("P", ".gif"), ("L", ".bmp"), ("YCbCr", ".tif")],
    }.items():
        (tmp_path / "mixed" / label).mkdir(parents=True)
        for number, (mode, suffix) in enumerate(images):
            pixels = rng.integers(0, 256, (20 + number, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).convert(mode).save(tmp_path / "mixed" / label / f"{number}{suffix}")
    dataset = open_dataset(str(tmp_path / "mixed"))
    decoded = open_images(cached_images(dataset, (8, 8, 3), tmp_path / "cache"))
    assert decoded.shape == (8, 8, 8, 3)
    assert np.all(decoded.reshape(8, -1).std(axis=1) > 0)


def test_the_files_of_a_data_set_are_its_own_or_written_with_the_same_pictures(tmp_path: Path) -> None:
    digits = open_dataset("digits", images=10)
    root, files = as_files(digits, tmp_path)
    again = FileSource(root, files)
    for row in range(len(digits)):
        assert np.abs(again.read(row) - digits.read(row)).max() <= 0.5 / 255 + 1e-6

    (tmp_path / "of_files" / "a").mkdir(parents=True)
    (tmp_path / "of_files" / "b").mkdir()
    for label in "ab":
        (tmp_path / files[0]).rename(tmp_path / "of_files" / label / "0.png")
        files = files[1:]
    folder = tmp_path / "of_files"
    assert as_files(open_dataset(str(folder)), tmp_path / "unused") == (folder, ("a/0.png", "b/0.png"))
    assert not (tmp_path / "unused").exists()
