"""The families of a stored study at any stage of a design, as a look takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bench.analyse.estimates.image_scores import ImageScores, Name, Score, image_scores
from bench.analyse.estimates.insufficient import attempt
from bench.analyse.estimates.two_level import two_level
from bench.design.allocation import MOST_SEEDS
from bench.design.looks import FamilyState, Member
from bench.records import NetworkTrial, pair_key
from bench.study.families import Family, network_labels, size_axes
from bench.study.study_data import StudyData

Cost = Callable[[NetworkTrial], float]
"""The cost of a trial, in a unit that does not depend on the clock."""


@dataclass(frozen=True, eq=False)
class StoredNetworks:
    """The networks of a study, and what each scored with each of its seeds.

    Attributes:
        families: of networks that differ in size.
        scores: accuracy by image.
        all_seeds: the seeds of ``scores``, in its order.
        members: by entry, with all seeds that are stored.
        seeds: by entry, in the order in which a design adds them.
    """

    families: Sequence[Family]
    scores: ImageScores
    all_seeds: Sequence[int]
    members: Mapping[int, Member]
    seeds: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, data: StudyData, trials: Mapping[str, NetworkTrial], cost: Cost) -> Self:
        """The networks of a study; reads its predictions.

        Args:
            data: the study.
            trials: by stored key, the trials of its networks, without those of controls.
            cost: of a trial.
        """
        scores = image_scores(data)[Score.ACCURACY]
        entry_of = data.trials.set_index("trial_key")["entry"].dropna().astype(int)
        by_entry: dict[int, list[NetworkTrial]] = {}
        for key, trial in trials.items():
            by_entry.setdefault(int(entry_of[key]), []).append(trial)
        scored = data.summary[data.summary["entry"].isin(scores.names)]
        labels = network_labels(scored)
        n_params = scored.set_index("entry")["n_params"]
        members, seeds = {}, {}
        for entry in scored["entry"].tolist():
            own = by_entry[entry]
            seeds[entry] = sorted({trial.seed for trial in own})
            one_seed = sum(cost(trial) for trial in own if trial.seed == seeds[entry][0])
            members[entry] = Member(
                *pair_key(own[0].network, own[0].protocol),
                label=labels[entry],
                n_params=int(n_params[entry]),
                n_seeds=len(seeds[entry]),
                cost=one_seed,
            )
        all_seeds = sorted(set(data.read_folds()["seed"].tolist()))
        return cls(size_axes(scored), scores, all_seeds, members, seeds)

    def states(self, n_first: int, n_seeds: Mapping[int, int] | None = None) -> tuple[FamilyState, ...]:
        """The families at one stage.

        Args:
            n_first: the seeds of every network in the first stage.
            n_seeds: by entry, the seeds trained so far, of those stored; None: all of them, and more can be trained.
        """
        return tuple(self._state(family, n_first, n_seeds) for family in self.families)

    def _state(self, family: Family, n_first: int, n_seeds: Mapping[int, int] | None) -> FamilyState:
        members = [self.members[entry] for entry in family.entries]
        if n_seeds is not None:
            members = [
                replace(member, n_seeds=n_seeds[entry], most_seeds=min(MOST_SEEDS, member.n_seeds))
                for entry, member in zip(family.entries, members, strict=True)
            ]
        trained = [self.seeds[e][: member.n_seeds] for e, member in zip(family.entries, members, strict=True)]
        scores = self._seen(self.scores.of(family.entries), trained)
        sizes: dict[Name, float] = {
            entry: member.n_params for entry, member in zip(family.entries, members, strict=True)
        }
        levels = attempt(lambda: two_level(scores, [sizes]))
        return FamilyState(family.label, members, levels, n_first * sum(member.cost for member in members))

    def _seen(self, scores: ImageScores, trained: Sequence[Sequence[int]]) -> ImageScores:
        is_trained = np.array([[seed in own for seed in self.all_seeds] for own in trained])
        used = is_trained.any(axis=0)
        kept = np.where(is_trained[:, :, np.newaxis], scores.scores, np.nan)[:, used]
        return replace(scores, scores=kept, folds=scores.folds[used])
