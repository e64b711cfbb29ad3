"""Images or parameters in sentences: the conclusion, the back-tests, the forecast and the exchange rate."""

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.images_or_parameters import BackTest, ExchangeRate, Forecast, ImagesOrParameters
from bench.pages.number_text import interval, number

NOT_TO_BE_HAD = "not to be had from these data"


def conclusion(found: ImagesOrParameters | NotComputed) -> str:
    """The answer in one sentence."""
    if isinstance(found, NotComputed):
        return f"Images or parameters: {NOT_TO_BE_HAD}: {found.reason}."
    parts = []
    if not isinstance(found.exchange, NotComputed):
        parts.append(f"ten times the parameters are worth as much as {_times(found.exchange)}")
    if not isinstance(found.forecasts, NotComputed):
        last = found.forecasts[-1]
        parts.append(f"{last.more:,} more training images would bring {forecast_points(last)}")
    if not parts:
        reasons = [each.reason for each in (found.exchange, found.forecasts) if isinstance(each, NotComputed)]
        return f"Images or parameters: {NOT_TO_BE_HAD}: {reasons[-1]}."
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def sentences(found: ImagesOrParameters | NotComputed) -> list[str]:
    """The statements on one family, at most 80 words: back-tests, forecast, exchange rate."""
    if isinstance(found, NotComputed):
        return [conclusion(found)]
    images, parameters = found.on_images, found.on_parameters
    return [
        f"Back-test on images: {_tested(images)}",
        f"Back-test on parameters: {_tested(parameters)}",
        f"More images: {_forecast(found.forecasts)}",
        f"Exchange rate: {_rate(found.exchange)}",
    ]


def _tested(test: BackTest) -> str:
    last = test.cells[-1]
    predicted = interval(last.predicted, last.low, last.high)
    verdict = "fails" if not test.holds else "holds weakly" if test.is_weak else "holds"
    return (
        f"predicted error {predicted} at {last.n_params:,} parameters and {last.n_train:,} images, measured "
        f"{number(last.measured)}; it {verdict}."
    )


def _forecast(found: tuple[Forecast, ...] | NotComputed) -> str:
    if isinstance(found, NotComputed):
        return f"{NOT_TO_BE_HAD}: {found.reason}."
    last = found[-1]
    return f"{last.more:,} more than {last.n_train:,} would bring the largest network {forecast_points(last)}."


def _rate(found: ExchangeRate | NotComputed) -> str:
    if isinstance(found, NotComputed):
        return f"{NOT_TO_BE_HAD}: {found.reason}."
    return f"ten times the parameters are worth as much as {_times(found)}."


def forecast_points(forecast: Forecast) -> str:
    """A gain in percentage points with its interval."""
    return f"{number(100 * forecast.gain, '{:+.1f}')} points {_bounds(100 * forecast.low, 100 * forecast.high)}"


def _times(rate: ExchangeRate) -> str:
    return f"{number(rate.times, '{:.1f}')} times the images {_bounds(rate.low, rate.high)}"


def _bounds(low: float, high: float) -> str:
    return f"[{number(low, '{:.1f}')}, {number(high, '{:.1f}')}]"
