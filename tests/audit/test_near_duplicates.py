"""Planted near duplicates are found, and nothing else is."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from bench.audit import inspection
from bench.audit.inspection import inspect
from bench.audit.near_duplicates.alignment import align
from bench.audit.near_duplicates.descriptors import fine_structure
from bench.audit.near_duplicates.search import near_duplicates
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS, SearchSettings
from bench.data import open_dataset
from bench.progress import Progress
from tests.audit.conftest import Inspect, cropped, noisy, scene
from tests.damage import DAMAGE, Damage

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
    looked = look(scenes)
    found = [(looked.dataset.files[p.first], looked.dataset.files[p.second]) for p in looked.near]
    assert found == [("left/03.png", "right/copy.jpg")]


def test_unlike_pictures_are_no_duplicates(scenes: Path, look: Inspect) -> None:
    assert look(scenes).near == ()


def test_two_crops_of_one_picture_are_found(scenes: Path, look: Inspect) -> None:
    cropped(scene(7), 0.05, 0.0, 0.05, 0.0).save(scenes / "left" / "07.png")
    cropped(scene(7), 0.0, 0.05, 0.0, 0.05).save(scenes / "left" / "copy.png")
    looked = look(scenes)
    assert [(looked.dataset.files[p.first], looked.dataset.files[p.second]) for p in looked.near] == [
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
            scene(number).resize((SEARCH_SETTINGS.shortest_side - 1, 40)).save(
                tmp_path / "small" / label / f"{number}.png"
            )
    looked = look(tmp_path / "small")
    assert len(looked.searched) == 0
    assert len(looked.exact) == 10  # the same ten pictures in both classes
    digits = open_dataset("digits", images=50)
    assert min(digits.read(0).shape[:2]) < SEARCH_SETTINGS.shortest_side


def test_the_search_by_cells_finds_what_the_search_of_all_finds() -> None:
    scenes = [scene(number) for number in range(300)]
    scenes += [cropped(scenes[number], 0.05, 0.1, 0.0, 0.08) for number in range(0, 300, 10)]
    thumbnails = np.stack([np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR)) for picture in scenes])

    def pairs(settings: SearchSettings) -> set[tuple[int, int]]:
        found = near_duplicates(
            lambda rows: thumbnails[rows],
            len(thumbnails),
            settings,
            np.random.default_rng(0),
            lambda name, compute: compute(),
            Progress(io.StringIO()),
        )
        return {(pair.first, pair.second) for pair in found}

    planted = {(number, 300 + number // 10) for number in range(0, 300, 10)}
    assert pairs(SEARCH_SETTINGS) == planted
    by_cells = pairs(SearchSettings(exhaustive_up_to=10, pictures_per_cell=30))
    assert by_cells <= planted
    assert len(by_cells) >= 0.9 * len(planted)


def test_a_found_result_does_not_outlive_its_threshold(scenes: Path, tmp_path: Path) -> None:
    noisy(cropped(scene(3), 0.1, 0.07, 0.12, 0.04)).save(scenes / "right" / "copy.jpg", quality=40)

    def agreements(settings: SearchSettings) -> list[float]:
        dataset = open_dataset(str(scenes))
        inspected = inspect(dataset, tmp_path / "cache", Progress(io.StringIO()), settings=settings)
        return [pair.agreement for pair in inspected.near]

    (agreement,) = agreements(SEARCH_SETTINGS)
    assert agreements(SearchSettings(least_agreement=(1 + agreement) / 2)) == []
    assert agreements(SEARCH_SETTINGS) == [agreement]


@pytest.mark.parametrize("name", SearchSettings.model_fields)
def test_every_setting_is_in_the_cache_key(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(inspection, "near_duplicates", lambda *arguments: [])
    dataset = open_dataset(str(scenes)).subset([0, 20])

    def results(settings: SearchSettings) -> set[Path]:
        inspect(dataset, tmp_path / "cache", Progress(io.StringIO()), settings=settings)
        return set((tmp_path / "cache").glob("near-duplicates-*.json"))

    value = getattr(SEARCH_SETTINGS, name)
    other = (*value, value[-1]) if isinstance(value, tuple) else value + 1
    assert len(results(SEARCH_SETTINGS)) == 1
    assert len(results(SEARCH_SETTINGS.model_copy(update={name: other}))) == 2


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_result_is_searched_again_with_a_note(scenes: Path, tmp_path: Path, damage: Damage) -> None:
    scene(3).save(scenes / "right" / "copy.jpg", quality=40)
    dataset = open_dataset(str(scenes)).subset([0, 1, 2, 3, 20, 40])
    found = inspect(dataset, tmp_path / "cache", Progress(io.StringIO())).near
    assert len(found) == 1
    (file,) = (tmp_path / "cache").glob("near-duplicates-*.json")
    file.write_bytes(damage(file.read_bytes()))
    printed = io.StringIO()
    assert inspect(dataset, tmp_path / "cache", Progress(printed)).near == found
    assert printed.getvalue().count(f"the cache file {file} is damaged and is made again\n") == 1


def test_an_alignment_recovers_the_window_that_was_cut_out() -> None:
    window = (0.06, 0.95, 0.03, 0.9)
    whole = scene(5)
    part = cropped(whole, window[0], 1 - window[1], window[2], 1 - window[3])
    first, second = (fine_structure(thumbnail(picture)[np.newaxis], SEARCH_SETTINGS) for picture in (part, whole))
    aligned = align(first, second, np.array([SEARCH_SETTINGS.windows[0]]), 12, SEARCH_SETTINGS)
    np.testing.assert_allclose(aligned.windows[0], window, atol=0.01)
    assert aligned.agreement[0] > 0.95


def thumbnail(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR))
