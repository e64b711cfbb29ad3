from hypothesis import given
from hypothesis import strategies as st

from bench.printable import printable


def test_control_characters_become_visible_and_line_breaks_stay() -> None:
    assert printable("a\x1b[31mb\rc\x07d\ne é") == r"a\x1b[31mb\rc\x07d" + "\ne é"


@given(st.text())
def test_nothing_but_printable_text_is_left(text: str) -> None:
    assert all(letter.isprintable() or letter == "\n" for letter in printable(text))


def test_a_lone_surrogate_can_be_written() -> None:
    assert printable("\udcff").encode() == rb"\udcff"
