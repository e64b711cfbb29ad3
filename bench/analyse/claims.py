"""Published claims, judged by a study's measurements.

A claim file is TOML with one ``[[claim]]`` table per claim; ``docs/statistics.md`` describes it. The claims of the
paper that this project began with ship as ``builtin/paper.toml``.
"""

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, PositiveInt, TypeAdapter, ValidationError, model_validator

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval, difference_interval, wilson_interval
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.analyse.sizes.pair_tests import ROPE
from bench.errors import ClaimError
from bench.records import Record
from bench.toml_text import parse_toml

BUILT_IN = Path(__file__).parent / "builtin"
CLOSE_ENOUGH = 0.10
"""A published accuracy counts as reproduced only if its difference from the measured one is known to within ten
percentage points."""
SAME_SIZE = 0.10
"""If a claim names no architecture, parameter counts that differ by at most a tenth count as the same size."""
MUCH_SLOWER = 1.25
"""Step times whose ratio is at most this count as the same."""


class Claim(Record):
    """A published claim about one size or, if ``larger_n_params`` is given, about two sizes.

    ``value``: a fraction for accuracy, milliseconds for step_ms; for two sizes the gain of the larger one, None if the
    paper gives no number. ``architecture`` None: any network of that size.
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
            raise ValueError("an accuracy needs n_images, its number of test images")
        if self.metric == "accuracy" and self.value is not None and not 0 <= self.value <= 1:
            raise ValueError("an accuracy is a fraction in [0, 1]")
        if self.metric == "step_ms" and self.value is not None and self.value <= 0:
            raise ValueError("a step time is a number of milliseconds above 0")
        return self

    @property
    def published(self) -> Interval:
        """The published value, with a Wilson interval if ``n_images`` is given; NaN if there is no value."""
        if self.value is None or self.n_images is None:
            return Interval(math.nan if self.value is None else self.value)
        return wilson_interval(self.value, self.n_images)


class ClaimVerdict(enum.StrEnum):
    """The verdict on a claim."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    UNDERPOWERED = "underpowered"
    UNANSWERABLE = "unanswerable (a control does as well)"
    NOT_MEASURED = "not measured in this study"


@dataclass(frozen=True, slots=True)
class NoNetwork:
    """No network of the study has the claim's parameter count."""

    n_params: int


@dataclass(frozen=True, slots=True)
class AccuracyEvidence:
    """A published accuracy, the measured one and measured minus published (None without intervals)."""

    published: Interval
    measured: Interval | None
    difference: Interval | None


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """The larger network's accuracy minus the smaller one's."""

    difference: ContrastEstimate | NotComputed


@dataclass(frozen=True, slots=True)
class ControlEvidence:
    """A control so close to the better network that a comparison of networks is unanswerable."""

    control: str
    control_accuracy: float
    network_accuracy: float


@dataclass(frozen=True, slots=True)
class TimeEvidence:
    """Published and measured milliseconds per step; measured is NaN if the network is not timed."""

    published_ms: float
    measured_ms: float

    @property
    def ratio(self) -> float:
        """Measured over published."""
        return self.measured_ms / self.published_ms


Evidence = NoNetwork | AccuracyEvidence | PairEvidence | ControlEvidence | TimeEvidence


@dataclass(frozen=True)
class Judged:
    """A claim, its verdict, and the numbers behind the verdict."""

    claim: Claim
    verdict: ClaimVerdict
    evidence: Evidence


def load_claims(name: str) -> tuple[Claim, ...]:
    """The claims of a TOML file, or of a built-in one by its name.

    Raises:
        ClaimError: the file does not exist or is invalid.
    """
    built_in = BUILT_IN / f"{name}.toml"
    path = built_in if built_in.is_file() else Path(name)
    try:
        table = parse_toml(path.read_text())
    except (OSError, ValueError) as error:
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
    """The measurements against which claims are judged.

    ``sizes``: one row per network, columns entry, architecture, n_params, step_ms (NaN where not timed).
    ``accuracy``: by entry, if there is an interval. ``pairs``: second minus first, by entries, or why there is no
    estimate.
    ``best_control``: name and mean accuracy of the strongest control, None without controls.
    """

    sizes: pd.DataFrame
    accuracy: Mapping[int, Interval]
    pairs: Mapping[tuple[int, int], ContrastEstimate | NotComputed]
    best_control: tuple[str, float] | None


def judge_claims(claims: Sequence[Claim], measured: Measured, rope: float = ROPE) -> list[Judged]:
    """Judge each claim by the measurements.

    - A published accuracy is *not reproduced* if the interval of measured minus published excludes 0. The interval
      combines the published value's Wilson interval with the two-level interval of the measured mean
      (``difference_interval``). It is *underpowered* if the interval includes 0 and is wider than ten percentage points
      on one side, and *reproduced* otherwise.
    - A claim that the larger network is better is *unanswerable* if a control's mean accuracy is within ``rope`` of the
      better of the two networks, or above it. Otherwise it is *reproduced* if the interval of the difference lies
      above 0 (and contains the claimed value, if there is one), *not reproduced* if it lies below
      ``rope`` (or excludes the value), and *underpowered* in all other cases.
    - A step time is *reproduced* within a quarter of the published one, and *not reproduced* otherwise.
    """
    return [_judge(claim, measured, rope) for claim in claims]


def _judge(claim: Claim, measured: Measured, rope: float) -> Judged:
    counts = [claim.n_params] if claim.larger_n_params is None else [claim.n_params, claim.larger_n_params]
    names = [claim.architecture, claim.larger_architecture]
    found = [_find(measured, count, name) for count, name in zip(counts, names, strict=False)]
    entries = [entry for entry in found if entry is not None]
    if len(entries) < len(counts):
        return Judged(claim, ClaimVerdict.NOT_MEASURED, NoNetwork(counts[found.index(None)]))
    if len(set(entries)) < len(entries):  # one network is the nearest to both counts
        return Judged(claim, ClaimVerdict.NOT_MEASURED, NoNetwork(counts[1]))
    if len(entries) == 2:
        return Judged(claim, *_judge_pair(claim, measured, entries[0], entries[1], rope))
    if claim.metric == "step_ms":
        return Judged(claim, *_judge_time(claim, measured, entries[0]))
    return Judged(claim, *_judge_accuracy(claim, measured, entries[0]))


def _judge_accuracy(claim: Claim, measured: Measured, entry: int) -> tuple[ClaimVerdict, Evidence]:
    ours, published = measured.accuracy.get(entry), claim.published
    if ours is None:
        return ClaimVerdict.UNDERPOWERED, AccuracyEvidence(published, None, None)
    apart = difference_interval(published, ours)
    evidence = AccuracyEvidence(published, ours, apart)
    if apart.low > 0 or apart.high < 0:
        return ClaimVerdict.NOT_REPRODUCED, evidence
    if max(apart.high - apart.value, apart.value - apart.low) > CLOSE_ENOUGH:
        return ClaimVerdict.UNDERPOWERED, evidence
    return ClaimVerdict.REPRODUCED, evidence


def _judge_pair(
    claim: Claim, measured: Measured, first: int, second: int, rope: float
) -> tuple[ClaimVerdict, Evidence]:
    means = [measured.accuracy[entry].value for entry in (first, second) if entry in measured.accuracy]
    if measured.best_control is not None and means:
        name, reached = measured.best_control
        if reached >= max(means) - rope:
            return ClaimVerdict.UNANSWERABLE, ControlEvidence(name, reached, max(means))
    pair = measured.pairs[first, second]
    evidence = PairEvidence(pair)
    if isinstance(pair, NotComputed):
        return ClaimVerdict.UNDERPOWERED, evidence
    holds_value = claim.value is None or pair.low <= claim.value <= pair.high
    if pair.low > 0 and holds_value:
        return ClaimVerdict.REPRODUCED, evidence
    if pair.high < rope or not holds_value:
        return ClaimVerdict.NOT_REPRODUCED, evidence
    return ClaimVerdict.UNDERPOWERED, evidence


def _judge_time(claim: Claim, measured: Measured, entry: int) -> tuple[ClaimVerdict, Evidence]:
    step_ms = float(measured.sizes.set_index("entry")["step_ms"][entry])
    evidence = TimeEvidence(claim.published.value, step_ms)
    if math.isnan(step_ms):
        return ClaimVerdict.NOT_MEASURED, evidence
    is_same = 1 / MUCH_SLOWER <= evidence.ratio <= MUCH_SLOWER
    return ClaimVerdict.REPRODUCED if is_same else ClaimVerdict.NOT_REPRODUCED, evidence


def _find(measured: Measured, n_params: int, architecture: str | None) -> int | None:
    """The network that a claim is about: of exactly that count if it names one, else the nearest within a tenth."""
    sizes = measured.sizes
    if architecture is not None:
        same = sizes[(sizes["architecture"] == architecture) & (sizes["n_params"] == n_params)]
        return int(same["entry"].iloc[0]) if len(same) else None
    off = np.abs(sizes["n_params"].to_numpy(float) / n_params - 1)
    return int(sizes["entry"].iloc[int(off.argmin())]) if len(off) and off.min() <= SAME_SIZE else None
