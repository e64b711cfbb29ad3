import pytest

from tests.cli.command_line import Refused
from tests.cli.conftest import Bench

DESIGN = ["power", "--folds", "5", "--seeds", "3"]


def test_power_prints_the_detectable_difference(bench_command: Bench) -> None:
    code, out, _ = bench_command(*DESIGN, "--n", "98", "--sd", "0.05", "--difference", "0.05")
    assert code == 0
    assert "smallest difference in accuracy of two networks found in 80 % of studies" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--n", "98", "--sd", "0"], "at least 1e-06 and at most 1; received 0"),
        (["--n", "98", "--difference", "1e-300"], "at least 1e-06 and at most 1; received 1e-300"),
        (["--n", "98", "--difference", "nan"], "at least 1e-06 and at most 1; received nan"),
        (["--n", "9" * 400], "at most 1,000,000,000; received 999"),
        (["--n", "9" * 5000], "at most 1,000,000,000; received 999"),
        (["--n", "98", "--seeds", str(10**20)], "at most 1,000,000,000; received 1000"),
        (["--n", "98", "--difference", "2"], "at most 1; received 2"),
        (["--n", "4"], "at most the number of images, 4; received 5"),
    ],
)
def test_an_impossible_design_is_refused_in_one_line(refused: Refused, arguments: list[str], says: str) -> None:
    assert says in refused(*DESIGN, *arguments)
