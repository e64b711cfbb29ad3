import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

import bench
from bench.errors import StudyError
from tests.store.planted import Planted, cost, network

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


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs TeX: apt install texlive-latex-recommended")
def test_the_table_compiles_with_booktabs_alone(pack: Path, tmp_path: Path) -> None:
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{table}\end{document}"
    (tmp_path / "paper.tex").write_text(document)
    shutil.copy(pack / "table.tex", tmp_path)
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "Missing character" not in ran.stdout


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


def test_the_same_study_gives_the_same_bytes(planted: Path, pack: Path, tmp_path: Path) -> None:
    for path in bench.open_study(planted).write_paper(tmp_path):
        assert path.read_bytes() == (pack / path.name).read_bytes(), path.name


def test_a_study_without_a_done_trial_is_refused_in_one_line(tmp_path: Path) -> None:
    PLANTED.write(tmp_path / "study", result=lambda _: None)
    with pytest.raises(StudyError, match="has no network with a done trial; train it"):
        bench.open_study(tmp_path / "study").write_paper(tmp_path / "pack")
