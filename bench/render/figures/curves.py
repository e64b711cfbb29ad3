"""Training and validation by epoch, as Keras's history plots show them: a pair of panels a network."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from bench.render.figures.drawing import (
    PAGE_INCHES,
    PANEL_TITLE_POINTS,
    panel_note,
    panel_title,
    say_nothing_to_show,
    thinned,
)
from bench.study.families import network_labels
from bench.study.study_data import StudyData

_LINES = {"train": ("training", "#0072B2", "-"), "val": ("validation", "#D55E00", "--")}
_QUANTITIES = {"accuracy": "accuracy", "loss": "loss (nats)"}
_LOG_FROM_RATIO = 30.0


def curves_figure(data: StudyData, epochs: pd.DataFrame) -> Figure:
    """Accuracy above loss for each network: the mean over folds and seeds, and one standard deviation about it.

    All panels of a row of quantities have one scale, so that networks can be compared.

    Args:
        data: the study.
        epochs: as ``Store.epochs`` gives them.
    """
    entries = sorted(data.done["entry"].unique().tolist())
    shown = thinned(entries)
    grid = _Grid(max(1, len(shown)))
    labels = network_labels(data.summary)
    titles = {entry: panel_title(labels[entry], data.summary["n_params"][entry], grid.panel_width) for entry in shown}
    most_lines = max((title.count("\n") + 1 for title in titles.values()), default=1)
    grid = replace(grid, title=0.14 + 0.13 * most_lines)
    figure = Figure(figsize=(PAGE_INCHES, grid.height))
    title = data.title() + panel_note(shown, entries)
    figure.text(0.01, 1 - 0.08 / grid.height, title, ha="left", va="top", fontsize=10)
    if not shown:
        say_nothing_to_show(figure.add_axes(grid.place(0, 0)), "no trial is done")
        return figure
    by_epoch = _statistics(data, epochs, shown)
    scales = {quantity: _Scale.of(by_epoch, quantity) for quantity in _QUANTITIES}
    for number, entry in enumerate(shown):
        for row, (quantity, name) in enumerate(_QUANTITIES.items()):
            axes = figure.add_axes(grid.place(number, row))
            _draw(axes, by_epoch.loc[[entry]].droplevel("entry"), quantity)
            scales[quantity].apply(axes)
            axes.tick_params(labelbottom=row == 1, labelleft=number % grid.n_columns == 0, labelsize=8)
            if number % grid.n_columns == 0:
                axes.set_ylabel(name)
            if row == 0:
                axes.set_title(titles[entry], fontsize=PANEL_TITLE_POINTS)
            elif number + grid.n_columns >= len(shown):
                axes.set_xlabel("epoch")
    handles, names = axes.get_legend_handles_labels()
    key = "mean; band: ± sd over folds and seeds"
    figure.legend(handles, names, loc="lower center", ncols=2, frameon=False, title=key)
    return figure


@dataclass(frozen=True)
class _Grid:
    """Where panels lie, in inches: set by hand, since matplotlib's layout engines take seconds for 48 panels."""

    n_networks: int
    left: float = 0.6
    right: float = 0.1
    top: float = 0.5
    bottom: float = 0.6
    gap: float = 0.14
    title: float = 0.42
    foot: float = 0.45

    @property
    def n_columns(self) -> int:
        return min(4, self.n_networks)

    @property
    def panel_width(self) -> float:
        free = PAGE_INCHES - self.left - self.right - (self.n_columns - 1) * self.gap
        return free / self.n_columns

    @property
    def panel_height(self) -> float:
        return min(1.8, 0.62 * self.panel_width)

    @property
    def band_height(self) -> float:
        return self.title + 2 * self.panel_height + self.gap + self.foot

    @property
    def height(self) -> float:
        return self.top + self.band_height * -(-self.n_networks // self.n_columns) + self.bottom

    def place(self, number: int, row: int) -> tuple[float, float, float, float]:
        """The panel of the network with this number: left, bottom, width, height as shares of the figure."""
        band, column = divmod(number, self.n_columns)
        left = self.left + column * (self.panel_width + self.gap)
        below_top = self.top + band * self.band_height + self.title + row * self.gap + (row + 1) * self.panel_height
        return (
            left / PAGE_INCHES,
            1 - below_top / self.height,
            self.panel_width / PAGE_INCHES,
            self.panel_height / self.height,
        )


@dataclass(frozen=True)
class _Scale:
    """The limits that all panels of a quantity have."""

    low: float
    high: float
    last_epoch: int
    is_log: bool

    @classmethod
    def of(cls, by_epoch: pd.DataFrame, quantity: str) -> "_Scale":
        means = by_epoch[[f"{part}_{quantity}_mean" for part in _LINES]].to_numpy()
        deviations = np.nan_to_num(by_epoch[[f"{part}_{quantity}_std" for part in _LINES]].to_numpy())
        last_epoch = int(by_epoch.index.get_level_values("epoch").max())
        if quantity == "loss" and means.min() > 0 and means.max() / means.min() > _LOG_FROM_RATIO:
            return cls(means.min() / 1.3, (means + deviations).max() * 1.3, last_epoch, is_log=True)
        low, high = (means - deviations).min(), (means + deviations).max()
        margin = max(0.05 * (high - low), (0.1 - (high - low)) / 2)
        return cls(low - margin, high + margin, last_epoch, is_log=False)

    def apply(self, axes: Axes) -> None:
        """Set an axes' scales, limits and ticks."""
        if self.is_log:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")  # the default writes powers in the mathematics of TeX
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.yaxis.set_major_locator(MaxNLocator(4))
        margin = max(0.5, 0.04 * self.last_epoch)
        axes.set_ylim(self.low, self.high)
        axes.set_xlim(1 - margin, self.last_epoch + margin)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))


def _statistics(data: StudyData, epochs: pd.DataFrame, shown: list[int]) -> pd.DataFrame:
    """Means and standard deviations by entry and epoch: columns such as train_loss_mean, train_loss_std."""
    entry_of = data.done.set_index("trial_key")["entry"]
    placed = epochs.assign(entry=epochs["trial_key"].map(entry_of)).drop(columns="trial_key")
    statistics = placed[placed["entry"].isin(shown)].groupby(["entry", "epoch"]).agg(["mean", "std"])
    statistics.columns = ["_".join(names) for names in statistics.columns]
    return statistics


def _draw(axes: Axes, by_epoch: pd.DataFrame, quantity: str) -> None:
    for part, (name, colour, line_style) in _LINES.items():
        mean, sd = by_epoch[f"{part}_{quantity}_mean"], by_epoch[f"{part}_{quantity}_std"]
        marker = "o" if len(mean) == 1 else None
        axes.plot(by_epoch.index, mean, color=colour, linestyle=line_style, marker=marker, label=name)
        axes.fill_between(by_epoch.index, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
