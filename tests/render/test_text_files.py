"""Pages as Markdown, tables as LaTeX, frames as CSV."""

import io

import pandas as pd
import pytest

from bench.pages.document import Column, Note, Page, Remark, Section, Statement, Table
from bench.render.csv_text import csv_text
from bench.render.latex import latex
from bench.render.markdown import markdown

TABLE = Table((Column("network", "left"), Column("accuracy", "right")), (("a|b_c", "0.5 ± 0.1"), ("×2", "1")))


def test_a_page_is_headings_lists_paragraphs_and_tables() -> None:
    blocks = (Statement("one"), Statement("two"), Note(" is so.", "This"), TABLE)
    remark = Remark("minor: dark.", "It may.", (("What to do", "look"),))
    page = Page("Title", (Section("", blocks), Section("Data", (remark,))))
    assert markdown(page).split("\n\n") == [
        "# Title",
        "- one\n- two",
        "**This** is so.",
        "\n".join(
            [
                "| network   |   accuracy |",
                "|:----------|-----------:|",
                "| a\\|b_c    |  0.5 ± 0.1 |",
                "| ×2        |          1 |",
            ]
        ),
        "## Data",
        "**minor: dark.** It may.  \n*What to do:* look\n",
    ]


def test_a_latex_table_has_escaped_names_typeset_signs_and_commented_notes() -> None:
    text = latex(TABLE, "first\nsecond")
    assert text.splitlines()[:2] == ["% first", "% second"]
    assert r"a|b\_c" in text
    assert r"0.5 $\pm$ 0.1" in text
    assert r"$\times$2" in text


def test_csv_keeps_every_digit_and_leaves_missing_values_empty() -> None:
    frame = pd.DataFrame({"name": ["a", None], "value": [0.1 + 0.2, float("nan")]})
    assert csv_text(frame) == "name,value\na,0.30000000000000004\n,\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("![x](http://a/b.png)", r"![x]\(http://a/b.png)"),
        ("two\nlines", "two lines"),
        ("`CLASS/<FILE>`", "`CLASS/<FILE>`"),
    ],
)
def test_names_of_files_and_classes_are_text_in_markdown(name: str, shown: str) -> None:
    table = Table((Column("class", "left"),), ((name,),))
    page = Page(name, (Section(name, (Statement(name), Note(name), Remark(name, name, ((name, name),)), table)),))
    text = markdown(page)
    assert text.count(shown) == 9
    assert "<script" not in text.replace(shown, "")


def test_a_pipe_in_a_name_does_not_end_a_cell() -> None:
    row = markdown(Page("", (Section("", (Table((Column("a", "left"),), (("b|c",),)),)),))).splitlines()[-1]
    assert row.count("|") - row.count(r"\|") == 2


def test_csv_holds_no_formula_that_a_spreadsheet_would_run() -> None:
    cells = ['=HYPERLINK("http://a")', "@SUM(A1)", "+cmd", "-x", "\tx", "-1", "+2.5", "plain", ""]
    read = pd.read_csv(io.StringIO(csv_text(pd.DataFrame({"file": cells}))), dtype=str, keep_default_na=False)
    assert read["file"].tolist() == [f"'{cell}" for cell in cells[:5]] + cells[5:]
