"""Scaling laws along a family, one sentence each."""

from collections.abc import Iterator

from bench.analyse.estimates.insufficient import NotComputed, there_are
from bench.analyse.estimates.intervals import Interval
from bench.analyse.sizes.along_family import QUANTITIES, Axis
from bench.analyse.sizes.law_fits import LawFit, ScalingFit
from bench.pages.number_text import interval_text


def law_sentences(axis: Axis) -> Iterator[str]:
    """The best law of each quantity with its parameters, or the reason why no law is fitted."""
    for quantity in QUANTITIES:
        fit = axis.fits[quantity, "n_params"]
        if isinstance(fit, NotComputed):
            yield f"Law of {quantity}: not fitted: {fit.reason}."
            continue
        best = fit.best
        others = ", ".join(f"{law.name} {law.weight:.2f}" for law in fit.laws[1:])
        beside = f" ({others})" if others else ""
        yield (
            f"Law of {quantity} against parameters N: {best.name} {best.formula} with {_parameters(best)}, Akaike "
            f"weight {best.weight:.2f}{beside}{_extrapolation(best)}.{_no_intervals(quantity, fit)}"
        )
        flops = axis.fits[quantity, "flops_per_example"]
        if isinstance(flops, ScalingFit):
            yield (
                f"Against FLOPs: {flops.best.name} with {_parameters(flops.best)}, Akaike weight "
                f"{flops.best.weight:.2f}."
            )


def _no_intervals(quantity: str, fit: ScalingFit) -> str:
    if quantity == "step_ms" and fit.why_no_intervals:
        return f" No intervals: they need 3 timing rounds or more; {there_are(fit.n_blocks)}."
    return f" No intervals: {fit.why_no_intervals}." if fit.why_no_intervals else ""


def _extrapolation(law: LawFit) -> str:
    if law.extrapolation_error is None:
        return ""
    return f"; fitted without the largest size, it predicts that size with an error of {law.extrapolation_error:+.0%}"


def _parameters(law: LawFit) -> str:
    parts = []
    for name, value in law.parameters.items():
        estimate = value if isinstance(value, Interval) else Interval(value)
        parts.append(f"{name} = {interval_text(estimate, '{:.3g}')}")
    return ", ".join(parts)
