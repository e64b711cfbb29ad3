"""Published claims, set against a study's measurements.

A claim file is TOML, a ``[[claim]]`` a claim; ``docs/statistics.md`` describes it. The claims of the paper that this
project began with ship as ``builtin/paper.toml``.
"""

import enum
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, PositiveInt, TypeAdapter, ValidationError, model_validator

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Estimate, difference_interval, wilson_interval
from bench.analyse.sizes.pair_tests import ROPE, Paired
from bench.errors import ClaimError
from bench.records import Record

BUILT_IN = Path(__file__).parent / "builtin"
CLOSE_ENOUGH = 0.10
"""A published accuracy is told apart from a measured one if their difference is known to ten points or better."""
SAME_SIZE = 0.10
"""Networks whose parameter counts differ by at most a tenth count as of one size, where a claim names no network."""
MUCH_SLOWER = 1.25
"""Step times within a quarter of each other count as the same."""


class Claim(Record):
    """What a paper says: of one size where ``smaller_than`` is None, else of the two that it compares.

    ``value``: of accuracy a fraction, of step_ms milliseconds; for two sizes by how much the larger is better, None
    where the paper only says that it is. ``architecture`` None: any network of that size.
    """

    statement: str = Field(min_length=1)
    source: str = Field(min_length=1)
    metric: Literal["accuracy", "step_ms"]
    n_params: PositiveInt
    architecture: str | None = None
    larger_n_params: PositiveInt | None = None
    larger_architecture: str | None = None
    value: float | None = None
    n_images: PositiveInt | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.larger_n_params is None and self.value is None:
            raise ValueError("a claim about one size needs its value")
        if self.larger_n_params is not None and self.larger_n_params <= self.n_params:
            raise ValueError("larger_n_params must be above n_params")
        if self.larger_n_params is not None and self.metric == "step_ms":
            raise ValueError("a claim about two sizes is about accuracy")
        if self.metric == "accuracy" and self.larger_n_params is None and self.n_images is None:
            raise ValueError("an accuracy needs n_images, of how many test images it is")
        if self.metric == "accuracy" and self.value is not None and not 0 <= self.value <= 1:
            raise ValueError("an accuracy is a fraction in [0, 1]")
        return self

    @property
    def published(self) -> Estimate | None:
        """The published accuracy with its Wilson interval; None where the claim is of something else."""
        if self.metric != "accuracy" or self.value is None or self.n_images is None:
            return None
        return wilson_interval(self.value, self.n_images)


class ClaimVerdict(enum.StrEnum):
    """What becomes of a claim."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    UNDERPOWERED = "underpowered"
    UNANSWERABLE = "unanswerable (a control does as well)"
    NOT_MEASURED = "not measured in this study"


@dataclass(frozen=True)
class Judged:
    """A claim, its verdict, and the numbers that it rests on, in words."""

    claim: Claim
    verdict: ClaimVerdict
    numbers: str


def load_claims(name: str) -> tuple[Claim, ...]:
    """The claims of a TOML file, or of a built-in one by its name.

    Raises:
        ClaimError: there is no such file, or it does not hold.
    """
    built_in = BUILT_IN / f"{name}.toml"
    path = built_in if built_in.is_file() else Path(name)
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        known = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.toml")))
        raise ClaimError(
            f"claims are a TOML file or one of: {known}; received {name} ({error}); name a file that can be read"
        ) from error
    try:
        return _CLAIMS.validate_python(table.get("claim", []) if set(table) == {"claim"} else None)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ClaimError(
            f"a claim file holds [[claim]] tables as docs/statistics.md describes them; {name}, {where}: "
            f"{first['msg'].removeprefix('Value error, ')}; correct it"
        ) from error


_CLAIMS: TypeAdapter[tuple[Claim, ...]] = TypeAdapter(Annotated[tuple[Claim, ...], Field(min_length=1)])


@dataclass(frozen=True)
class Measured:
    """What a study has to say to claims.

    ``sizes``: a row a network, columns entry, architecture, n_params, step_ms (NaN where not timed). ``accuracy``: by
    entry, where there is an interval. ``pairs``: second minus first, by entries, or why there is no test.
    ``best_control``: name and mean accuracy of the strongest control, None without controls.
    """

    sizes: pd.DataFrame
    accuracy: Mapping[int, Estimate]
    pairs: Mapping[tuple[int, int], Paired | NotComputed]
    best_control: tuple[str, float] | None


def judge_claims(claims: Sequence[Claim], measured: Measured, rope: float = ROPE) -> list[Judged]:
    """Set each claim against the measurements.

    - A published accuracy is *not reproduced* where the interval of measured minus published (the published one's
      Wilson interval and the measured mean's corrected one, ``difference_interval``) excludes 0; *underpowered* where
      it does not and is wider than ten points to a side; *reproduced* otherwise.
    - «Larger is better» is *unanswerable* where a control's mean accuracy comes within ``rope`` of the better of the
      two networks, or above it: what both solve without looking at what they should cannot tell them apart.
      Otherwise *reproduced* where the corrected interval of the paired difference lies above 0 (and, if a value is
      claimed, holds that); *not reproduced* where it lies below ``rope`` (or excludes the value); else *underpowered*.
    - A step time is *reproduced* within a quarter of the published, and *not reproduced* beyond: another machine's.
    """
    return [_judge(claim, measured, rope) for claim in claims]


def _judge(claim: Claim, measured: Measured, rope: float) -> Judged:
    first = _find(measured, claim.n_params, claim.architecture)
    if first is None:
        return Judged(claim, ClaimVerdict.NOT_MEASURED, f"no network of {claim.n_params:,} parameters")
    if claim.larger_n_params is not None:
        second = _find(measured, claim.larger_n_params, claim.larger_architecture)
        if second is None:
            return Judged(claim, ClaimVerdict.NOT_MEASURED, f"no network of {claim.larger_n_params:,} parameters")
        return _judge_pair(claim, measured, first, second, rope)
    if claim.metric == "step_ms":
        return _judge_time(claim, measured, first)
    return _judge_accuracy(claim, measured, first)


def _judge_accuracy(claim: Claim, measured: Measured, entry: int) -> Judged:
    ours, published = measured.accuracy.get(entry), claim.published
    assert published is not None
    said = f"published {published} of {claim.n_images} images (Wilson)"
    if ours is None:
        return Judged(claim, ClaimVerdict.UNDERPOWERED, f"{said}; measured without an interval: too few trials")
    apart = difference_interval(published, ours)
    numbers = f"{said}; measured {ours}; measured - published {apart}"
    if apart.low > 0 or apart.high < 0:
        return Judged(claim, ClaimVerdict.NOT_REPRODUCED, numbers)
    if max(apart.high - apart.value, apart.value - apart.low) > CLOSE_ENOUGH:
        return Judged(claim, ClaimVerdict.UNDERPOWERED, numbers)
    return Judged(claim, ClaimVerdict.REPRODUCED, numbers)


def _judge_pair(claim: Claim, measured: Measured, first: int, second: int, rope: float) -> Judged:
    means = [measured.accuracy[entry].value for entry in (first, second) if entry in measured.accuracy]
    if measured.best_control is not None and means:
        name, reached = measured.best_control
        if reached >= max(means) - rope:
            numbers = f"{name} reaches {reached:.3f}, the better network {max(means):.3f}"
            return Judged(claim, ClaimVerdict.UNANSWERABLE, numbers)
    pair = measured.pairs[first, second]
    if isinstance(pair, NotComputed):
        return Judged(claim, ClaimVerdict.UNDERPOWERED, f"no interval of the difference: {pair.reason}")
    numbers = f"larger - smaller {Estimate(pair.mean, pair.low, pair.high)} over {pair.n_pairs} pairs"
    holds_value = claim.value is None or pair.low <= claim.value <= pair.high
    if pair.low > 0 and holds_value:
        return Judged(claim, ClaimVerdict.REPRODUCED, numbers)
    if pair.high < rope or not holds_value:
        return Judged(claim, ClaimVerdict.NOT_REPRODUCED, numbers)
    return Judged(claim, ClaimVerdict.UNDERPOWERED, numbers)


def _judge_time(claim: Claim, measured: Measured, entry: int) -> Judged:
    assert claim.value is not None
    step_ms = float(measured.sizes.set_index("entry")["step_ms"][entry])
    if pd.isna(step_ms):
        return Judged(claim, ClaimVerdict.NOT_MEASURED, "no step is timed")
    ratio = step_ms / claim.value
    numbers = f"published {claim.value:g} ms, measured {step_ms:.4g} ms on this machine: {ratio:.3g} times"
    same = 1 / MUCH_SLOWER <= ratio <= MUCH_SLOWER
    return Judged(claim, ClaimVerdict.REPRODUCED if same else ClaimVerdict.NOT_REPRODUCED, numbers)


def _find(measured: Measured, n_params: int, architecture: str | None) -> int | None:
    """The network that a claim means: of exactly that count if it names one, else the nearest within a tenth."""
    sizes = measured.sizes
    if architecture is not None:
        same = sizes[(sizes["architecture"] == architecture) & (sizes["n_params"] == n_params)]
        return int(same["entry"].iloc[0]) if len(same) else None
    off = np.abs(sizes["n_params"].to_numpy(float) / n_params - 1)
    return int(sizes["entry"].iloc[int(off.argmin())]) if len(off) and off.min() <= SAME_SIZE else None
