"""Text that fits a width: measured as matplotlib draws it, divided where it may be, shortened in the middle."""

from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.render.figures.text_fit import in_lines, shortened, text_inches


@pytest.mark.parametrize("text", ["paper_small \u00d71.375, label noise 0.2", "iiiiiiiiiiiiii", "WWWWWW @ MMMMM", "a"])
@pytest.mark.parametrize("dpi", [100, 200])
def test_text_is_no_wider_than_measured(text: str, dpi: int) -> None:
    figure = Figure(figsize=(7, 2), dpi=dpi)
    canvas: Any = FigureCanvasAgg(figure)
    drawn = figure.text(0, 0, text, fontsize=10)
    width = drawn.get_window_extent(canvas.get_renderer()).width / dpi
    assert 0.9 * text_inches(text, 10) - 0.02 <= width <= text_inches(text, 10) + 0.01


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("\u00d72 -\n\u00d71", ["\u00d72 - \u00d71"]),
        ("paper_small, n train 50 -\ncontrol", ["paper_small, n train 50 -", "control"]),
        ("one two three four five six seven -\ncontrol", ["one two three four five six", "seven -", "control"]),
    ],
)
def test_a_name_is_divided_at_its_own_line_break_first(name: str, lines: list[str]) -> None:
    assert in_lines(name, 1.7, 7.5).split("\n") == lines


def test_a_word_that_is_longer_than_a_line_is_divided() -> None:
    lines = in_lines("a_word_that_is_longer_than_a_line", 1.0, 7.5).split("\n")
    assert len(lines) > 1
    assert "".join(lines) == "a_word_that_is_longer_than_a_line"
    assert all(text_inches(line, 7.5) <= 1.0 for line in lines)


def test_a_name_without_room_keeps_its_beginning_and_its_end() -> None:
    assert shortened("short", 1.0) == "short"
    cut = shortened("beginning of a name that is far too long for its place, the end", 1.5)
    assert cut.startswith("beginning")
    assert cut.endswith("the end")
    assert text_inches(cut, 7.5) <= 1.5 < text_inches(cut + "nn", 7.5) + 0.1
