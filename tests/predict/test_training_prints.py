import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from bench.audit.near_duplicates.prints import described
from bench.audit.near_duplicates.thresholds import SEARCH_SETTINGS
from bench.audit.near_duplicates.whitening import Whitening
from bench.audit.pictures import THUMB_SIDE
from bench.data.fingerprint import gray_picture, pixel_hash, thumbnail
from bench.predict.training_prints import TrainingPrints
from bench.seeds import generator
from tests.audit.conftest import noisy, scene

N = 40


def pixels(picture: Image.Image) -> NDArray[np.float32]:
    return np.asarray(picture, dtype=np.float32)[..., np.newaxis] / np.float32(255)


def match(prints: TrainingPrints, picture: Image.Image) -> str | None:
    image = pixels(picture)
    return prints.match(pixel_hash(image), gray_picture(image))


def recompressed(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=40)
    return Image.open(file)


@pytest.fixture(scope="module")
def thumbnails() -> NDArray[np.uint8]:
    return np.stack([thumbnail(pixels(scene(number))[..., 0], THUMB_SIDE) for number in range(N)])


@pytest.fixture(scope="module")
def prints(thumbnails: NDArray[np.uint8]) -> TrainingPrints:
    filters, descriptors = described(lambda at: thumbnails[at], N, SEARCH_SETTINGS, generator(0, 0, "audit_search"))
    return TrainingPrints(
        files=np.array([f"{number}.png" for number in range(N)]),
        pixel_hashes=np.array([pixel_hash(pixels(scene(number))) for number in range(N)]),
        searched=np.arange(N),
        descriptors=descriptors,
        filters=filters,
        least_cosine=SEARCH_SETTINGS.least_peculiar_agreement,
        shortest_side=SEARCH_SETTINGS.shortest_side,
    )


def test_descriptors_are_those_of_the_audits_search(thumbnails: NDArray[np.uint8], prints: TrainingPrints) -> None:
    def read(at: NDArray[np.int64]) -> NDArray[np.uint8]:
        return thumbnails[at]

    whitening = Whitening.learn(read, N, SEARCH_SETTINGS, generator(0, 0, "audit_search"))
    expected = whitening.of_wholes(read, np.arange(N)).swapaxes(0, 1)
    assert prints.filters is not None
    found = np.stack([prints.filters.descriptors(small) for small in thumbnails])
    np.testing.assert_allclose(found, expected, atol=5e-6)


def test_a_training_image_is_named(prints: TrainingPrints) -> None:
    assert match(prints, scene(7)) == "equal to training image 7.png"


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resized": lambda picture: picture.resize((90, 75)),
    "recompressed": recompressed,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "of less contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(0.6),
    "noisy": noisy,
    "mirrored": ImageOps.mirror,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_a_near_duplicate(
    prints: TrainingPrints, change: Callable[[Image.Image], Image.Image]
) -> None:
    assert match(prints, change(scene(3))) == "near duplicate of training image 3.png"


def test_other_pictures_match_nothing(prints: TrainingPrints) -> None:
    assert [match(prints, scene(number)) for number in range(500, 540)] == [None] * 40


def test_small_and_constant_pictures_are_compared_by_their_pixels_only(prints: TrainingPrints) -> None:
    assert match(prints, scene(3).resize((20, 20))) is None
    assert match(prints, Image.new("L", (128, 128), 99)) is None


@pytest.mark.parametrize("has_filters", [True, False])
def test_prints_survive_their_file(prints: TrainingPrints, tmp_path: Path, has_filters: bool) -> None:
    if not has_filters:
        none = np.empty((0, 0), np.float32)
        prints = TrainingPrints(prints.files, prints.pixel_hashes, np.empty(0, np.int64), none, None, 0.8, 32)
    prints.save(tmp_path / "prints.npz")
    read = TrainingPrints.load(tmp_path / "prints.npz")
    assert match(read, scene(7)) == "equal to training image 7.png"
    expected = "near duplicate of training image 3.png" if has_filters else None
    assert match(read, ImageOps.mirror(scene(3))) == expected
