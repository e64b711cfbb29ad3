"""The command that gives a stored study more seeds."""

import json
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from bench.data import BUILT_IN
from bench.errors import SweepError
from bench.records import Study
from bench.sweeps.built_in_text import built_in_names, built_in_text
from bench.sweeps.overrides import apply_override
from bench.sweeps.sweep_file import Sweep


def run_command(study: Study, seeds: Sequence[int]) -> str:
    """The command that trains a study's sweep with these seeds.

    A store keeps neither the file of a sweep that is not built in nor the path of images. Such places begin with
    ``path/to``.
    """
    source = _built_in_source(study)
    sweep = study.sweep_name if source is not None else f"path/to/{study.sweep_name}.toml"
    name = [] if study.name == f"{study.sweep_name}-{study.dataset}" else ["--study", study.name]
    sets = [*_overrides(study, source), f"seeds={json.dumps(list(seeds), separators=(',', ':'))}"]
    options = [
        "--sweep",
        sweep,
        *_data(study, source),
        *name,
        *_fixed(study, source),
        *(word for each in sets for word in ("--set", each)),
    ]
    return shlex.join(["python", "-m", "bench", "run", *options])


def _built_in_source(study: Study) -> Sweep | None:
    """The built-in sweep that the study's is, up to seeds and overrides that ``_overrides`` can express."""
    if study.sweep_name not in built_in_names():
        return None
    source = _sweep(study.sweep_name)
    try:
        overridden = _sweep(study.sweep_name, _overrides(study, source))
    except (SweepError, ValidationError):
        return None
    if _is_fixed(study, source):
        overridden = overridden.model_copy(update={"design": None})
    return source if _without_seeds(overridden.stored()) == _without_seeds(study.sweep) else None


def _sweep(name: str, overrides: Sequence[str] = ()) -> Sweep:
    document = tomllib.loads(built_in_text(name))
    for override in overrides:
        apply_override(document, override)
    return Sweep.model_validate(document)


def _is_fixed(study: Study, source: Sweep) -> bool:
    """Whether the study trained a plain grid although its sweep has stages."""
    return source.design is not None and "design" not in study.sweep


def _fixed(study: Study, source: Sweep | None) -> list[str]:
    return ["--fixed"] if source is not None and _is_fixed(study, source) else []


def _overrides(study: Study, source: Sweep | None) -> list[str]:
    """The values of the study's sweep that differ from those of ``source``, but for lists of tables."""
    if source is None:
        return []
    stored = source.stored()
    of_images = source.data.images not in (None, sum(study.class_counts)) and source.data.source == study.dataset
    return [
        *(_differences(stored, _without_seeds(study.sweep))),
        *([f"data.images={sum(study.class_counts)}"] if of_images else []),
    ]


def _differences(source: Mapping[str, object], sweep: Mapping[str, object], above: str = "") -> Iterator[str]:
    for key, value in sweep.items():
        if isinstance(value, Mapping):
            beside = source.get(key)
            yield from _differences(beside if isinstance(beside, Mapping) else {}, value, f"{above}{key}.")
        elif value is not None and value != source.get(key):
            yield f"{above}{key}={json.dumps(value)}"


def _data(study: Study, source: Sweep | None) -> list[str]:
    if source is not None and source.data.source == study.dataset:
        return []
    return ["--data", study.dataset if study.dataset in BUILT_IN else f"path/to/{study.dataset}"]


def _without_seeds(sweep: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in sweep.items() if key != "seeds"}
