"""Every colour, marker, line style and size of the figures: one style per role and index of a chart's layers."""

from dataclasses import dataclass
from typing import Any

from bench.pages.charts.chart import Style

# Okabe and Ito, "Color Universal Design" (2008), without its yellow, which is hard to see on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
BLUE, VERMILION, GREEN, _, ORANGE, SKY, BLACK = COLOURS
# Nine markers and four line styles give 36 distinct lines, so colour is never needed.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "h")
LINE_STYLES = ("-", "--", "-.", ":")
DARK, GREY, LIGHT = "#444444", "#888888", "#dddddd"

CLASS_COLOURS = (*COLOURS[:6], "#F0E442", "#999999")
MATRIX_COLOURS = "Blues"
SHADE_COLOURS = "Greys"
_HOLLOW_MARKERS = ("*", "p", "8", "d", "H")
_CONTROL_DASHES = ((5, 1), (3, 1, 1, 1), (2, 2), (8, 3), (6, 1, 1, 1, 1, 1), (1, 3))
_COMPONENTS = (("#222222", ""), (GREY, "///"), ("#d8d8d8", ""))
_PARTS = (("<", SKY), ("^", GREEN), ("o", BLUE), ("s", ORANGE), ("D", VERMILION))

LineStyle = str | tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """How a layer is drawn. ``is_hollow`` leaves markers empty."""

    colour: str
    marker: str = ""
    line: LineStyle = "-"
    size: float = 5.0
    width: float = 1.0
    is_hollow: bool = False
    hatch: str = ""

    def marks(self) -> dict[str, Any]:
        """The arguments of matplotlib's markers."""
        if self.is_hollow:
            edge = {"markerfacecolor": "none", "markeredgecolor": self.colour}
            return {"marker": self.marker, "markersize": self.size, **edge}
        return {"marker": self.marker, "markersize": self.size}


_FIXED = {
    "bins": Look(BLUE, "o"),
    "ceiling": Look(DARK, line=(0, (7, 2)), width=1.4),
    "clear": Look(BLUE, "o", size=3.5, width=1.2),
    "control_mark": Look(DARK, width=1.2),
    "diagonal": Look(GREY, width=0.8),
    "difference": Look(BLACK, "s", size=4, width=1.2),
    "equivalence": Look(LIGHT),
    "floor": Look(DARK, line=(0, (1, 1.5)), width=1.4),
    "forecast": Look(BLACK, "*", size=6, width=1.2),
    "front": Look(DARK),
    "noisy_bins": Look(BLUE, "o", is_hollow=True),
    "published_time": Look(BLACK, "*", size=9),
    "taken": Look(BLACK, "o", size=13, width=1.5, is_hollow=True),
    "train": Look(BLUE, line="-", width=1.4),
    "unclear": Look(GREY, "D", size=3.5, width=1.2),
    "val": Look(VERMILION, line="--", width=1.4),
    "zero": Look(DARK, width=0.8),
}


def look(style: Style) -> Look:
    """The look of a layer. A negative index is for layers that belong to no single line; they are black.

    Raises:
        KeyError: no such role.
    """
    index = style.index
    colour = BLACK if index < 0 else COLOURS[index % len(COLOURS)]
    marker = MARKERS[index % len(MARKERS)]
    match style.role:
        case "series":
            return Look(colour, marker, LINE_STYLES[index % len(LINE_STYLES)], size=5.5, width=1.4)
        case "shaded":
            return Look(BLACK, marker, size=6.6, width=0.9)
        case "law":
            return Look(colour, line=(0, (1, 1)), width=0.9)
        case "threshold":
            return Look(colour, line=(0, (4, 1, 1, 1, 1, 1)), width=0.9)
        case "fit_val":
            return Look(colour, marker, "-", size=4, width=1.4)
        case "fit_train":
            return Look(colour, marker, "--", size=2.5, width=1.4)
        case "fitted":
            return Look(colour, line=":", width=0.9)
        case "control":
            return Look(DARK, line=(0, _CONTROL_DASHES[index % len(_CONTROL_DASHES)]))
        case "published":
            return Look(BLACK, _HOLLOW_MARKERS[index % len(_HOLLOW_MARKERS)], size=11, width=1.2, is_hollow=True)
        case "component":
            shade, hatch = _COMPONENTS[index % len(_COMPONENTS)]
            return Look(shade, hatch=hatch, width=0.6)
        case "part" | "part_bar":
            mark, shade = _PARTS[index % len(_PARTS)]
            return Look(shade, mark, size=5.5, is_hollow=style.role == "part_bar")
        case "class":
            return Look(CLASS_COLOURS[index % len(CLASS_COLOURS)])
        case role:
            return _FIXED[role]
