"""Publishing copies a finished study whole, and refuses everything that its store does not vouch for."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.errors import StudyError
from bench.published_answers import answers_table
from bench.publishing import publish
from bench.records import Trial, TrialResult
from bench.report import write_report
from bench.store import STORE_NAME, Store, checksums
from tests.cli.command_line import bench, tree
from tests.store.planted import ENVIRONMENT, SMALL, Planted

NAME = SMALL.study.name


def reported(folder: Path, planted: Planted = SMALL, end: Callable[[Trial], TrialResult | None] | None = None) -> Path:
    """A planted study with its report."""
    with Store.open_existing(planted.write(folder, end)) as store:
        write_report(store, folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def no_plots() -> Iterator[None]:
    """Rendering takes seconds per report, and publishing compares texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.report.report_files.saved", lambda figure, suffix: suffix.encode())
        yield


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory, no_plots: None) -> Path:
    return reported(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def study(finished_once: Path, tmp_path: Path) -> Path:
    """A finished study of its own for each test."""
    copy = tmp_path / "results" / NAME
    copy.mkdir(parents=True)
    for path in finished_once.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


def refusal(study: Path, published: Path) -> str:
    """The one line of a refused publication, which leaves the published folders as they were."""
    before = tree(published)
    with pytest.raises(StudyError) as refused:
        publish(study, published)
    assert tree(published) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_finished_study_is_published_with_its_report_and_its_store(study: Path, published: Path) -> None:
    folder = publish(study, published)
    assert folder == published / NAME
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in study.iterdir()}
    assert all((folder / name).read_bytes() == (study / name).read_bytes() for name in names if name != STORE_NAME)
    with Store.open_existing(study) as ours, Store.open_existing(folder) as theirs:
        assert theirs.trials().equals(ours.trials())
    assert {path.name for path in published.iterdir()} == {NAME, "README.md"}


def test_anybody_can_rebuild_the_published_pages_from_the_published_store(study: Path, published: Path) -> None:
    folder = publish(study, published)
    before = tree(folder)
    with Store.open_existing(folder) as store:
        write_report(store, folder)
    assert tree(folder) == before


def test_results_that_are_only_in_the_write_ahead_log_are_published(tmp_path: Path, published: Path) -> None:
    study = reported(tmp_path / "study", end=lambda trial: None)
    with Store.open_existing(study) as writer:
        for trial in SMALL.trials:
            writer.record(SMALL.result(trial), ENVIRONMENT)
        write_report(writer, study)
        assert (study / f"{STORE_NAME}-wal").stat().st_size > 0
        folder = publish(study, published)
    assert not (folder / f"{STORE_NAME}-wal").exists()
    with Store.open_existing(folder) as copy:
        assert copy.counts().done == len(SMALL.trials)


def test_the_published_readme_is_kept(study: Path, published: Path) -> None:
    (study / "README.md").write_text("draft")
    folder = publish(study, published)
    assert (folder / "README.md").read_text() == "draft"
    (folder / "README.md").write_text("final")
    publish(study, published)
    assert (folder / "README.md").read_text() == "final"


def test_publishing_again_replaces_the_report_and_removes_files_that_it_no_longer_has(
    study: Path, published: Path
) -> None:
    folder = publish(study, published)
    (folder / "old.png").write_bytes(b"old")
    (folder / "trials.csv").write_text("old")
    publish(study, published)
    assert not (folder / "old.png").exists()
    assert (folder / "trials.csv").read_bytes() == (study / "trials.csv").read_bytes()


@pytest.mark.parametrize("name", ["trials.csv", "statements.md", "analysis.json", "summary.tex"])
def test_a_table_that_differs_from_the_store_is_refused_by_name_with_the_fix(
    study: Path, published: Path, name: str
) -> None:
    (study / name).write_text((study / name).read_text() + " ")
    line = refusal(study, published)
    assert f" {name} differ" in line
    assert f"python -m bench report {study}" in line


def test_a_missing_table_is_refused(study: Path, published: Path) -> None:
    (study / "splits.csv").unlink()
    assert "splits.csv differ" in refusal(study, published)


def test_a_text_file_that_the_report_does_not_write_is_refused(study: Path, published: Path) -> None:
    (study / "notes.md").write_text("mine")
    assert "notes.md differ" in refusal(study, published)


def test_an_incomplete_study_is_refused(tmp_path: Path, published: Path) -> None:
    first = SMALL.trials[0]
    study = reported(tmp_path / "study", end=lambda trial: None if trial == first else SMALL.result(trial))
    line = refusal(study, published)
    assert "1 of 8 trials" in line
    assert "rerun its sweep" in line


def test_a_study_that_was_only_timed_is_published(tmp_path: Path, published: Path) -> None:
    study = reported(tmp_path / "study", end=lambda trial: None)
    assert (publish(study, published) / "timing.csv").is_file()


def test_an_untrained_study_without_times_is_refused(tmp_path: Path, published: Path) -> None:
    study = tmp_path / "study"
    SMALL.write(study, lambda trial: None, step_ns=())
    assert "must be complete" in refusal(study, published)


def test_a_study_on_other_data_does_not_replace_a_published_one(study: Path, published: Path) -> None:
    folder = publish(study, published)
    rewrite_record(folder, "0123456789abcdef", "f" * 16)
    line = refusal(study, published)
    assert "f" * 16 in line
    assert "0123456789abcdef" in line


def test_a_study_of_another_name_does_not_replace_a_published_one(study: Path, published: Path) -> None:
    folder = publish(study, published)
    rewrite_record(folder, NAME, "another")
    assert "is another on data" in refusal(study, published)


def test_a_published_study_without_a_store_is_known_by_the_data_of_its_trials(study: Path, published: Path) -> None:
    folder = publish(study, published)
    (folder / STORE_NAME).unlink()
    publish(study, published)
    (folder / STORE_NAME).unlink()
    table = folder / "trials.csv"
    table.write_text(table.read_text().replace("0123456789abcdef", "f" * 16))
    assert "f" * 16 in refusal(study, published)


def rewrite_record(folder: Path, old: str, new: str) -> None:
    connection = sqlite3.connect(folder / STORE_NAME, isolation_level=None)
    connection.execute("UPDATE rounds SET record = replace(record, ?, ?)", (old, new))
    checksums.seal_all(connection)
    connection.close()


@pytest.mark.parametrize("place", ["study", "file", "to", "target", "published file"])
def test_symbolic_links_are_refused(study: Path, published: Path, tmp_path: Path, place: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    if place in ("target", "published file"):
        publish(study, published)
    links = {
        "study": study,
        "file": study / "trials.csv",
        "to": published,
        "target": published / NAME,
        "published file": published / NAME / "README.md",
    }
    link = links[place]
    if link.exists():
        link.rename(elsewhere)
    else:
        elsewhere.mkdir()
    link.symlink_to(elsewhere)
    before = tree(elsewhere)
    line = refusal(study, published)
    assert f"{link} is one" in line
    assert tree(elsewhere) == before


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/elsewhere"])
def test_a_study_whose_name_is_no_folder_of_its_own_is_refused(study: Path, published: Path, name: str) -> None:
    publish(study, published)
    rewrite_record(study, f'"{NAME}"', f'"{name}"')
    with Store.open_existing(study) as store:
        write_report(store, study)
    assert f"received {name!r}" in refusal(study, published)


def test_a_folder_without_a_study_is_refused(tmp_path: Path, published: Path) -> None:
    assert "study.sqlite" in refusal(tmp_path / "gone", published)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("moved", ["the published study", "its successor"])
def test_a_publication_that_fails_at_the_swap_leaves_the_published_study(
    study: Path, published: Path, monkeypatch: pytest.MonkeyPatch, moved: str
) -> None:
    folder = publish(study, published)
    before = tree(published)
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        is_successor = target == folder and self.parent == published
        if self == folder if moved == "the published study" else is_successor:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(StudyError, match="No space left on device"):
        publish(study, published)
    assert tree(published) == before


def test_the_command_prints_where_the_study_is_published(
    study: Path, published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = bench(monkeypatch, capsys, "publish", str(study), "--to", str(published))
    assert (code, out) == (0, f"published: {published / NAME}\n")
    (study / "trials.csv").write_text("mine")
    code, out, err = bench(monkeypatch, capsys, "publish", str(study), "--to", str(published))
    assert (code, out) == (2, "")
    assert err.startswith("error: a published study's tables must be")
    assert err.count("\n") == 1


def table_of(published: Path) -> list[str]:
    return [line for line in (published / "README.md").read_text().splitlines() if line.startswith("| [")]


def test_the_table_of_published_studies_has_each_studys_own_answer(study: Path, published: Path) -> None:
    folder = publish(study, published)
    answer = json.loads((folder / "analysis.json").read_text())["answer"]
    assert answer["headline"] in answer["text"]
    assert table_of(published) == [f"| [{NAME}]({NAME}/) | {answer['headline']} |"]


def test_publishing_again_keeps_what_was_written_around_the_table(study: Path, published: Path) -> None:
    publish(study, published)
    readme = published / "README.md"
    readme.write_text(f"# Ours\n\nBefore.\n{readme.read_text()}\nAfter.\n")
    before = readme.read_text()
    publish(study, published)
    assert readme.read_text() == before
    readme.write_text("# Ours\n")
    publish(study, published)
    assert readme.read_text().startswith("# Ours\n\n<!-- answers")
    assert len(table_of(published)) == 1


def test_audits_times_and_studies_of_earlier_versions_have_a_row(published: Path) -> None:
    finding = {"severity": "severe", "what": "equal pictures"}
    for name, file, content in (
        ("audit-bad", "audit.json", {"n_images": 1098, "findings": [finding]}),
        ("audit-good", "audit.json", {"n_images": 98, "findings": [{**finding, "severity": "note"}]}),
        ("old", "analysis.json", {"study": "old"}),
        ("timing", "other.json", {}),
    ):
        (published / name).mkdir(parents=True)
        (published / name / file).write_text(json.dumps(content))
    assert [row.split(" | ")[1].removesuffix(" |") for row in answers_table(published).splitlines()[2:]] == [
        "1,098 images, a severe finding: equal pictures.",
        "98 images, no severe finding.",
        "Published by a version without answers.",
        "Times only: see its timing.md.",
    ]
