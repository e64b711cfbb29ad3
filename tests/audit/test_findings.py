"""Each thing that can be wrong with a data set is found where it was planted, with its files, and not elsewhere."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench.audit import Audit, Finding, Severity
from bench.audit.build_audit import examine
from bench.audit.metadata_separation import separation
from tests.audit.conftest import Inspect, scene, write_manifest


def kinds(audit: Audit) -> dict[str, Finding]:
    return {finding.kind: finding for finding in audit.findings}


def patients_of(folder: Path, shared: dict[str, str]) -> None:
    """A manifest in which every picture has a patient of its own, but for those in ``shared``."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.parent != folder)
    write_manifest(folder, [(file, file.split("/")[0], shared.get(file, file)) for file in files])


def test_a_clean_set_has_no_severe_finding_and_no_pair(scenes: Path, look: Inspect) -> None:
    audit = examine(look(scenes))
    assert set(kinds(audit)) == {"patients_unknown", "small_classes"}
    assert (audit.n_images, audit.n_groups, audit.n_searched) == (40, 40, 40)


def test_equal_pictures_of_one_class_are_exact_duplicates_in_any_format(scenes: Path, look: Inspect) -> None:
    with Image.open(scenes / "left" / "02.png") as picture:
        picture.save(scenes / "left" / "copy.bmp")
    found = kinds(examine(look(scenes)))["exact_duplicates"]
    assert found.severity is Severity.WARNING
    assert found.files == (("left/02.png", "left/copy.bmp"),)


def test_equal_pictures_of_two_classes_are_a_label_conflict(scenes: Path, look: Inspect) -> None:
    shutil.copy(scenes / "left" / "02.png", scenes / "right" / "copy.png")
    found = kinds(examine(look(scenes)))
    assert found["label_conflict"].severity is Severity.SEVERE
    assert found["label_conflict"].files == (("left/02.png", "right/copy.png"),)
    assert "exact_duplicates" not in found


def test_near_duplicates_of_two_classes_are_severe_and_of_one_a_warning(scenes: Path, look: Inspect) -> None:
    scene(2).save(scenes / "right" / "copy.jpg", quality=50)
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    found = kinds(examine(look(scenes)))
    across, within = found["near_duplicates_across_classes"], found["near_duplicates"]
    assert (across.severity, within.severity) == (Severity.SEVERE, Severity.WARNING)
    assert across.files == (("left/02.png", "right/copy.jpg"),)
    assert within.files == (("left/05.png", "left/copy.jpg"),)


def test_near_duplicates_with_two_patients_doubt_the_patients(scenes: Path, look: Inspect) -> None:
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    patients_of(scenes, {})
    found = kinds(examine(look(scenes)))
    assert found["near_duplicates_across_patients"].files == (("left/05.png", "left/copy.jpg"),)
    patients_of(scenes, {"left/05.png": "p", "left/copy.jpg": "p"})
    assert "near_duplicates_across_patients" not in kinds(examine(look(scenes)))


def test_exact_duplicates_with_two_patients_doubt_the_patients_too(scenes: Path, look: Inspect) -> None:
    shutil.copy(scenes / "left" / "05.png", scenes / "left" / "twin.png")
    patients_of(scenes, {"left/05.png": "p", "left/twin.png": "q"})
    assert kinds(examine(look(scenes)))["near_duplicates_across_patients"].files == (("left/05.png", "left/twin.png"),)


def test_patients_with_several_pictures_are_counted_by_class(scenes: Path, look: Inspect) -> None:
    patients_of(scenes, {"left/00.png": "p", "left/01.png": "p", "left/02.png": "q", "right/00.png": "q"})
    found = kinds(examine(look(scenes)))
    assert "3 of 20 left, 1 of 20 right" in found["patient_overlap"].what
    assert found["patient_in_several_classes"].files == (("left/02.png", "right/00.png"),)
    assert "patients_unknown" not in found


def test_files_that_cannot_be_used_are_listed_by_what_is_wrong(scenes: Path, look: Inspect) -> None:
    (scenes / "left" / "text.png").write_text("no picture")
    (scenes / "right" / "cut.png").write_bytes((scenes / "right" / "00.png").read_bytes()[:3000])
    found = kinds(examine(look(scenes)))
    assert found["left_out_no_image"].files == (("left/text.png",),)
    assert found["left_out_does_not_decode"].files == (("right/cut.png",),)
    assert found["left_out_no_image"].severity is Severity.SEVERE


def test_constant_pictures_are_named_and_do_not_bind(scenes: Path, look: Inspect) -> None:
    for number in range(2):
        Image.new("L", (128, 128), 90).save(scenes / "left" / f"blank{number}.png")
    inspection = look(scenes)
    audit = examine(inspection)
    assert kinds(audit)["constant_images"].files == (("left/blank0.png",), ("left/blank1.png",))
    assert audit.n_groups == audit.n_images == 42


def test_wrong_suffixes_and_several_frames_are_named(scenes: Path, look: Inspect) -> None:
    scene(300).save(scenes / "left" / "photo.png", "JPEG")
    scene(301).save(scenes / "right" / "film.gif", save_all=True, append_images=[scene(302)])
    found = kinds(examine(look(scenes)))
    assert found["wrong_suffix"].files == (("left/photo.png",),)
    assert found["several_frames"].files == (("right/film.gif",),)


def test_a_class_of_nearly_all_images_is_an_imbalance(scenes: Path, look: Inspect) -> None:
    for number in range(3, 20):
        (scenes / "right" / f"{number:02d}.png").unlink()
    found = kinds(examine(look(scenes)))
    assert "87.0% of all images are left" in found["imbalance"].what


def test_classes_of_two_sizes_are_told_apart_without_a_pixel(scenes: Path, look: Inspect) -> None:
    for number in range(20):
        scene(100 + number).resize((100 + number % 3, 140)).save(scenes / "right" / f"{number:02d}.png")
    audit = examine(look(scenes))
    found = kinds(audit)["metadata_tells_classes"]
    assert found.severity is Severity.SEVERE
    assert audit.separations[0].accuracy == 1.0
    assert "1.000 [1.000, 1.000]" in found.what
    assert "0.500" in found.what


def test_formats_and_modes_alone_are_enough_for_the_forest(scenes: Path, look: Inspect) -> None:
    for number in range(20):
        (scenes / "right" / f"{number:02d}.png").unlink()
        scene(100 + number).save(scenes / "right" / f"{number:02d}.jpg")
    assert kinds(examine(look(scenes)))["metadata_tells_classes"].severity is Severity.SEVERE


def test_findings_come_with_the_most_severe_first(scenes: Path, look: Inspect) -> None:
    shutil.copy(scenes / "left" / "02.png", scenes / "right" / "copy.png")
    severities = [finding.severity for finding in examine(look(scenes)).findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert severities[0] is Severity.SEVERE


def test_an_audit_survives_its_own_json(scenes: Path, look: Inspect) -> None:
    audit = examine(look(scenes))
    assert Audit.model_validate_json(audit.canonical_json) == audit


@pytest.mark.parametrize("seed", range(3))
def test_columns_of_chance_do_not_tell_classes_apart(seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = pd.DataFrame({"width": draw.integers(100, 200, 300), "format": draw.choice(["PNG", "JPEG"], 300)})
    labels = draw.integers(0, 2, 300)
    found = separation(table, labels, np.arange(300))
    assert found is not None
    assert found.low <= found.majority + 0.05
    assert found.low < found.accuracy < found.high


def test_groups_that_share_a_value_do_not_leak_into_the_forest() -> None:
    # Every patient has a width of its own and a random class: split image by image, the width gives the class away.
    draw = np.random.default_rng(0)
    groups = np.arange(300) // 5
    labels = draw.integers(0, 2, 60)[groups]
    table = pd.DataFrame({"width": 1000 + draw.permutation(60)[groups]})
    apart, together = separation(table, labels, np.arange(300)), separation(table, labels, groups)
    assert apart is not None
    assert together is not None
    assert apart.accuracy > 0.9
    assert together.accuracy < 0.7
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_classes_that_cannot_be_divided_in_two_have_no_separation() -> None:
    assert separation(pd.DataFrame({"width": [1, 2, 3]}), np.array([0, 0, 1]), np.arange(3)) is None


def test_bound_groups_join_patients_and_duplicates_and_each_can_be_switched_off(scenes: Path, look: Inspect) -> None:
    scene(5).save(scenes / "left" / "copy.jpg", quality=50)
    patients_of(scenes, {"left/05.png": "p", "left/06.png": "p"})
    inspection = look(scenes)
    rows = [inspection.dataset.files.index(f"left/{name}") for name in ("05.png", "06.png", "copy.jpg")]
    both, patients, pairs, neither = (
        inspection.groups(patient_wise=patient_wise, bind_duplicates=bind)[rows]
        for patient_wise, bind in ((True, True), (True, False), (False, True), (False, False))
    )
    assert len(set(both)) == 1
    assert patients[0] == patients[1] != patients[2]
    assert pairs[0] == pairs[2] != pairs[1]
    assert len(set(neither)) == 3
