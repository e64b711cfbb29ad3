from tests.cli.conftest import Bench

BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "unknown architecture to show": (["show", "paper_smal"], ["'paper_smal'", "did you mean paper_small"]),
    "input of no pixels": (["show", "paper_small", "--input", "0x0x3"], ["--input", "received 0x0x3"]),
    "input in words": (["show", "paper_small", "--input", "abc"], ["--input", "70x70x3", "received abc"]),
    "input that an architecture refuses": (["show", "paper_large", "--input", "9x9x3"], ["22x22", "received 9x9x3"]),
    "one class to show": (["show", "paper_small", "--classes", "1"], ["--classes", "2 or more", "received 1"]),
    "input that no memory holds": (
        ["show", "paper_small", "--input", "100000x100000x3"],
        ["must fit into memory", "needs", "GiB or more", "choose a smaller"],
    ),
    "width that no memory holds": (
        ["show", "paper_small", "--width", "1e6"],
        ["must fit into memory", "at width 1e+06"],
    ),
    "width beyond a float": (["show", "paper_small", "--width", "1e300"], ["fit into memory", "at width 1e+300"]),
    "input of many digits": (["show", "paper_small", "--input", "9" * 5000 + "x1x1"], ["--input", "received 999"]),
    "width of zero": (["show", "paper_small", "--width", "0"], ["axis width", "greater than 0", "received 0.0"]),
    "width without the axis": (["show", "resnet152", "--width", "2"], ["resnet152 has no axis 'width'"]),
}


def test_show_prints_the_papers_layer_table(bench_command: Bench, tensorflow_runtime: None) -> None:
    code, out, _ = bench_command("show", "paper_small", "--input", "70x70x3", "--classes", "2")
    assert code == 0
    for count in ("896", "9,248", "1,048,704", "258", "1,059,106"):
        assert count in out
