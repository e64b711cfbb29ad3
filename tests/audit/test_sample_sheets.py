"""Sheets of sample pictures: complete, written whole, and never through a link."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.audit import sample_sheets
from bench.audit.sample_sheets import sheet_paths, write_sheets
from bench.data import open_dataset
from bench.errors import StudyError


def test_there_is_one_sheet_per_class_and_it_shows_pictures(tmp_path: Path) -> None:
    digits = open_dataset("digits", images=40)
    written = write_sheets(digits, tmp_path)
    assert written == sheet_paths(digits, tmp_path)
    assert len(written) == len(digits.class_names)
    assert all(len(np.unique(np.asarray(Image.open(path)))) > 2 for path in written)


def test_a_sheet_has_a_caption_above_its_pictures_and_a_name_below_each(tmp_path: Path) -> None:
    first = write_sheets(open_dataset("digits", images=40), tmp_path)[0]
    is_ink = np.asarray(Image.open(first).convert("L")) < 128
    caption, pictures = 28, 160
    assert is_ink[:caption].any()
    assert is_ink[caption + pictures : caption + pictures + 20, :pictures].any()
    assert not is_ink[caption + pictures : caption + pictures + 20, pictures:].all()


def test_sheets_go_into_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "samples").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match=r"samples is a folder; .*samples is not; remove it$"):
        write_sheets(open_dataset("digits", images=20), tmp_path / "study")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_no_partial_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sample_sheets, "whole_file", full)
    with pytest.raises(StudyError, match=r"must be writable; .*: No space left on device; free space") as refused:
        write_sheets(open_dataset("digits", images=20), tmp_path)
    assert "\n" not in str(refused.value)
    assert list((tmp_path / "samples").iterdir()) == []
