import pytest

from tests.cli.command_line import Refused

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "report without a folder": (["report"], ["Missing argument 'folder'"]),
    "report of no folder": (["report", "gone"], ["study.sqlite", "gone does not"]),
    "report of a folder without a store": (["report", "."], ["study.sqlite", "name a folder that a run has written"]),
}


@pytest.mark.parametrize(("arguments", "said"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_bad_command_is_refused_in_one_line(refused: Refused, arguments: list[str], said: list[str]) -> None:
    line = refused(*arguments)
    for words in said:
        assert words in line
