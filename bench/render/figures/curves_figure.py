"""Training and validation by epoch: for each network its accuracy panel above its loss panel."""

from dataclasses import dataclass, replace

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import LEGEND_POINTS, PAGE_INCHES, TITLE_POINTS
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import PANEL_TITLE_POINTS, folded, line_inches

_LABEL_INCHES = 0.6
"""From a vertical axis to its label, beyond numbers such as 0.0001."""


@dataclass(frozen=True)
class PanelPlaces:
    """The places of panels, in inches. matplotlib's layout engines take seconds for 48 panels."""

    n_networks: int
    left: float = 0.8
    right: float = 0.1
    top: float = 0.5
    bottom: float = 0.6
    gap: float = 0.14
    title: float = 0.42
    foot: float = 0.45

    @property
    def n_columns(self) -> int:
        """Networks per row."""
        return min(4, self.n_networks)

    @property
    def panel_width(self) -> float:
        """In inches."""
        free = PAGE_INCHES - self.left - self.right - (self.n_columns - 1) * self.gap
        return free / self.n_columns

    @property
    def panel_height(self) -> float:
        """In inches."""
        return min(1.8, 0.62 * self.panel_width)

    @property
    def band_height(self) -> float:
        """Of a row of networks, in inches."""
        return self.title + 2 * self.panel_height + self.gap + self.foot

    @property
    def height(self) -> float:
        """Of the figure, in inches."""
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


def curves_figure(chart: Chart) -> Figure:
    """Draw the first half of the panels above the second half, network by network."""
    n_networks = max(1, len(chart.panels) // 2)
    places = PanelPlaces(n_networks)
    title = folded(chart.title, PAGE_INCHES - 0.15, TITLE_POINTS)
    key = folded(chart.key, PAGE_INCHES - 0.15, LEGEND_POINTS)
    titles = [folded(panel.title, places.panel_width, PANEL_TITLE_POINTS) for panel in chart.panels]
    places = replace(
        places,
        title=0.14 + line_inches(PANEL_TITLE_POINTS) * max(each.count("\n") + 1 for each in titles),
        top=0.15 + line_inches(TITLE_POINTS) * (title.count("\n") + 1),
        bottom=0.35 + line_inches(LEGEND_POINTS) * (key.count("\n") + 1),
    )
    figure = Figure(figsize=(PAGE_INCHES, places.height))
    figure.text(0.01, 1 - 0.08 / places.height, title, ha="left", va="top", fontsize=TITLE_POINTS)
    for index, panel in enumerate(chart.panels):
        row, number = divmod(index, n_networks)
        axes = figure.add_axes(places.place(number, row))
        draw_panel(axes, panel)
        if panel.empty:
            return figure
        is_left, is_lowest = number % places.n_columns == 0, number + places.n_columns >= n_networks
        axes.tick_params(labelbottom=row == 1, labelleft=is_left, labelsize=8)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
        if panel.y.scale == "linear":
            axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_label_coords(-_LABEL_INCHES / places.panel_width, 0.5)
        if not is_left:
            axes.set_ylabel("")
        if row == 0:
            axes.set_title(titles[index], fontsize=PANEL_TITLE_POINTS)
        if row == 0 or not is_lowest:
            axes.set_xlabel("")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2, frameon=False, title=key)
    return figure
