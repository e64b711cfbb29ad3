"""What pyproject.toml declares, and the files that repeat parts of it."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, str]:
    lines = (REPOSITORY / name).read_text().splitlines()
    return dict(line.split("==") for line in lines)


def test_the_lowest_constraints_are_the_lower_bounds_of_the_dependencies() -> None:
    bounds = dict(re.findall(r"^([\w-]+)>=([\d.]+)", "\n".join(PROJECT["dependencies"]), re.MULTILINE))
    assert len(bounds) == len(PROJECT["dependencies"])
    assert pins("constraints-lowest.txt") == bounds


def test_the_constraints_pin_everything_that_is_declared() -> None:
    declared = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    names = {re.split(r"[><=]", line)[0].lower() for line in declared}
    assert names <= set(pins("constraints.txt"))


def test_the_declared_python_versions_have_a_test_environment_each() -> None:
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">={versions[0]}"
    tox = (REPOSITORY / "tox.ini").read_text()
    assert all(f"py{version.replace('.', '')}" in tox for version in versions)
