"""Planted near duplicates are found, and nothing else is."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from bench.audit.inspection import LEAST_SIDE
from bench.audit.near_duplicates import candidates
from bench.audit.near_duplicates.alignment import align
from bench.audit.near_duplicates.descriptors import WINDOWS, fine_structure
from bench.audit.near_duplicates.search import near_duplicates
from bench.data import open_dataset
from bench.progress import Progress
from tests.audit.conftest import Inspect, cropped, noisy, scene

CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resized": lambda picture: picture.resize((90, 75)),
    "recompressed": lambda picture: picture,  # it is saved as a JPEG of low quality below, as all are
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "of less contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(0.6),
    "of another gamma": lambda picture: picture.point([round(255 * (level / 255) ** 0.7) for level in range(256)]),
    "equalised": ImageOps.equalize,
    "noisy": noisy,
    "in colour": lambda picture: picture.convert("RGB"),
    "mirrored": ImageOps.mirror,
    "cropped by 5 %": lambda picture: cropped(picture, 0.05, 0.05, 0.05, 0.05),
    "cropped on one side": lambda picture: cropped(picture, 0.0, 0.0, 0.15, 0.0),
    "cropped on two sides": lambda picture: cropped(picture, 0.12, 0.0, 0.0, 0.12),
    "cropped on all sides": lambda picture: cropped(picture, 0.1, 0.07, 0.12, 0.04),
    "cropped, mirrored and resized": lambda picture: ImageOps.mirror(cropped(picture, 0.1, 0, 0.1, 0)).resize((80, 80)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_found_and_nothing_else(
    scenes: Path, look: Inspect, change: Callable[[Image.Image], Image.Image]
) -> None:
    change(scene(3)).save(scenes / "right" / "copy.jpg", quality=40)
    inspection = look(scenes)
    found = [(inspection.dataset.files[p.first], inspection.dataset.files[p.second]) for p in inspection.near]
    assert found == [("left/03.png", "right/copy.jpg")]


def test_unlike_pictures_are_no_duplicates(scenes: Path, look: Inspect) -> None:
    assert look(scenes).near == ()


def test_two_crops_of_one_picture_are_found(scenes: Path, look: Inspect) -> None:
    cropped(scene(7), 0.05, 0.0, 0.05, 0.0).save(scenes / "left" / "07.png")
    cropped(scene(7), 0.0, 0.05, 0.0, 0.05).save(scenes / "left" / "copy.png")
    inspection = look(scenes)
    assert [(inspection.dataset.files[p.first], inspection.dataset.files[p.second]) for p in inspection.near] == [
        ("left/07.png", "left/copy.png")
    ]


def test_pictures_that_share_a_pattern_and_differ_in_noise_are_no_duplicates(tmp_path: Path, look: Inspect) -> None:
    pattern = scene(1)
    for label in ("a", "b"):
        (tmp_path / "alike" / label).mkdir(parents=True)
        for number in range(30):
            strong = np.asarray(pattern) + np.random.default_rng([ord(label), number]).normal(0, 60, (128, 128))
            Image.fromarray(np.clip(strong, 0, 255).astype(np.uint8)).save(tmp_path / "alike" / label / f"{number}.png")
    assert look(tmp_path / "alike").near == ()


def test_very_small_pictures_are_not_searched(tmp_path: Path, look: Inspect) -> None:
    for label in ("a", "b"):
        (tmp_path / "small" / label).mkdir(parents=True)
        for number in range(10):
            scene(number).resize((LEAST_SIDE - 1, 40)).save(tmp_path / "small" / label / f"{number}.png")
    inspection = look(tmp_path / "small")
    assert len(inspection.searched) == 0
    assert len(inspection.exact) == 10  # the same ten pictures in both classes
    digits = open_dataset("digits", images=50)
    assert min(digits.read(0).shape[:2]) < LEAST_SIDE


def test_the_search_by_cells_finds_what_the_search_of_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = [scene(number) for number in range(300)]
    scenes += [cropped(scenes[number], 0.05, 0.1, 0.0, 0.08) for number in range(0, 300, 10)]
    thumbnails = np.stack([np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR)) for picture in scenes])

    def pairs() -> set[tuple[int, int]]:
        found = near_duplicates(
            lambda rows: thumbnails[rows],
            len(thumbnails),
            np.random.default_rng(0),
            lambda name, compute: compute(),
            Progress(io.StringIO()),
        )
        return {(pair.first, pair.second) for pair in found}

    planted = {(number, 300 + number // 10) for number in range(0, 300, 10)}
    assert pairs() == planted
    monkeypatch.setattr(candidates, "EXHAUSTIVE_UP_TO", 10)
    monkeypatch.setattr(candidates, "PICTURES_A_CELL", 30)
    by_cells = pairs()
    assert by_cells <= planted
    assert len(by_cells) >= 0.9 * len(planted)


def test_an_alignment_recovers_the_window_that_was_cut_out() -> None:
    window = (0.06, 0.95, 0.03, 0.9)
    whole = scene(5)
    part = cropped(whole, window[0], 1 - window[1], window[2], 1 - window[3])
    first, second = (fine_structure(thumbnail(picture)[np.newaxis]) for picture in (part, whole))
    aligned = align(first, second, np.array([WINDOWS[0]]), n_steps=12)
    np.testing.assert_allclose(aligned.windows[0], window, atol=0.01)
    assert aligned.agreement[0] > 0.95


def thumbnail(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR))
