"""The ``[design]`` table of a sweep file: trainings in stages until a question is decided."""

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bench.sweeps.error_messages import problem
from bench.sweeps.sweep_record import SweepRecord

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _as_seconds(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        raise problem('must be a duration in quotes, such as "90s", "20m" or "1.5h"')
    number, unit = value[:-1], value[-1:]
    try:
        seconds = float(number) * _SECONDS[unit]
    except (KeyError, ValueError):
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise problem('must be a duration above 0, such as "90s", "20m" or "1.5h"')
    return seconds


class DesignChoice(SweepRecord):
    """The ``[design]`` table: trainings in stages, with a look at the results after each.

    ``until`` is what is to be decided, ``stages`` the most stages, ``budget`` the most seconds of a run.
    """

    stages: int = Field(default=3, ge=1, le=5)
    until: Literal["slope", "choice"] = "slope"
    budget: Annotated[float | None, BeforeValidator(_as_seconds)] = None
