"""Pages as Markdown, tables as LaTeX, frames as CSV."""

import pandas as pd

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
