"""Training and held-out error, in sentences."""

from bench.analyse.analysis import Analysis
from bench.analyse.sizes.double_descent import FITTED_ACCURACY, fits_from
from bench.pages.charts.series import name_series
from bench.pages.document import Block, Note, Page, Section, Statement
from bench.pages.number_text import interval_text
from bench.pages.summary_page import title_line
from bench.study.study_data import StudyData


def training_fit_page(data: StudyData, analysis: Analysis) -> Page:
    """For each series, the size from which it fits its training set, and the size at which held-out error peaks."""
    statements = []
    for series in name_series(data.summary):
        count = fits_from(data.summary.set_index("entry").loc[list(series.entries)])
        fits = (
            f"no network here has a training accuracy of at least {FITTED_ACCURACY} that all larger ones have too"
            if count is None
            else f"from {count:,} parameters on, networks have a training accuracy of at least {FITTED_ACCURACY}"
        )
        peak = next((axis.peak for axis in analysis.axes if set(axis.family.entries) <= set(series.entries)), None)
        peaks = "held-out error never rises with size"
        if peak is not None:
            shown = "a peak" if peak.is_shown else "not shown to be a peak, since not both intervals exclude zero"
            peaks = (
                f"after its first descent, held-out error is largest at {peak.n_params:,} parameters: "
                f"{interval_text(peak.over_best_smaller, '{:+.3f}')} over the best smaller network and "
                f"{interval_text(peak.over_largest, '{:+.3f}')} over the largest ({shown})"
            )
        statements.append(Statement(f"{series.label}: {fits}; {peaks}."))
    note = (
        "Error is 1 - accuracy. The peak and the networks that it is compared with are chosen by the same results, "
        "which favours finding a peak. Intervals are at 95 %, by the two-level estimator (appendix.md)."
    )
    blocks: tuple[Block, ...] = (*statements, Note(note))
    return Page(f"Training and held-out error, {title_line(data)}", (Section("", blocks),))
