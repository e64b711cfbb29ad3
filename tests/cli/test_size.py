from tests.cli.conftest import Bench

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "unknown architecture to size": (["size", "paper_smal", "--params", "9999"], ["'paper_smal'"]),
    "input of two sides": (["size", "paper_small", "--params", "9", "--input", "70x70"], ["received 70x70"]),
    "no parameters": (["size", "paper_small", "--params", "0"], ["--params", "1 or more", "received 0"]),
    "parameters out of reach": (["size", "paper_small", "--params", "1"], ["paper_small at 70x70x3", "1"]),
    "size without a width": (["size", "resnet152", "--params", "9"], ["resnet152", "width"]),
}


def test_size_finds_the_published_width(bench_command: Bench, tensorflow_runtime: None) -> None:
    code, out, _ = bench_command("size", "paper_small", "--params", "1059106")
    assert code == 0
    assert "1,059,106 parameters, +0 from 1,059,106" in out
