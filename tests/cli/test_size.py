import pytest

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "unknown architecture to size": (["size", "paper_smal", "--params", "9999"], ["'paper_smal'"]),
    "input of two sides": (["size", "paper_small", "--params", "9", "--input", "70x70"], ["received 70x70"]),
    "no parameters": (["size", "paper_small", "--params", "0"], ["--params", "1 or more", "received 0"]),
    "parameters out of reach": (["size", "paper_small", "--params", "1"], ["paper_small at 70x70x3", "1"]),
    "size without a width": (["size", "resnet152", "--params", "9"], ["resnet152", "width"]),
}


@pytest.mark.parametrize(("arguments", "said"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_bad_command_is_refused_in_one_line(
    refused: Refused, tensorflow_runtime: None, arguments: list[str], said: list[str]
) -> None:
    line = refused(*arguments)
    for words in said:
        assert words in line


def test_size_finds_the_published_width(bench_command: Bench, tensorflow_runtime: None) -> None:
    code, out, _ = bench_command("size", "paper_small", "--params", "1059106")
    assert code == 0
    assert "1,059,106 parameters, +0 from 1,059,106" in out
