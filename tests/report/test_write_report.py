import csv
import html
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench.errors import StudyError
from bench.records import FailureKind, NetworkTrial, Protocol, Trial, TrialResult
from bench.report import write_report
from bench.store import Store
from tests.store.planted import SMALL, Planted, cost, failed, network

PLOTS = ("accuracy", "loss", "step_ms", "pareto", "calibration", "forest", "components")
ALWAYS = {
    *("trials.csv", "summary.csv", "summary.md", "summary.tex", "splits.csv", "environment.json", "curves.png"),
    *("answer.md", "statements.md", "appendix.md", "analysis.json", "report.html"),
    *(f"{plot}.{suffix}" for plot in PLOTS for suffix in ("png", "svg")),
}
TIMED = {"timing.csv", "timing.md"}
PUBLISHED = {
    "label": "A & B (2020)",
    "architecture": "paper_small",
    "n_params": 4000,
    "val_accuracy": 0.8788,
    "n_images": 33,
    "step_ms": 135.0,
}


def report_on(planted: Planted, folder: Path, **write: Any) -> dict[str, bytes]:
    planted.write(folder / "study", **write)
    with Store.open_existing(folder / "study") as store:
        return {path.name: path.read_bytes() for path in write_report(store, folder / "report")}


def svg_text(svg: bytes) -> str:
    """matplotlib draws letters as outlines and leaves each text in a comment."""
    comment: Any = ET.Comment
    comments = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    tree = ET.fromstring(svg, comments)
    return html.unescape("\n".join(node.text or "" for node in tree.iter(comment)))


def html_texts(page: str) -> str:
    """A page without its scripts and its licences; its data are checked as JSON without NaN when it is written."""
    return re.sub(r"<(script|style|pre)\b.*?</\1>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def small_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return report_on(SMALL, tmp_path_factory.mktemp("small"))


def test_every_file_is_written_and_nothing_else(small_report: dict[str, bytes]) -> None:
    assert set(small_report) == ALWAYS | TIMED
    assert all(small_report.values())


def test_trials_csv_has_a_row_a_trial_with_every_digit(small_report: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_bytes(small_report["trials.csv"])
    trials = pd.read_csv(tmp_path / "trials.csv")
    asked = (
        "architecture width input_shape n_params n_trainable_params flops_per_example dataset fold seed state "
        "train_accuracy train_loss val_accuracy val_loss train_s error trial_key split_hash failure"
    )
    assert set(asked.split()) <= set(trials.columns)
    assert trials["trial_key"].tolist() == [trial.key for trial in SMALL.trials]
    assert set(trials["val_accuracy"]) == {5 / 6}
    assert set(trials["val_loss"]) == {0.8 / 3}


def test_summary_csv_is_empty_where_there_is_nothing_to_compute(tmp_path: Path) -> None:
    one = SMALL.trials[0]
    files = report_on(SMALL, tmp_path, result=lambda trial: SMALL.result(trial) if trial == one else None, step_ns=())
    first, second = csv.DictReader(files["summary.csv"].decode().splitlines())
    assert (first["val_accuracy_mean"], first["val_accuracy_sd"], first["step_ms_median"]) == (str(5 / 6), "", "")
    assert (second["n_trials"], second["n_done"], second["val_accuracy_mean"]) == ("4", "0", "")


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(lambda trial: None, id="nothing done"),
        pytest.param(lambda trial: SMALL.result(trial) if trial == SMALL.trials[0] else None, id="one trial done"),
        pytest.param(failed, id="all failed"),
        pytest.param(lambda trial: failed(trial) if trial.fold else SMALL.result(trial), id="some failed"),
        pytest.param(SMALL.result, id="all done"),
    ],
)
@pytest.mark.parametrize("step_ns", [(), (5_000_000,)], ids=["untimed", "timed"])
def test_any_state_of_a_study_has_a_report_without_nan_or_warning(
    tmp_path: Path,
    ends: Callable[[Trial], TrialResult | None],
    step_ns: tuple[int, ...],
    recwarn: pytest.WarningsRecorder,
) -> None:
    planted = Planted(SMALL.networks, report={"confusion": True, "published": [PUBLISHED]})
    files = report_on(planted, tmp_path, result=ends, step_ns=step_ns)
    confusion = {"confusion.png", "confusion.svg", "classification_report.txt"}
    trained = ALWAYS | confusion | {"published.md"}
    timed = TIMED if step_ns else set()
    only_timed = {*TIMED, "step_ms.png", "step_ms.svg", "environment.json", "report.html"}
    assert set(files) == (only_timed if step_ns and ends(SMALL.trials[0]) is None else trained | timed)
    for name, content in files.items():
        if not name.endswith((".png", ".svg", ".html")):
            assert "nan" not in content.decode().lower().replace("became nan", "")
    assert "nan" not in html_texts(files["report.html"].decode()).lower().replace("became nan", "")
    assert [str(warning.message) for warning in recwarn] == []


def test_a_report_says_what_is_missing(tmp_path: Path) -> None:
    def end(trial: Trial) -> TrialResult | None:
        if trial.seed == 1:
            return None
        return failed(trial, FailureKind.RAISED) if trial.fold else SMALL.result(trial)

    files = report_on(SMALL, tmp_path, result=end, step_ns=())
    assert "2 failed and 4 pending of 8 trials" in svg_text(files["accuracy.svg"])
    assert "no step is timed" in svg_text(files["step_ms.svg"])
    assert "1 of 4 (1 failed)" in files["summary.md"].decode()


def test_the_same_store_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    planted = Planted(SMALL.networks, report={"confusion": True, "published": [PUBLISHED]})
    first = report_on(planted, tmp_path)
    code = (
        "import sys; from pathlib import Path; from bench.store import Store; from bench.report import write_report\n"
        "with Store.open_existing(Path(sys.argv[1])) as store: write_report(store, Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "study", tmp_path / "again"], check=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == first


def test_a_plot_states_study_data_images_folds_seeds_and_the_majority_share(small_report: dict[str, bytes]) -> None:
    text = svg_text(small_report["accuracy.svg"])
    assert "widths-lungs: lungs, 12 images, 2 folds × 2 seeds" in text
    assert "majority class: 0.667" in text
    assert "best possible" not in text


def test_the_best_possible_accuracy_is_drawn_where_it_is_known(tmp_path: Path) -> None:
    text = svg_text(report_on(Planted(SMALL.networks, best_accuracy=0.91), tmp_path)["accuracy.svg"])
    assert "best possible: 0.910" in text


def test_pictures_are_as_wide_as_a_page(small_report: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("accuracy.png", "curves.png"):
        (tmp_path / name).write_bytes(small_report[name])
        with Image.open(tmp_path / name) as image:
            assert image.width == 1400
            assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 10


def test_dots_are_pixels_in_an_svg_so_that_thousands_of_them_stay_small(
    tmp_path: Path, small_report: dict[str, bytes]
) -> None:
    many = Planted({network(width=0.5): cost(1000), network(width=1.0): cost(4000)}, seeds=range(75))
    shapes = report_on(many, tmp_path)["accuracy.svg"].count(b"<use")
    assert shapes < small_report["accuracy.svg"].count(b"<use") + 50  # for 292 more trials


def test_published_points_stand_beside_the_measured_mean_of_the_same_network(tmp_path: Path) -> None:
    unmeasured = {**PUBLISHED, "label": "larger", "n_params": 5000, "step_ms": None}
    planted = Planted(SMALL.networks, report={"published": [PUBLISHED, unmeasured]})
    files = report_on(planted, tmp_path)
    rows = files["published.md"].decode().splitlines()[4:6]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    assert cells[0] == [
        *(
            "A & B (2020)",
            "paper_small",
            "4,000",
            "0.879",
            "33",
            "0.833 [0.499, 0.962]",
            "4",
            "135",
            "5.50 [4.75, 6.75] *",
        ),
    ]
    assert cells[1][5:] == ["–", "0", "–", "–"]
    assert "A & B (2020) (published, 33 images)" in svg_text(files["accuracy.svg"])
    assert "larger (published" in svg_text(files["accuracy.svg"])
    assert "larger (published" not in svg_text(files["step_ms.svg"])


def test_confusion_counts_each_image_once(tmp_path: Path) -> None:
    planted = Planted(SMALL.networks, report={"confusion": True})
    report = report_on(planted, tmp_path)["classification_report.txt"].decode()
    # a miss in each of 4 trials, on its first held-out image, which is NORMAL: 2 of 8 such images per seed
    assert "NORMAL      1.000     0.750     0.857         8" in report
    assert "PNEUMONIA      0.667     1.000     0.800         4" in report
    assert "1,000 parameters, 4 trials" in report


def test_latex_needs_no_hand(tmp_path: Path) -> None:
    odd = Planted({network("a_b%c", 1.0): cost(1000)})
    table = report_on(odd, tmp_path)["summary.tex"].decode()
    assert r"a\_b\%c" in table
    assert r"\toprule" in table
    assert table[table.index(r"\begin") :].isascii()


def test_markdown_shows_only_what_varies(tmp_path: Path) -> None:
    planted = Planted(
        {network(dropout=0.5): cost(1000)}, protocols=(Protocol(epochs=3), Protocol(epochs=3, learning_rate=0.1))
    )
    page = report_on(planted, tmp_path)["summary.md"].decode().splitlines()
    header = next(line for line in page if line.startswith("| architecture"))
    assert "learning rate" in header
    assert "dropout" not in header
    assert "momentum" not in header


def test_splits_csv_has_patients_where_the_data_has(tmp_path: Path) -> None:
    planted = Planted(SMALL.networks, patients=tuple("aabbccddeeff"))
    rows = list(csv.DictReader(report_on(planted, tmp_path)["splits.csv"].decode().splitlines()))
    assert list(rows[0]) == ["file", "label", "patient", "group", "seed", "fold", "split_hash"]
    assert [row["patient"] for row in rows[:12]] == list("aabbccddeeff")
    assert len(rows) == 24


def test_environment_json_says_how_many_trials_came_from_where(small_report: dict[str, bytes]) -> None:
    (environment,) = json.loads(small_report["environment.json"])
    assert environment["n_trials"] == 8
    assert environment["versions"] == {"keras": "3.15"}


def test_a_report_that_fails_half_way_leaves_whole_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SMALL.write(tmp_path)
    from bench.report import report_files

    def broken(sources: report_files.Sources) -> Iterator[tuple[str, bytes]]:
        raise MemoryError

    files = [replace(file, make=broken) if file.name == "loss" else file for file in report_files.FILES]

    (tmp_path / "loss.png").write_bytes(b"old")
    monkeypatch.setattr(report_files, "FILES", files)
    with Store.open_existing(tmp_path) as store, pytest.raises(MemoryError):
        write_report(store, tmp_path)
    assert (tmp_path / "loss.png").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("study.sqlite")} < ALWAYS | TIMED


def test_a_folder_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    (tmp_path / "file").touch()
    with Store.open_existing(tmp_path) as store, pytest.raises(StudyError, match="folder must be writable"):
        write_report(store, tmp_path / "file")


def test_reading_and_reporting_need_no_tensorflow_and_no_scikit_learn(tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    code = (
        "import sys; from pathlib import Path; from bench.store import Store; from bench.report import write_report\n"
        "with Store.open_existing(Path(sys.argv[1])) as store: write_report(store, Path(sys.argv[1]))\n"
        "sys.exit(' '.join({'tensorflow', 'keras', 'sklearn'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert finished.stderr.strip() == ""


def test_letters_are_outlines_so_that_every_viewer_shows_them_alike(small_report: dict[str, bytes]) -> None:
    for plot in PLOTS:
        assert b"<text" not in small_report[f"{plot}.svg"]


def test_plots_show_intervals_laws_controls_and_the_interpolation_threshold(tmp_path: Path) -> None:
    networks = {network(width=width): cost(1000 * 4**place) for place, width in enumerate((0.25, 0.5, 1.0, 2.0))}
    planted = Planted(networks, n_folds=3)
    report = planted.write(
        tmp_path / "study",
        result=lambda trial: planted.result(
            trial,
            n_misses=0 if isinstance(trial, NetworkTrial) and trial.network.width == 2.0 else 1 + trial.fold % 2,
        ),
    )
    with Store.open_existing(report) as store:
        files = {path.name: path.read_bytes() for path in write_report(store, tmp_path / "report")}
    accuracy = svg_text(files["accuracy.svg"])
    assert "mean and 95 % interval" in accuracy
    assert "paper_small: " in accuracy
    forest = svg_text(files["forest.svg"])
    assert "larger - smaller size" in forest
    assert "ECE" in svg_text(files["calibration.svg"])
    assert "probability of lying on the front" in svg_text(files["pareto.svg"])
    assert "variance of validation accuracy" in svg_text(files["components.svg"])


def test_statements_and_their_numbers_are_published(small_report: dict[str, bytes]) -> None:
    text = small_report["statements.md"].decode()
    assert "## Each network" in text
    assert json.loads(small_report["analysis.json"])["study"] == "widths-lungs"


def test_claims_of_the_paper_stand_in_the_report_of_a_study_with_published_points(
    tmp_path: Path, small_report: dict[str, bytes]
) -> None:
    planted = Planted(SMALL.networks, report={"published": [PUBLISHED]})
    assert "The first network reaches 87.88 %" in report_on(planted, tmp_path)["statements.md"].decode()
    assert "87.88" not in small_report["statements.md"].decode()


CONTROLLED = Planted(SMALL.networks, controls=("majority_class", "metadata_forest", "border_only"))


def controlled(trial: Trial) -> TrialResult:
    """Networks miss one held-out image a fold, the border two, the other controls three."""
    return SMALL.result(trial, {None: 1, "border_only": 2}.get(trial.control, 3))


def test_controls_are_labelled_lines_and_stay_out_of_the_networks_lines_and_rows(tmp_path: Path) -> None:
    files = report_on(CONTROLLED, tmp_path, result=controlled)
    text = svg_text(files["accuracy.svg"])
    assert "metadata_forest: 0.500" in text
    assert "border_only: 0.667" in text
    assert "border_only" in svg_text(files["loss.svg"])
    assert "border_only" not in svg_text(files["step_ms.svg"])
    assert "| border_only" not in files["summary.md"].decode()
    summary = pd.read_csv(tmp_path / "report" / "summary.csv")
    assert summary["kind"].tolist() == ["network"] * 2 + ["control"] * 3
    assert summary["n_params"].tolist() == [1000, 4000, 0, 0, 1000]
    trials = pd.read_csv(tmp_path / "report" / "trials.csv")
    assert trials.groupby("kind").size().to_dict() == {"control": 12, "network": 8}


def test_a_report_without_controls_has_no_page_of_them(small_report: dict[str, bytes]) -> None:
    assert "controls.md" not in small_report


def test_the_page_of_controls_has_their_accuracies_and_the_leads_of_the_network(tmp_path: Path) -> None:
    page = report_on(CONTROLLED, tmp_path, result=controlled)["controls.md"].decode()
    assert "with 1,000 parameters) " in page
    assert "| 0.500 [" in next(line for line in page.splitlines() if line.startswith("| metadata_forest"))
    assert "leads by +0.333 [" in page


def test_every_page_and_the_json_have_the_same_answer(small_report: dict[str, bytes]) -> None:
    answer = small_report["answer.md"].decode().split("\n\n", 1)[1].strip()
    assert len(answer.split()) <= 120
    for name in ("statements.md", "summary.md"):
        assert answer in small_report[name].decode()
    assert json.loads(small_report["analysis.json"])["answer"]["text"].split() == answer.split()
    assert next(iter(small_report)) == "answer.md"


def test_a_learning_rate_chosen_on_the_inner_part_has_its_table_and_its_section(tmp_path: Path) -> None:
    protocols = [Protocol(epochs=3, learning_rate=rate, inner_share=0.25) for rate in (0.1, 0.2)]
    planted = Planted({network(): cost(1000)}, protocols, n_folds=3)

    def end(trial: Trial) -> TrialResult:
        """The inner part prefers 0.2 in the first fold, where it misses one more held-out image, and 0.1 elsewhere."""
        assert isinstance(trial, NetworkTrial)
        is_larger = trial.protocol.learning_rate == 0.2
        result = planted.result(trial, 1 + is_larger)
        assert result.metrics is not None
        inner_loss = 0.4 if is_larger == (trial.fold == 0) else 0.5
        return replace(result, metrics=replace(result.metrics, inner_loss=inner_loss, inner_accuracy=0.5))

    files = report_on(planted, tmp_path, result=end)
    assert set(files) == ALWAYS | TIMED | {"chosen_on_inner.csv"}
    (row,) = csv.DictReader(files["chosen_on_inner.csv"].decode().splitlines())
    assert (row["over"], row["chosen"], row["n_blocks"]) == ("learning rate", "0.1 (4), 0.2 (2)", "6")
    assert float(row["accuracy"]) == pytest.approx((2 * 2 / 4 + 4 * 3 / 4) / 6)
    assert (float(row["picked_accuracy"]), float(row["accuracy_optimism"])) == pytest.approx((3 / 4, 1 / 12))
    assert float(row["accuracy_optimism_low"]) <= 1 / 12 < float(row["accuracy_optimism_high"])
    assert "0.1 (4), 0.2 (2)" in files["statements.md"].decode()


FACTORIAL = {
    "factors": [
        {"name": "dose", "low": {"axes": {"dropout": 0.1}}, "high": {"axes": {"dropout": 0.2}}},
        {"name": "rate", "low": {"protocol": {"learning_rate": 0.1}}, "high": {"protocol": {"learning_rate": 0.2}}},
        {"name": "net", "low": {"architecture": "paper_small"}, "high": {"architecture": "paper_large"}},
    ]
}


def test_a_factorial_study_has_its_effects_as_table_page_and_picture(tmp_path: Path) -> None:
    nets = {network(name, dropout=d): cost(1000) for name in ("paper_small", "paper_large") for d in (0.1, 0.2)}
    planted = Planted(nets, [Protocol(epochs=3, learning_rate=r) for r in (0.1, 0.2)], factorial=FACTORIAL)
    files = report_on(
        planted, tmp_path, result=lambda trial: planted.result(trial, 1 + (trial.network.architecture == "paper_large"))
    )
    effects = pd.read_csv(tmp_path / "report" / "effects.csv").set_index("term")
    assert effects["val_accuracy"].round(6).to_dict() == {
        **dict.fromkeys(["dose", "rate", "dose × rate", "dose × net", "rate × net"], 0.0),
        "net": round(-1 / 6, 6),
    }
    page = files["effects.md"].decode()
    assert "A full factorial of 3 two-level factors." in page
    assert "accuracy changes by -0.167 [" in page
    assert len(files["effects.png"]) > 10_000


def test_a_study_with_label_noise_shows_training_error_beside_held_out_error(
    tmp_path: Path, small_report: dict[str, bytes]
) -> None:
    planted = Planted(SMALL.networks, [Protocol(epochs=3), Protocol(epochs=3, label_noise=0.2)])
    files = report_on(planted, tmp_path)
    assert len(files["fit.png"]) > 10_000
    assert (
        "paper_small, 20 % label noise: no network here has a training accuracy of at least 0.99"
        in files["fit.md"].decode()
    )
    assert "fit.png" not in small_report


def test_accuracy_is_drawn_against_an_axis_of_the_data_that_takes_three_values(
    tmp_path: Path, small_report: dict[str, bytes]
) -> None:
    protocols = [Protocol(epochs=3, n_train=n) for n in (2, 4, 0)]
    nets = {network(side=side): cost(1000) for side in (32, 48, 70)}
    files = report_on(Planted(nets, protocols), tmp_path)
    assert {"n_train.png", "input_size.png"} <= set(files)
    assert "all training images" in files["statements.md"].decode()
    assert "0 training images" not in files["statements.md"].decode()
    assert "label_noise.png" not in files
    assert not {"n_train.png", "input_size.png", "label_noise.png"} & set(small_report)
