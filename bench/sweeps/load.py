"""Reads a sweep, built-in or from a TOML file, then applies overrides, then runs every check."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.errors import SweepError
from bench.sweeps.built_in_text import built_in_names, built_in_text
from bench.sweeps.design_table import DesignChoice
from bench.sweeps.error_messages import KeyPath, MisfitError, as_written, close_match, dotted, first_misfit
from bench.sweeps.grid_blocks import resolve
from bench.sweeps.overrides import apply_override, one_line
from bench.sweeps.sweep_file import Sweep
from bench.toml_text import parse_toml


def built_in() -> Mapping[str, str]:
    """The built-in sweeps: name to description, sorted by name."""
    return {name: parse_toml(built_in_text(name))["description"] for name in built_in_names()}


def load_sweep(name_or_path: str, overrides: Sequence[str] = (), data: str | None = None) -> Sweep:
    """Read a sweep and check it against its format and the registered architectures.

    Args:
        name_or_path: the name of a built-in sweep, or the path of a file, ending in ``.toml``.
        overrides: texts such as ``protocol.epochs=5``, applied in order; see ``overrides``.
        data: a data set's name or path. It replaces the whole ``[data]`` table, before any override.

    Raises:
        SweepError: there is no such sweep, the file is unreadable or malformed, or a value is invalid; one line.
    """
    document = _parse(_read(name_or_path), name_or_path)
    if data is not None:
        document["data"] = {"source": data}
    origins = {apply_override(document, text): f"--set {one_line(text)}" for text in overrides}
    try:
        sweep = Sweep.model_validate(document)
        resolve(sweep)
    except ValidationError as error:
        raise _located(first_misfit(error), document, name_or_path, origins) from error
    except MisfitError as misfit:
        raise _located(misfit, document, name_or_path, origins) from misfit
    return sweep


def with_design(sweep: Sweep, *, until_decided: bool, fixed: bool, budget: str | None) -> Sweep:
    """The sweep with the design that the command line asks for.

    Args:
        sweep: the sweep.
        until_decided: use the sweep's design, or the default one if it has none.
        fixed: use no design.
        budget: the design's budget, such as ``20m``; it asks for a design as ``until_decided`` does.

    Raises:
        SweepError: ``fixed`` with one of the others, or the budget is not a duration.
    """
    if fixed and (until_decided or budget is not None):
        other = "--until-decided" if until_decided else "--budget"
        raise SweepError(f"--fixed trains a plain grid, which has no stages; received {other} too; leave one out")
    if fixed:
        return sweep.model_copy(update={"design": None})
    if not until_decided and budget is None:
        return sweep
    design = sweep.design or DesignChoice()
    if budget is not None:
        try:
            design = DesignChoice.model_validate({"stages": design.stages, "until": design.until, "budget": budget})
        except ValidationError as error:
            raise SweepError(f"--budget {first_misfit(error).rule}") from error
    return sweep.model_copy(update={"design": design})


def _located(misfit: MisfitError, document: Mapping[str, Any], file: str, origins: Mapping[KeyPath, str]) -> SweepError:
    """The misfit as an error that names the override or file with the invalid value."""
    path = as_written(misfit.path, document)
    origin = next((text for above, text in reversed(list(origins.items())) if path[: len(above)] == above), file)
    return SweepError(f"{origin}: {dotted(path)}: {misfit.rule}")


def _read(name_or_path: str) -> str:
    if not name_or_path.endswith(".toml"):
        return _built_in_text(name_or_path)
    try:
        return Path(name_or_path).read_text(encoding="utf-8")
    except OSError as error:
        raise SweepError(f"a sweep file must be readable; {name_or_path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SweepError(f"{name_or_path}: a sweep file is UTF-8 text; byte {error.start} is not") from error


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:
        raise SweepError(f"{source}: not valid TOML: {error}") from error


def _built_in_text(name: str) -> str:
    names = built_in_names()
    if name not in names:
        raise SweepError(
            f"no built-in sweep is named {name!r}{close_match(name, names)}; "
            f"there are {', '.join(names)}, and a path ending in .toml names a file"
        )
    return built_in_text(name)
