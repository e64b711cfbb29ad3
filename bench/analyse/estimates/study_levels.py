"""The two-level estimator on all networks and controls of a study: contrasts between them, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import InsufficientError, require
from bench.analyse.estimates.two_level import LEVEL, ContrastEstimate, TwoLevel, two_level

_TOO_FEW = "its variance over trainings needs 2 done folds or more of one seed"


@dataclass(frozen=True, eq=False)
class StudyLevels:
    """The variances of one score of a study's networks and controls.

    Attributes:
        names: of networks (entries) and controls, in the order of ``levels``.
        levels: their variances; None where they cannot be estimated.
        reason: why ``levels`` is None.
    """

    names: Sequence[Name]
    levels: TwoLevel | None
    reason: str = _TOO_FEW

    def of(self, names: Sequence[Name]) -> TwoLevel:
        """The variances of these networks and controls, in this order.

        Raises:
            InsufficientError: one of them cannot be estimated.
        """
        if self.levels is None:
            raise InsufficientError(self.reason)
        require(set(names) <= set(self.names), _TOO_FEW)
        places = [self.names.index(name) for name in names]
        square = np.ix_(places, places)
        return replace(
            self.levels,
            means=self.levels.means[places],
            image_covariance=self.levels.image_covariance[square],
            tau2=self.levels.tau2[places],
            tau_degrees=self.levels.tau_degrees[places],
            training_correlation=self.levels.training_correlation[square],
            n_trainings=self.levels.n_trainings[places],
        )

    def difference(self, first: Name, second: Name, level: float = LEVEL) -> ContrastEstimate:
        """The mean score of ``first`` minus that of ``second``.

        Raises:
            InsufficientError: one of them cannot be estimated.
        """
        return self.of([first, second]).contrast(np.array([1.0, -1.0]), level)

    def mean(self, name: Name) -> ContrastEstimate:
        """The mean score of one network or control.

        Raises:
            InsufficientError: it cannot be estimated.
        """
        return self.of([name]).contrast(np.array([1.0]))

    def proportion(self, name: Name) -> ContrastEstimate:
        """The mean of one network's or control's score between 0 and 1, with an interval between 0 and 1.

        Raises:
            InsufficientError: it cannot be estimated.
        """
        return self.of([name]).proportion(0)


def study_levels(scores: ImageScores, families: Sequence[Mapping[Name, float]]) -> StudyLevels:
    """Estimate the variances of all networks and controls that have two done folds or more of one seed.

    Args:
        scores: of networks and controls.
        families: the parameter counts of networks that differ in size only, by entry; one mapping per family.
    """
    estimable = [
        name for name, of_name in zip(scores.names, scores.scores, strict=True) if _has_two_folds(of_name, scores)
    ]
    known = [{name: n for name, n in family.items() if name in estimable} for family in families]
    try:
        require(bool(estimable), _TOO_FEW)
        return StudyLevels(estimable, two_level(scores.of(estimable), [family for family in known if family]))
    except InsufficientError as reason:
        return StudyLevels(estimable, None, str(reason))


def _has_two_folds(of_name: np.ndarray[tuple[int, ...], np.dtype[np.float64]], scores: ImageScores) -> bool:
    scored = ~np.isnan(of_name)
    return any(len(np.unique(folds[row])) > 1 for folds, row in zip(scores.folds, scored, strict=True))
