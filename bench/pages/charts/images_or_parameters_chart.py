"""Error against training images, one line per size, with the fitted surface and the forecast."""

import numpy as np

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.images_or_parameters import ImagesOrParameters
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Layer, Panel, Points, Style, values
from bench.study.study_data import StudyData

_POINTS_OF_CURVE = 60


def images_or_parameters_chart(data: StudyData, analysis: Analysis) -> Chart:
    """One panel per family: errors with intervals, the surface at each size, the forecast of the largest."""
    panels = tuple(
        Panel(
            _x(found),
            ChartAxis("error (1 - validation accuracy)"),
            () if isinstance(found, NotComputed) else _layers(found),
            title=family,
            empty=found.reason if isinstance(found, NotComputed) else "",
        )
        for family, found in analysis.answer.images_or_parameters.items()
    )
    has_forecast = any(
        not isinstance(found, NotComputed) and not isinstance(found.forecasts, NotComputed)
        for found in analysis.answer.images_or_parameters.values()
    )
    star = "; star: forecast, with the interval of its gain" if has_forecast else ""
    key = f"error with 95 % interval; dotted: fitted surface{star}"
    return Chart(data.title(), panels, key)


def _x(found: ImagesOrParameters | NotComputed) -> ChartAxis:
    ticks = None if isinstance(found, NotComputed) else values(np.unique(found.cells.n_train))
    return ChartAxis("training images", "log", ticks=ticks, is_count=True)


def _layers(found: ImagesOrParameters) -> tuple[Layer, ...]:
    cells, surface = found.cells, found.surface
    layers: list[Layer] = []
    forecasts = () if isinstance(found.forecasts, NotComputed) else found.forecasts
    last = cells.n_train.max() + (forecasts[-1].more if forecasts else 0)
    intervals = [cells.levels.contrast(one) for one in np.eye(len(cells.errors))]
    for index, size in enumerate(np.unique(cells.n_params)):
        places = np.flatnonzero(cells.n_params == size)
        along = np.geomspace(cells.n_train[places].min(), last, _POINTS_OF_CURVE)
        fitted = surface.error(np.full(len(along), size), along)
        layers += [
            Points(
                f"{size:,.0f} parameters",
                Style("series", index),
                values(cells.n_train[places]),
                values(cells.errors[places]),
                low=values(1 - intervals[place].high for place in places),
                high=values(1 - intervals[place].low for place in places),
            ),
            Curve("", Style("law", index), values(along), values(fitted)),
        ]
    for forecast in forecasts[-1:]:
        now = float(surface.error(np.array([forecast.n_params]), np.array([forecast.n_train]))[0])
        layers.append(
            Points(
                f"forecast, {forecast.n_params:,} parameters",
                Style("forecast"),
                (float(forecast.n_train + forecast.more),),
                (now - forecast.gain,),
                low=(now - forecast.high,),
                high=(now - forecast.low,),
            )
        )
    return tuple(layers)
