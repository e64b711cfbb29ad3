"""``run``: bad input gives exit code 2 and one line, and nothing is written."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.command_line import Refused

SMOKE = ["run", "--sweep", "smoke", "--executor", "inline"]


def image(path: Path, side: int = 12) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32(f"{path.parent.name}/{path.name}".encode())  # equal pictures would be bound together
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def two_classes(folder: Path, n_images: int = 4) -> Path:
    for label in ("covid", "normal"):
        for number in range(n_images):
            image(folder / label / f"{number}.png")
    return folder


BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "unknown option": ([*SMOKE, "--seed", "1"], ["No such option: --seed", "run --help"]),
    "no sweep": (["run"], ["Missing option '--sweep'"]),
    "unknown sweep": (["run", "--sweep", "width"], ["'width'", "did you mean widths?", "smoke"]),
    "no such sweep file": (["run", "--sweep", "none.toml"], ["none.toml", "No such file"]),
    "unknown data": ([*SMOKE, "--data", "digit"], ["digits, phantom", "digit does not exist"]),
    "missing data folder": ([*SMOKE, "--data", "gone/images"], ["gone/images does not exist"]),
    "no workers": (["run", "--sweep", "smoke", "--workers", "0"], ["--workers", "1 or more", "received 0"]),
    "negative workers": (["run", "--sweep", "smoke", "--workers", "-1"], ["--workers", "1 or more", "received -1"]),
    "workers in words": (["run", "--sweep", "smoke", "--workers", "two"], ["--workers", "received two"]),
    "unknown executor": (["run", "--sweep", "smoke", "--executor", "cloud"], ["'cloud'", "'pool', 'inline'"]),
    "no folds": ([*SMOKE, "--set", "folds=0"], ["--set folds=0", "greater than or equal to 2", "received 0"]),
    "negative epochs": ([*SMOKE, "--set", "protocol.epochs=-1"], ["--set protocol.epochs=-1", "received -1"]),
    "no images": ([*SMOKE, "--set", "data.images=0"], ["--set data.images=0", "received 0"]),
    "too many images": ([*SMOKE, "--set", "data.images=9999"], ["1 to 1797", "received 9999"]),
    "images that leave a class out": ([*SMOKE, "--set", "data.images=7"], ["every class", "ask for more images"]),
    "set without a value": ([*SMOKE, "--set", "folds"], ["dotted.key=value", "'folds'"]),
    "set of an unknown key": ([*SMOKE, "--set", "fold=3"], ["no such key", "did you mean folds?"]),
    "set of a malformed value": ([*SMOKE, "--set", "seeds=[0,"], ["--set seeds=[0,", "not valid TOML"]),
    "unknown architecture in a sweep": (
        [*SMOKE, "--set", "grid.0.architecture=paper_smal"],
        ["grid[0].architecture", "'paper_smal'", "did you mean paper_small"],
    ),
    "width of no layer": ([*SMOKE, "--set", "grid.0.width=0.001"], ["width 0.001", "use 0.015625 or more"]),
    "input too small": ([*SMOKE, "--set", "input_shape=[8,8,1]"], ["needs an input of 10x10 or larger", "8x8x1"]),
}


BAD_SWEEPS: dict[str, tuple[str | bytes, list[str]]] = {
    "malformed TOML": ("name = \n", ["mine.toml", "not valid TOML", "line 1"]),
    "an empty file": ("", ["mine.toml", "name", "is required"]),
    "not text": (b"\xff\xfe", ["mine.toml", "UTF-8"]),
}


@pytest.mark.parametrize(("content", "said"), BAD_SWEEPS.values(), ids=BAD_SWEEPS)
def test_a_bad_sweep_file_is_refused_in_one_line(
    refused: Refused, tmp_path: Path, content: str | bytes, said: list[str]
) -> None:
    (tmp_path / "mine.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    line = refused("run", "--sweep", "mine.toml")
    for words in said:
        assert words in line


def empty_class(folder: Path) -> None:
    two_classes(folder)
    (folder / "pneumonia").mkdir()


def one_class(folder: Path) -> None:
    image(folder / "normal" / "0.png")


def no_class(folder: Path) -> None:
    folder.mkdir()


def small_class(folder: Path) -> None:
    two_classes(folder)
    image(folder / "pneumonia" / "0.png")


def truncated_image(folder: Path) -> None:
    path = image(two_classes(folder) / "normal" / "2.png", side=64)
    path.write_bytes(path.read_bytes()[:-200])


def no_image(folder: Path) -> None:
    (two_classes(folder) / "normal" / "notes.txt").write_text("see Dr Ito")


def manifest_of_a_missing_file(folder: Path) -> None:
    two_classes(folder)
    (folder / "manifest.csv").write_text("file,label\ncovid/0.png,covid\nnormal/99.png,normal\n")


def one_patient_a_class(folder: Path) -> None:
    two_classes(folder)
    rows = [f"{label}/{n}.png,{label},{label}-p" for label in ("covid", "normal") for n in range(4)]
    (folder / "manifest.csv").write_text("\n".join(["file,label,patient", *rows]))


BAD_DATA: dict[Callable[[Path], None], list[str]] = {
    empty_class: ["class pneumonia of films has none", "add images or remove the class"],
    one_class: ["at least two classes", "films has 1 (normal)"],
    no_class: ["at least two classes", "films has 0"],
    small_class: ["class pneumonia has 1 images for 2 folds", "use fewer folds"],
    truncated_image: ["must decode completely", "films/normal/2.png", "replace or remove it"],
    no_image: ["must decode completely", "films/normal/notes.txt"],
    manifest_of_a_missing_file: ["manifest.csv line 3", "normal/99.png"],
    one_patient_a_class: ["class covid has 1 groups (patients, near duplicates) for 2 folds", "use fewer folds"],
}


@pytest.mark.parametrize(("make", "said"), BAD_DATA.items(), ids=[make.__name__ for make in BAD_DATA])
def test_bad_data_is_refused_in_one_line(
    refused: Refused, tmp_path: Path, tensorflow_runtime: None, make: Callable[[Path], object], said: list[str]
) -> None:
    make(tmp_path / "films")
    line = refused(*SMOKE, "--data", "films")
    for words in said:
        assert words in line


def test_a_study_folder_that_is_a_file_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "smoke-digits").write_text("mine")
    assert "results/smoke-digits is a file; choose another --study or --results" in refused(*SMOKE)


def test_a_results_folder_that_is_a_file_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("mine")
    assert "is a file" in refused(*SMOKE)


def test_a_study_folder_that_cannot_be_made_is_refused(refused: Refused, tensorflow_runtime: None) -> None:
    # Permissions do not bind root, but nobody makes a folder in /proc.
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    line = refused(*SMOKE, "--results", "/proc/none")
    assert "/proc" in line
    assert "choose another --results" in line
