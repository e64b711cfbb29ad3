import shutil
from pathlib import Path

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench


def test_a_site_is_built_and_its_index_named(bench_command: Bench, stored_study: Path, tmp_path: Path) -> None:
    shutil.copytree(stored_study, tmp_path / "results" / "lungs")
    code, out, _ = bench_command("site", tmp_path / "results", "--out", tmp_path / "site")
    assert code == 0
    assert out == f"1 studies and audits in {tmp_path / 'site' / 'index.html'}\n"
    assert (tmp_path / "site" / "index.html").is_file()


def test_a_folder_without_studies_is_refused(refused: Refused) -> None:
    assert "has none; name a folder" in refused("site", ".", "--out", "site")
    assert "nowhere is none; name the folder" in refused("site", "nowhere", "--out", "site")
