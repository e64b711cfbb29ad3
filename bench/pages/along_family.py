"""Trends and scaling laws along a family, one sentence each."""

from collections.abc import Iterator

from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.sizes.along_family import QUANTITIES, Axis
from bench.analyse.sizes.law_fits import GuideLine, LawFit, ScalingFit
from bench.pages.number_text import interval_text, number

_MOST_SPAN = 1000
"""A parameter whose bounds differ by a larger factor is not printed: no digit of it is known."""


def law_sentences(axis: Axis) -> Iterator[str]:
    """The best law of each quantity with its parameters, or the reason why there is none."""
    for quantity in QUANTITIES:
        fit = axis.fits[quantity, "n_params"]
        if isinstance(fit, NotComputed):
            yield f"Law of {quantity}: not fitted: {fit.reason}."
            continue
        if isinstance(fit, GuideLine):
            yield f"Law of {quantity}: none: {fit.reason}. The guide line in the plot is monotone and claims no law."
            continue
        best = fit.best
        others = ", ".join(f"{law.name} {number(law.weight, '{:.2f}')}" for law in fit.laws[1:])
        yield (
            f"Law of {quantity} against parameters N: {best.name} {best.formula} with {_parameters(best)}, Akaike "
            f"weight {number(best.weight, '{:.2f}')} ({others}){_extrapolation(best)}."
        )
        flops = axis.fits[quantity, "flops_per_example"]
        if isinstance(flops, ScalingFit):
            yield (
                f"Against FLOPs: {flops.best.name} with {_parameters(flops.best)}, Akaike weight "
                f"{number(flops.best.weight, '{:.2f}')}."
            )


def _extrapolation(law: LawFit) -> str:
    if law.extrapolation_error is None:
        return ""
    error = number(100 * law.extrapolation_error, "{:+.0f}")
    said = "less than 1" if error in ("-0", "+0") else error
    return f"; fitted without the largest size, it predicts that size with an error of {said} %"


def _parameters(law: LawFit) -> str:
    return ", ".join(_parameter(name, value) for name, value in law.parameters.items())


def _parameter(name: str, value: Interval) -> str:
    if value.low > 0 and value.high > _MOST_SPAN * value.low:
        return f"{name} not determined (its interval spans a factor of over {_MOST_SPAN:,})"
    return f"{name} = {interval_text(value, '{:.3g}')}"
