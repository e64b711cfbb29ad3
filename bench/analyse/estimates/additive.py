"""The additive model of blocks: variances of results of which only one number per trial is known, not every image.

A result of network s in block b, a (seed, fold), is m_s + B_b + e_sb. Networks of one block share its test images and
training images, so B_b leaves every contrast. The residual variance is pooled over networks, which gives it
(S - 1)(J - 1) degrees of freedom. Blocks of one seed share training images; the correction for it is that of Nadeau and
Bengio (2003, Machine Learning 52): a variance over J blocks becomes 1 / J + n_test / n_train of that of a block.
"""

import numpy as np
import pandas as pd

from bench.analyse.estimates.insufficient import InsufficientError, require
from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.two_level import TwoLevel

_TOO_FEW = "the additive model of blocks needs two networks and two blocks or more"


def additive_levels(results: pd.DataFrame, ratio: float, least_se: float) -> StudyLevels:
    """The variances of a score of which one number per trial is known.

    Args:
        results: one row per block, one column per network; NaN where that trial is not done. Networks without a trial
            are left out.
        ratio: n_test / n_train of the blocks; 0 where all blocks have the same test images, and then the intervals are
            for another training only.
        least_se: the standard error of a mean where all results are equal; see ``TwoLevel``.
    """
    known = results.loc[:, results.notna().any(axis=0)]
    try:
        return StudyLevels(known.columns.tolist(), _fit(known.dropna(how="all"), ratio, least_se))
    except InsufficientError as reason:
        return StudyLevels(known.columns.tolist(), None, str(reason))


def _fit(results: pd.DataFrame, ratio: float, least_se: float) -> TwoLevel:
    n_blocks, n_names = results.shape
    require(n_blocks > 1 and n_names > 1, _TOO_FEW)
    block, name = np.nonzero(results.notna().to_numpy())
    values = results.to_numpy(float)[block, name]
    # Columns of the design: a mean per network, and a deviation per block; the deviations add up to 0.
    deviations = np.vstack([np.eye(n_blocks - 1), -np.ones(n_blocks - 1)])[block]
    design = np.hstack([np.eye(n_names)[name], deviations])
    degrees = len(values) - design.shape[1]
    require(degrees > 0, _TOO_FEW)
    require(
        np.linalg.matrix_rank(design) == design.shape[1], "some networks have no block in common, directly or by others"
    )
    coefficients, *_ = np.linalg.lstsq(design, values, rcond=None)
    residual = float(np.sum((values - design @ coefficients) ** 2)) / degrees
    n_trainings = np.bincount(name, minlength=n_names)
    unscaled = np.linalg.inv(design.T @ design)[:n_names, :n_names]
    of_blocks = max(0.0, float(np.var(design[:, n_names:] @ coefficients[n_names:], ddof=1)) - residual / n_names)
    covariance = residual * (unscaled + ratio * np.eye(n_names)) + of_blocks * (1 / n_blocks + ratio)
    return TwoLevel(
        means=coefficients[:n_names],
        image_covariance=covariance,
        tau2=np.zeros(n_names),  # the covariance holds images and trainings together
        tau_degrees=np.ones(n_names),
        training_correlation=np.eye(n_names),
        n_trainings=n_trainings,
        image_degrees=degrees,
        least_se=least_se,
        n_folds=2,
    )
