"""Differences between a picture and the training images: mode, size, aspect and intensity outside their range."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MEASURES: Mapping[str, str] = {
    "width": "{:,.0f}",
    "height": "{:,.0f}",
    "aspect": "{:.2f}",
    "mean": "{:.3f}",
    "sd": "{:.3f}",
}
"""The measures that have a range, with the format of their values. Width and height are in pixels, aspect is width
over height, mean and sd are of the gray picture's intensities in [0, 1]."""

_NAMES = {"mean": "mean intensity", "sd": "sd of intensity"}


@dataclass(frozen=True)
class TrainingRange:
    """What the training images have: their modes, by Pillow's names, and the limits of each measure, both included."""

    modes: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]

    def differences(self, mode: str, measures: Mapping[str, float]) -> Iterator[str]:
        """One phrase per measure of a picture that lies outside the training range.

        Args:
            mode: of the picture's file, by Pillow's name.
            measures: the values of ``MEASURES``.
        """
        if mode not in self.modes:
            yield f"mode {mode}, training {' or '.join(self.modes)}"
        for name, text in MEASURES.items():
            least, most = self.limits[name]
            if not least <= measures[name] <= most:
                trained = text.format(least) if least == most else f"{text.format(least)} to {text.format(most)}"
                yield f"{_NAMES.get(name, name)} {text.format(measures[name])}, training {trained}"
