"""Bad commands, which the files of tests of each command list, are refused in one line; nothing is written."""

import pytest

from tests.cli import test_list, test_report, test_run, test_show, test_size, test_status, test_time
from tests.cli.command_line import Refused

COMMANDS = {
    f"{module.__name__.removeprefix('tests.cli.test_')} {name}": case
    for module in (test_run, test_time, test_status, test_report, test_list, test_show, test_size)
    for name, case in module.BAD_COMMANDS.items()
}


@pytest.mark.parametrize(("arguments", "said"), COMMANDS.values(), ids=COMMANDS)
def test_a_bad_command_is_refused_in_one_line(
    refused: Refused, tensorflow_runtime: None, arguments: list[str], said: list[str]
) -> None:
    line = refused(*arguments)
    for words in said:
        assert words in line
