import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

import bench
from bench.analyse.analysis import analyse_study
from bench.errors import StudyError
from bench.pages.paper.references import Source
from bench.pages.paper.texts import paper_page
from bench.render.markdown import markdown
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import Planted, cost, failed, network

PLANTED = Planted(
    {network(width=width): cost(int(4000 * width)) for width in (1.0, 2.0, 4.0)},
    controls=("majority_class", "metadata_forest"),
    class_names=("NORMAL & 100%", "a_b$\\x"),
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted") / "study"
    PLANTED.write(folder)
    return folder


@pytest.fixture(scope="module")
def pack(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    bench.open_study(planted).write_paper(folder)
    return folder


def table_rows(pack: Path) -> list[list[str]]:
    lines = [line for line in (pack / "table.tex").read_text().splitlines() if line.rstrip().endswith(r"\\")]
    return [[cell.strip() for cell in line.rstrip(" \\").split(" & ")] for line in lines]


def pdf_text(path: Path) -> bytes:
    """The objects of a PDF, decompressed."""
    content = path.read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    return content + b"".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")


def test_the_table_has_six_columns_and_a_row_per_network_and_control(pack: Path) -> None:
    header, *rows = table_rows(pack)
    assert header == ["network", "parameters", "MFLOPs per image", "accuracy", "loss", "ms per step"]
    assert [row[1] for row in rows] == ["4,000", "8,000", "16,000", "--", "--"]
    assert all(re.fullmatch(r"0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]", row[3]) for row in rows)


def test_the_taken_network_is_marked_in_the_table(planted: Path, pack: Path) -> None:
    take = bench.open_study(planted).analysis.answer.take
    marked = [row[1] for row in table_rows(pack) if r"\dag{}" in row[0]]
    assert marked == ([] if take is None else [f"{take.n_params:,}"])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs TeX: apt-get install texlive-latex-recommended")
def test_the_table_compiles_with_booktabs_alone_and_the_references_with_bibtex(pack: Path, tmp_path: Path) -> None:
    cite = r"\nocite{*}\bibliographystyle{plain}\bibliography{references}"
    document = (
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}\input{{table}}{cite}\end{{document}}"
    )
    (tmp_path / "paper.tex").write_text(document)
    for name in ("table.tex", "references.bib"):
        shutil.copy(pack / name, tmp_path)
    latex = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
    for command in (latex, ["bibtex", "paper"], latex):
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout
        assert "Missing character" not in ran.stdout
        assert "error message" not in ran.stdout
    assert "lungs" in (tmp_path / "paper.bbl").read_text()


def test_every_source_that_a_text_names_is_in_the_bibliography(pack: Path) -> None:
    texts = (pack / "texts.md").read_text() + (pack / "reporting.md").read_text()
    keys = set(re.findall(r"^@\w+{(\w+),", (pack / "references.bib").read_text(), re.MULTILINE))
    named = {source.value.key for source in Source if source.cited in texts}
    assert {"wilson1927", "berger1982", "tejani2024", "collins2024"} <= named
    assert keys == {*named, "paramscalingbench", "dataset"}


def test_the_texts_say_what_was_run(pack: Path) -> None:
    texts = (pack / "texts.md").read_text()
    for said in (
        "The data set lungs has 12 images: 8 of class NORMAL & 100% and 4 of class",
        "2-fold cross-validation, stratified by class, with 2 seeds",
        "3 networks of the architecture paper_small have 4,000 to 16,000 parameters",
        "optimizer adam, learning rate 0.001, batch size 32, 3 epochs and precision float32",
        "12 of 12 trainings are done.",
        "Controls were run on the same folds and seeds: majority_class and metadata_forest.",
        "1 round, batch size 32, 2 threads",
        "no external data were used",
        "The images were not searched for duplicates",
        "The data set names no patients",
    ):
        assert said in " ".join(texts.split()), said


def test_a_failed_training_is_counted_and_an_untimed_study_says_nothing_of_times(tmp_path: Path) -> None:
    first = PLANTED.trials[0]
    PLANTED.write(
        tmp_path / "study", result=lambda trial: failed(trial) if trial == first else PLANTED.result(trial), step_ns=()
    )
    with Store.open_existing(tmp_path / "study") as store:
        data = StudyData.read(store)
        texts = markdown(paper_page(data, analyse_study(data)))
    assert "11 of 12 trainings are done, 1 failed." in texts
    assert "1 training failed and is left out." in texts
    assert "per training step" not in texts
    assert "Times" not in texts


@pytest.mark.parametrize(("name", "inches"), [("single", 3.5), ("double", 7.16)])
def test_the_figure_has_the_width_of_its_columns_and_its_own_fonts(pack: Path, name: str, inches: float) -> None:
    pdf = pdf_text(pack / f"figure-{name}.pdf")
    width = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", pdf)
    assert width is not None
    assert float(width[1]) == pytest.approx(72 * inches, abs=1)
    n_fonts = len(re.findall(rb"/Type /FontDescriptor", pdf))
    assert n_fonts == len(re.findall(rb"/FontFile2", pdf)) > 0
    assert b"/Type3" not in pdf
    assert b"<text" not in (pack / f"figure-{name}.svg").read_bytes(), "letters are outlines, which need no font"


def test_a_second_pack_has_the_same_bytes_but_for_the_data_sets_own_entry(
    planted: Path, pack: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.bib"
    own.write_text("@misc{lungs2020, title = {Lungs}}\n")
    for path in bench.open_study(planted).write_paper(tmp_path / "pack", data_bib=own):
        if path.name != "references.bib":
            assert path.read_bytes() == (pack / path.name).read_bytes(), path.name
    written = (tmp_path / "pack" / "references.bib").read_text()
    assert "@misc{lungs2020, title = {Lungs}}" in written
    assert "@misc{dataset," not in written


def test_a_bibliography_that_cannot_be_read_is_refused_in_one_line(planted: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"gone\.bib: No such file or directory; correct its name"):
        bench.open_study(planted).write_paper(tmp_path / "pack", data_bib=tmp_path / "gone.bib")


def test_a_study_without_a_done_trial_is_refused_in_one_line(tmp_path: Path) -> None:
    PLANTED.write(tmp_path / "study", result=lambda _: None)
    with pytest.raises(StudyError, match="has no network with a done trial; train it"):
        bench.open_study(tmp_path / "study").write_paper(tmp_path / "pack")
