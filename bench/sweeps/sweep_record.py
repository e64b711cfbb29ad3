"""``SweepRecord``: the base of every table of a sweep file."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, model_validator

from bench.records import Record
from bench.sweeps.error_messages import close_match, problem


class SweepRecord(Record):
    """A table of a sweep file. It is strict about types, and its errors name the key nearest to an unknown one."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, table: Any) -> Any:
        if not isinstance(table, Mapping):
            return table
        for key in table:
            if key not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                rule = f"no such key{close_match(key, cls.model_fields)}; allowed: {known}"
                raise problem(rule, key=key, value=table[key])
        return table
