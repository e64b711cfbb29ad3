import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.errors import ModelFolderError
from bench.predict.model_folder import ModelFolder
from bench.predict.predictor import Prediction, Predictor, Unusable
from tests.data.odd_files import encoded
from tests.predict.small_model import TRAINED_ON, model_folder


def gray(level: int, size: tuple[int, int] = (8, 8)) -> Image.Image:
    picture = Image.new("L", size, level)
    picture.putpixel((0, 0), level - 1)
    return picture


def predicted(model: Path, path: Path) -> Prediction:
    found = Predictor(model).predict(path)
    assert isinstance(found, Prediction)
    return found


def test_a_file_has_class_probability_set_and_no_flag(model: Path, tmp_path: Path) -> None:
    gray(204).save(tmp_path / "a.png")
    found = predicted(model, tmp_path / "a.png")
    assert found.label == "bright"
    assert found.probability == pytest.approx(0.8, abs=0.001)
    assert found.conformal_set == ("bright",)
    assert found.flags == ()


def test_a_set_holds_all_classes_that_the_scores_of_the_file_admit(model: Path, tmp_path: Path) -> None:
    """Scores are u p for the first class and p + u (1 - p) for the second, with u of the file's SHA-256."""
    sets = []
    for row in range(40):
        picture = gray(135)
        picture.putpixel((1, 1), row)
        picture.save(tmp_path / f"{row}.png")
        found = predicted(model, tmp_path / f"{row}.png")
        sets.append(found.conformal_set)
        content = hashlib.sha256((tmp_path / f"{row}.png").read_bytes()).digest()
        u, p = int.from_bytes(content[:8], "big") / 2**64, found.probability
        assert found.conformal_set == (("bright", "dark") if p + u * (1 - p) <= 0.7 else ("bright",))
    assert set(sets) == {("bright", "dark"), ("bright",)}


def test_a_picture_unlike_the_training_images_is_flagged(model: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encoded(Image.new("RGB", (40, 30), (250, 250, 250)), "JPEG"))
    flags = predicted(model, tmp_path / "photo.jpg").flags
    assert [flag.split(",")[0] for flag in flags] == [
        *("mode RGB", "width 40", "height 30", "aspect 1.33", "mean intensity 0.980")
    ]


def test_a_training_image_is_flagged(model: Path, tmp_path: Path) -> None:
    Image.fromarray((TRAINED_ON[..., 0] * 255).round().astype(np.uint8)).save(tmp_path / "copy.png")
    assert predicted(model, tmp_path / "copy.png").flags == ("equal to training image dark/7.png",)


def test_transparency_and_depth_are_decoded_as_in_training(model: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0.75 * 65535, np.uint16)).save(tmp_path / "deep.png")
    Image.new("LA", (8, 8), (204, 128)).save(tmp_path / "half.png")
    assert predicted(model, tmp_path / "deep.png").probability == pytest.approx(0.75, abs=1e-4)
    assert predicted(model, tmp_path / "half.png").probabilities[0] == pytest.approx(0.8 * 128 / 255, abs=1e-4)


def test_files_that_cannot_be_used_have_a_reason(model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no image")
    (tmp_path / "cut.png").write_bytes(encoded(gray(100, (50, 50)), "PNG")[:60])
    os.mkfifo(tmp_path / "pipe")
    reasons = []
    for name in ("a.txt", "cut.png", "absent.png", "pipe", ".", "nul\0"):
        found = Predictor(model).predict(tmp_path / name)
        assert isinstance(found, Unusable)
        reasons.append(found.reason)
    assert reasons[0] == "no image"
    assert reasons[1].startswith("does not decode (")
    assert reasons[2:] == ["no file"] * 4


def test_a_folder_says_what_was_written(model: Path) -> None:
    assert ModelFolder.read(model) == model_folder()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.json").unlink(), "a folder with model.json and classes.json; .*No such file"),
        (lambda folder: (folder / "model.json").write_text("{}"), "are as bench export wrote them; .*KeyError"),
        (lambda folder: (folder / "model.json").write_text("?"), "are as bench export wrote them; .*JSONDecodeError"),
        (lambda folder: (folder / "model.json").write_text('{"format": 9}'), "reads exported models of format 1; .* 9"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"?"), "model.onnx is as bench export wrote it"),
        (lambda folder: (folder / "training_prints.npz").unlink(), "has the prints of its training images"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(model: Path, tmp_path: Path, damage: object, message: str) -> None:
    assert callable(damage)
    folder = shutil.copytree(model, tmp_path / "model")
    damage(folder)
    with pytest.raises(ModelFolderError, match=message) as refused:
        Predictor(folder)
    assert "\n" not in str(refused.value)
