"""Names beside axes are divided where they may be, and only where they have to."""

import pytest

from bench.render.figures.text_fit import in_lines, panel_title

_P = "\N{NO-BREAK SPACE}p\N{NO-BREAK SPACE}1.00"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (f"×2 -\n×1{_P}", [f"×2 - ×1{_P}"]),
        (f"paper_small, n train 50 -\ncontrol{_P}", ["paper_small, n train 50 -", f"control{_P}"]),
        (
            f"one two three four five six seven -\ncontrol{_P}",
            ["one two three four five six", "seven -", f"control{_P}"],
        ),
    ],
)
def test_a_name_is_divided_at_its_own_line_break_first(name: str, lines: list[str]) -> None:
    assert in_lines(name, 28).split("\n") == lines


def test_a_panels_title_keeps_its_count_in_a_line_of_its_own() -> None:
    assert panel_title("a b\n1,000 parameters", 7.0) == "a b\n1,000 parameters"
