"""The page on images or parameters: sentences, errors as measured and on the surface, and back-tests."""

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.images_or_parameters import Forecast, ImagesOrParameters, optimizer_steps
from bench.pages.document import Block, Note, Page, Section, Statement, Table
from bench.pages.images_or_parameters_text import forecast_points, sentences
from bench.pages.number_text import NOTHING, interval, number
from bench.pages.summary_page import title_line
from bench.study.study_data import StudyData

_SAME_STEPS = 1.25
_FITTED = 0.95
_METHOD = (
    "Error is 1 - held-out accuracy. The surface is of second degree in log parameters and log training images, for "
    "the log odds of error against the error of always predicting the most frequent class; its bends are held near 0. "
    "Intervals are at 95 %, from the variance of images, of trainings and of bends. A back-test fits the surface "
    "without the cells that it predicts. It fails if the measured error of the largest of them, or their mean, lies "
    "outside its interval, which includes the error of what was measured. It holds weakly if no change at all from "
    "the next largest would have passed as well. A forecast adds no more images than the "
    "back-test had to bridge. The exchange rate is taken at the most images: on so many times fewer, the largest "
    "network has the error that a tenth of its parameters has on all of them."
)


def images_or_parameters_page(data: StudyData, analysis: Analysis) -> Page:
    """The page: per family the sentences, the errors as measured and on the surface, and the back-tests."""
    answers = analysis.answer.images_or_parameters
    sections = [
        Section(family if len(answers) > 1 else "", (*map(Statement, sentences(found)), *_tables(found)))
        for family, found in answers.items()
    ]
    notes = Section("Method", (Note(_training(data)), Note(_METHOD)))
    return Page(f"Images or parameters, {title_line(data)}", (*sections, notes))


def _tables(found: ImagesOrParameters | NotComputed) -> tuple[Block, ...]:
    if isinstance(found, NotComputed):
        return ()
    cells, surface = found.cells, found.surface
    on_surface = surface.error(cells.n_params, cells.n_train)
    frame = pd.DataFrame({"parameters": cells.n_params, "images": cells.n_train})
    frame["text"] = [
        f"{number(measured)} ({number(fitted)})" for measured, fitted in zip(cells.errors, on_surface, strict=True)
    ]
    by_size = frame.groupby(["parameters", "images"])["text"].agg(", ".join).unstack(fill_value=NOTHING)
    errors = by_size.rename(columns=lambda n: f"{n:,.0f} images").rename(index=lambda n: f"{n:,.0f}").reset_index()
    return (
        Note("Measured error, and the surface in parentheses, by parameters and training images."),
        Table.of(errors, ()),
        *_forecast_table(found.forecasts),
        Note("Withheld cells: predicted without the most images or without the largest network, and measured."),
        Table.of(
            pd.DataFrame(
                [
                    {
                        "withheld": name,
                        "parameters": f"{cell.n_params:,}",
                        "images": f"{cell.n_train:,}",
                        "predicted error": interval(cell.predicted, cell.low, cell.high),
                        "measured": number(cell.measured),
                        "within": "yes" if cell.holds else "no",
                    }
                    for name, test in (("most images", found.on_images), ("largest network", found.on_parameters))
                    for cell in test.cells
                ]
            ),
            ("withheld", "within"),
        ),
    )


def _forecast_table(found: tuple[Forecast, ...] | NotComputed) -> tuple[Block, ...]:
    if isinstance(found, NotComputed):
        return ()
    rows = [{"parameters": f"{each.n_params:,}", "gain": forecast_points(each)} for each in found]
    note = f"Forecast for {found[-1].n_train + found[-1].more:,} training images: the gain in accuracy per size."
    return (Note(note), Table.of(pd.DataFrame(rows), ()))


def _training(data: StudyData) -> str:
    """How far the networks were trained, since networks on few and on many images should fit them equally well."""
    done = data.summary["n_done"] > 0
    steps, fitted = optimizer_steps(data)[done], data.summary["train_accuracy_mean"][done]
    text = (
        f"Networks took {number(steps.min(), '{:,.0f}')} to {number(steps.max(), '{:,.0f}')} optimizer steps, and have "
        f"training accuracies of {number(fitted.min())} to {number(fitted.max())}."
    )
    if fitted.min() >= _FITTED or steps.max() <= _SAME_STEPS * steps.min():
        return text
    return f"{text} Where the training accuracy is low, part of what more images bring is what more steps bring."
