"""Images or parameters: error over both, what one is worth in the other, and what more images would bring.

A surface is fitted to the error of every size on every number of training images, and tested on cells withheld from it
before it is used: without a back-test that holds, there is neither an exchange rate nor a forecast. A forecast leaves
the measured cells, so its back-test must also have been able to fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.error_surface import Cells, Surface, fit_surface, require_grid
from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.estimates.two_level import two_level
from bench.store.columns import protocol_column
from bench.study.families import Family, by_size, label, parting_columns
from bench.study.study_data import StudyData

Floats = NDArray[np.float64]
N_TRAIN = protocol_column("n_train")
TENFOLD = 10.0
_IMAGES_FAIL = "the surface does not predict the withheld cells with the most images"
_RATES_TRIED = 400
_ROUND_STEPS = (1, 2, 5)
_LARGEST_SHARE = 0.5
"""Of the measured images, the most that a forecast adds."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """One cell that a back-test withheld: its error as predicted, and as measured.

    The 95 % interval is that of the prediction less the measurement, so the error of both is in it.
    """

    n_params: int
    n_train: int
    predicted: float
    low: float
    high: float
    measured: float

    @property
    def holds(self) -> bool:
        """Whether the measured error lies within the interval."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True, slots=True)
class BackTest:
    """A surface without the largest value of one side, against what was measured there.

    Attributes:
        cells: the withheld cells, by ascending size or number of images; the last is the largest of both.
        off: predicted less measured error, the mean over the cells.
        reach: half the width of the interval of ``off``.
        change: how much lower the withheld errors are than those at the next largest value, the mean over cells.
        holds: whether the last cell lies within its interval, and ``off`` within its reach of 0.
    """

    cells: tuple[Withheld, ...]
    off: float
    reach: float
    change: float
    holds: bool

    @property
    def is_weak(self) -> bool:
        """Whether it would have held as well had the withheld errors been those at the next largest value."""
        return self.reach > abs(self.change)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The gain in accuracy of one size from more training images, with its 95 % interval."""

    n_params: int
    n_train: int
    more: int
    gain: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many times the images ten times the parameters are worth.

    The network of ``n_params`` has the error on ``n_train / times`` images that a tenth of its parameters have on
    ``n_train``. The interval holds all factors at which the two are not shown to differ (Fieller 1954).
    """

    n_params: int
    n_train: int
    times: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class ImagesOrParameters:
    """What a family shows. Errors are 1 - held-out accuracy.

    Attributes:
        cells: the measured errors.
        surface: fitted to all cells.
        on_images: the back-test that withholds the most images.
        on_parameters: the back-test that withholds the largest size.
        forecasts: of every size, by ascending size, or why there are none.
        exchange: the rate, or why there is none.
    """

    cells: Cells
    surface: Surface
    on_images: BackTest
    on_parameters: BackTest
    forecasts: tuple[Forecast, ...] | NotComputed
    exchange: ExchangeRate | NotComputed


def varies_images(data: StudyData) -> bool:
    """Whether networks with a done trial differ in the number of training images asked for."""
    done = data.summary[data.summary["n_done"] > 0]
    return N_TRAIN in done and bool(done[N_TRAIN].nunique() > 1)


def optimizer_steps(data: StudyData) -> "pd.Series[float]":
    """Optimizer steps of one training, of each row of ``summary``."""
    per_epoch = np.ceil(data.training_examples() / data.summary["protocol_batch_size"])
    return data.summary["protocol_epochs"] * per_epoch


def images_or_parameters(data: StudyData, scores: ImageScores) -> Mapping[str, ImagesOrParameters | NotComputed]:
    """The answer on each family of networks that differ in size and in the number of training images only.

    Args:
        data: the study.
        scores: accuracy per image, of every network with a done trial.

    Returns:
        Answers by the label of the family, or the reason why there is none.
    """
    done = data.summary[data.summary["entry"].isin(scores.names)]
    sizes = done.assign(n_train=data.training_examples()).set_index("entry")
    chance = 1 - max(data.study.class_counts) / sum(data.study.class_counts)
    return {
        family.label: attempt(partial(_of_family, scores, sizes.loc[list(family.entries)], chance))
        for family in _families(done)
    }


def answer(cells: Cells) -> ImagesOrParameters:
    """Fit a surface, test it on the withheld cells, and use it where the tests hold.

    Raises:
        InsufficientError: fewer than three sizes or three numbers of images, equal errors, or none below chance.
    """
    require_grid(cells)
    on_images = _back_test(cells, cells.n_train)
    on_parameters = _back_test(cells, cells.n_params)
    surface = fit_surface(cells)
    return ImagesOrParameters(
        cells=cells,
        surface=surface,
        on_images=on_images,
        on_parameters=on_parameters,
        forecasts=attempt(partial(_forecasts, cells, surface, on_images)),
        exchange=attempt(partial(_exchange_rate, cells, surface, on_images, on_parameters)),
    )


def _families(done: pd.DataFrame) -> list[Family]:
    """Networks that differ in size, in the number of training images, and in what that number alone decides."""
    parting = [column for column in parting_columns(done) if column != N_TRAIN and not _follows_images(done, column)]
    groups = done.groupby(["architecture", *parting], sort=False, dropna=False)
    return [Family(label(rows.iloc[0], parting), by_size(rows)) for _, rows in groups]


def _follows_images(done: pd.DataFrame, column: str) -> bool:
    """Whether networks trained on equally many images are alike in a column, such as the number of epochs."""
    values = done.groupby(["architecture", N_TRAIN])[column].nunique(dropna=False)
    return column.startswith("protocol_") and bool((values == 1).all())


def _of_family(scores: ImageScores, sizes: pd.DataFrame, chance: float) -> ImagesOrParameters:
    ordered = sizes.sort_values(["n_train", "n_params"], kind="stable")
    per_number: list[Mapping[Name, float]] = [
        dict(zip(rows.index.tolist(), rows["n_params"].tolist(), strict=True)) for _, rows in ordered.groupby("n_train")
    ]
    levels = two_level(scores.of(ordered.index.tolist()), per_number)
    n_params, n_train = (ordered[name].to_numpy(np.float64) for name in ("n_params", "n_train"))
    return answer(Cells(n_params, n_train, levels, chance))


def _back_test(cells: Cells, side: Floats) -> BackTest:
    """Withhold every cell with the largest value of one side, predict it from the others, and compare."""
    is_kept = side < side.max()
    surface = fit_surface(cells, is_kept)
    places = np.flatnonzero(~is_kept)
    less_measured = surface.pull(cells.n_params[places], cells.n_train[places])
    less_measured[np.arange(len(places)), places] -= 1
    predicted = surface.error(cells.n_params[places], cells.n_train[places])
    halves = [cells.half_width(pull) for pull in less_measured]
    withheld = tuple(
        Withheld(int(n), int(m), float(e), max(0.0, float(e - half)), min(1.0, float(e + half)), float(measured))
        for n, m, e, half, measured in zip(
            cells.n_params[places], cells.n_train[places], predicted, halves, cells.errors[places], strict=True
        )
    )
    off = float(np.mean(predicted - cells.errors[places]))
    reach = cells.half_width(less_measured.mean(axis=0))
    next_largest = cells.errors[side == side[is_kept].max()]
    return BackTest(
        cells=withheld,
        off=off,
        reach=reach,
        change=float(next_largest.mean() - cells.errors[places].mean()),
        holds=withheld[-1].holds and abs(off) <= reach,
    )


def _forecasts(cells: Cells, surface: Surface, on_images: BackTest) -> tuple[Forecast, ...]:
    require(on_images.holds, _IMAGES_FAIL)
    require(not on_images.is_weak, "the back-test on images cannot tell a gain from none, so a forecast is untested")
    numbers = np.unique(cells.n_train)
    more = _round_number(min(numbers[-1] - numbers[-2], _LARGEST_SHARE * numbers[-1]))
    sizes = np.unique(cells.n_params)
    now, then = np.full(len(sizes), numbers[-1]), np.full(len(sizes), numbers[-1] + more)
    gains = surface.error(sizes, now) - surface.error(sizes, then)
    halves = [cells.half_width(pull) for pull in surface.pull(sizes, now) - surface.pull(sizes, then)]
    return tuple(
        Forecast(int(size), int(numbers[-1]), more, float(gain), float(gain - half), float(gain + half))
        for size, gain, half in zip(sizes, gains, halves, strict=True)
    )


def _exchange_rate(cells: Cells, surface: Surface, on_images: BackTest, on_parameters: BackTest) -> ExchangeRate:
    require(on_images.holds, _IMAGES_FAIL)
    require(on_parameters.holds, "the surface does not predict the withheld cells of the largest network")
    size, numbers = cells.n_params.max(), np.unique(cells.n_train)
    require(
        size >= TENFOLD * cells.n_params.min(),
        "the largest network has less than ten times the parameters of the smallest",
    )
    times = np.geomspace(numbers[-2] / numbers[-1], numbers[-1] / numbers[0], _RATES_TRIED)
    large = (np.full(len(times), size), numbers[-1] / times)
    small = (np.array([size / TENFOLD]), numbers[-1:])
    lead = surface.error(*large) - surface.error(*small)
    reach = np.array([cells.half_width(pull) for pull in surface.pull(*large) - surface.pull(*small)])
    crossings = np.flatnonzero((lead[:-1] <= 0) & (lead[1:] > 0))
    require(len(crossings) > 0, "no number of images that was measured gives both networks the same error")
    place = int(crossings[np.argmin(np.abs(np.log(times[crossings])))])
    at = float(np.interp(0, lead[place : place + 2], np.log(times[place : place + 2])))
    below = np.flatnonzero(lead[: place + 1] + reach[: place + 1] < 0)
    above = np.flatnonzero(lead[place + 1 :] - reach[place + 1 :] > 0)
    require(len(below) > 0 and len(above) > 0, "its interval reaches beyond the numbers of images that were measured")
    return ExchangeRate(
        n_params=int(size),
        n_train=int(numbers[-1]),
        times=float(np.exp(at)),
        low=float(times[below[-1]]),
        high=float(times[place + 1 + above[0]]),
    )


def _round_number(most: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 and so on that is not above ``most``."""
    power = int(10 ** np.floor(np.log10(most)))
    return max(step * power for step in _ROUND_STEPS if step * power <= most)
