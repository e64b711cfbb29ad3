"""The command ``export``: what it refuses. ``tests/test_exporting.py`` exports."""

import sys
from pathlib import Path

import pytest

from tests.cli.command_line import Refused
from tests.exportable_study import SMALL, severe_finding, write_study


def test_a_study_that_cannot_answer_is_refused(refused: Refused, tmp_path: Path) -> None:
    write_study(tmp_path / "study", severe=severe_finding())
    line = refused("export", "study", "--network", SMALL, "--out", "model")
    assert line == (
        "error: an export is for use, so the study must answer and no control may be more accurate; This study cannot "
        "say which size to take: dimensions and format of the files alone tell the classes apart; give --anyway to "
        f"export {SMALL} nevertheless"
    )


def test_a_name_that_no_network_has_is_refused(refused: Refused, tmp_path: Path) -> None:
    write_study(tmp_path / "study")
    line = refused("export", "study", "--network", "resnet x1", "--out", "model")
    assert "received resnet x1; its networks: paper_small ×0.125; paper_small ×0.25" in line


def test_missing_converters_are_named_with_the_command_that_installs_them(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_study(tmp_path / "study")
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    line = refused("export", "study", "--out", "model")
    assert line.endswith("tf2onnx is not installed; run python -m pip install 'param-scaling-bench[export]'")


def test_a_missing_runtime_is_named_with_the_command_that_installs_it(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.predict.small_model import write_model

    write_model(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    line = refused("predict", "model", "a.png")
    assert line.endswith("onnxruntime, which is not installed; run python -m pip install onnxruntime")


def test_a_folder_without_a_study_is_refused(refused: Refused) -> None:
    assert "a study's folder holds study.sqlite" in refused("export", "absent", "--out", "model")
