import pytest

import architectures
from bench import controls
from bench.data import BUILT_IN
from bench.sweeps import built_in
from tests.cli.conftest import Bench

NAMES = {
    "architectures": [each.name for each in architectures.select(["*"])],
    "sweeps": list(built_in()),
    "data": list(BUILT_IN),
    "controls": [each.name for each in controls.select(["*"])],
}


@pytest.mark.parametrize("what", NAMES)
def test_every_name_is_listed(bench_command: Bench, what: str) -> None:
    code, out, _ = bench_command("list", what)
    assert code == 0
    assert all(name in out.split() for name in NAMES[what])


BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "unknown listing": (["list", "sweep"], ["'sweep'", "'architectures', 'sweeps', 'data', 'controls'"]),
}
