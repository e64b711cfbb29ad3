"""The texts of the built-in sweeps. Reading them loads no architecture."""

from importlib import resources

_FOLDER = resources.files("bench.sweeps") / "builtin"


def built_in_names() -> list[str]:
    """The names of the built-in sweeps, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))


def built_in_text(name: str) -> str:
    """The TOML text of a built-in sweep, one of ``built_in_names``."""
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
