"""Ensembles of a network's stored trainings: their accuracy, and whether they beat one larger network of equal cost."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.image_scores import ImageScores, Name, Score, image_groups, image_scores
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.estimates.study_levels import StudyLevels, study_levels
from bench.analyse.estimates.two_level import ContrastEstimate, two_level
from bench.analyse.predictions.out_of_fold import OutOfFold, out_of_fold
from bench.records import TimedPart
from bench.study.families import Family, part_families
from bench.study.study_data import StudyData
from bench.study.summary import NS_PER_MS

MOST_UNEQUAL = 0.1
"""An ensemble and a network have equal cost if their costs differ by at most this share of the network's."""


class Cost(enum.StrEnum):
    """What is equal between an ensemble and a network."""

    PARAMETERS = "parameters"
    INFERENCE_MS = "ms per image"
    """Median time of the class probabilities of one image."""
    STEP_MS = "ms per step"
    """Median time of a training step."""


@dataclass(frozen=True, slots=True)
class Duel:
    """An ensemble of a small network against one larger network of its family.

    Attributes:
        small: the label of the ensemble's network.
        n_members: its trainings.
        large: the label of the other network.
        cost: what is equal.
        of_ensemble: the cost of the ensemble.
        of_large: the cost of the larger network.
        accuracy: mean held-out accuracy of the ensembles.
        large_accuracy: mean held-out accuracy of the larger network.
        lead: of the ensemble, in accuracy.
    """

    small: str
    n_members: int
    large: str
    cost: Cost
    of_ensemble: float
    of_large: float
    accuracy: float
    large_accuracy: float
    lead: ContrastEstimate


def expected_accuracy(data: StudyData, found: OutOfFold) -> ContrastEstimate | NotComputed:
    """The accuracy of ensembles on images that their members were not trained on, with its interval.

    Args:
        data: the study.
        found: the ensembles' out-of-fold probabilities.
    """
    images = data.read_folds()
    of_first = images[images["seed"] == images["seed"].iloc[0]]
    right = _right(found)
    n_folds = int(data.trials["n_folds"].max())
    scores = ImageScores(("ensemble",), right[np.newaxis], found.folds, image_groups(of_first), n_folds, found.labels)
    return attempt(partial(_proportion, scores))


def ensembles_against_networks(data: StudyData, labels: Mapping[int, str]) -> list[Duel]:
    """Compare ensembles of small networks with larger networks of equal cost, from stored probabilities.

    Members share their folds and differ in their seeds, so that no member was trained on the images that its ensemble
    predicts. The trainings of a network are divided into disjoint ensembles.

    Args:
        data: the study.
        labels: the networks' names, by entry.

    Raises:
        InsufficientError: seeds have different folds, or there are fewer than two, or no ensemble of the stored seeds
            has the cost of a larger network.
    """
    n_seeds = int(data.done["seed"].nunique()) if len(data.done) else 0
    require(n_seeds >= 2, f"an ensemble needs 2 seeds or more; the study has {n_seeds}")
    require(
        data.done["split_hash"].nunique() == 1,
        "the members of an ensemble must be trained on the same folds, but each seed of this study has its own; set "
        "split_seed in the sweep, such as --set split_seed=0",
    )
    networks = data.summary[data.summary["entry"].isin(data.done["entry"])]
    costs = _costs(data, networks)
    wanted = [
        (small, n_members, large, cost)
        for cost, of_entry in costs.items()
        for family in part_families(networks)
        for small, n_members, large in _equals(family, of_entry, n_seeds)
    ]
    require(
        bool(wanted),
        f"no ensemble of 2 to {n_seeds} equal networks has the cost of a larger network of its family, to within "
        f"{MOST_UNEQUAL:.0%}; add sizes or seeds",
    )
    ensembles = {
        (small, n): out_of_fold(data, small, n) for small, n in dict.fromkeys((small, n) for small, n, _, _ in wanted)
    }
    levels = _levels(data, networks, ensembles)
    return [
        Duel(
            small=labels[small],
            n_members=n_members,
            large=labels[large],
            cost=cost,
            of_ensemble=n_members * costs[cost][small],
            of_large=costs[cost][large],
            accuracy=levels.mean(_name(small, n_members)).value,
            large_accuracy=levels.mean(large).value,
            lead=levels.difference(_name(small, n_members), large),
        )
        for small, n_members, large, cost in wanted
    ]


def _costs(data: StudyData, networks: pd.DataFrame) -> dict[Cost, dict[int, float]]:
    """By cost, the cost of each entry; only costs that every network has."""
    entries = networks["entry"].astype(int).tolist()
    found = {Cost.PARAMETERS: dict(zip(entries, networks["n_params"].astype(float), strict=True))}
    inference = data.measurements[data.measurements["part"] == TimedPart.INFERENCE_1]
    latest = inference[inference["pass_number"] == inference["pass_number"].max()]
    by_network = {
        str(key): float(np.median(np.concatenate(samples.tolist()))) / NS_PER_MS
        for key, samples in latest.groupby("network_key")["samples_ns"]
    }
    if set(networks["network_key"]) <= by_network.keys():
        found[Cost.INFERENCE_MS] = dict(zip(entries, networks["network_key"].map(by_network), strict=True))
    elif networks["step_ms_median"].notna().all():
        found[Cost.STEP_MS] = dict(zip(entries, networks["step_ms_median"].astype(float), strict=True))
    return found


def _equals(family: Family, cost: Mapping[int, float], n_seeds: int) -> Iterator[tuple[int, int, int]]:
    """Pairs of a family whose ensemble has nearly the larger network's cost: (small, members, large)."""
    for place, small in enumerate(family.entries):
        for large in family.entries[place + 1 :]:
            n_members = round(cost[large] / cost[small])
            if 2 <= n_members <= n_seeds and abs(n_members * cost[small] / cost[large] - 1) <= MOST_UNEQUAL:
                yield small, n_members, large


def _levels(data: StudyData, networks: pd.DataFrame, ensembles: Mapping[tuple[int, int], OutOfFold]) -> StudyLevels:
    """The two-level estimator on the study's networks and on these ensembles, each a network of its own."""
    scores = image_scores(data)[Score.ACCURACY]
    of_networks = scores.of([name for name in scores.names if isinstance(name, int)])
    names: list[Name] = [*of_networks.names, *(_name(*each) for each in ensembles)]
    rows = np.full((len(names), *of_networks.scores.shape[1:]), np.nan)
    rows[: len(of_networks.names)] = of_networks.scores
    for place, found in enumerate(ensembles.values(), start=len(of_networks.names)):
        rows[place, : len(found.probabilities)] = _right(found)
    n_params = networks.set_index("entry")["n_params"].astype(float)
    sizes: list[dict[Name, float]] = [
        {entry: float(n_params[entry]) for entry in family.entries} for family in part_families(networks)
    ]
    own_sizes: list[dict[Name, float]] = [{_name(small, n): n * float(n_params[small])} for small, n in ensembles]
    together = ImageScores(
        tuple(names), rows, of_networks.folds, of_networks.groups, of_networks.n_folds, of_networks.classes
    )
    return study_levels(together, [*sizes, *own_sizes])


def _name(entry: int, n_members: int) -> str:
    return f"{n_members} of {entry}"


def _right(found: OutOfFold) -> NDArray[np.float64]:
    """Whether ensembles classify images correctly, 1 or 0: (n_ensembles, n_images)."""
    right: NDArray[np.float64] = (found.probabilities.argmax(axis=2) == found.labels).astype(np.float64)
    return right


def _proportion(scores: ImageScores) -> ContrastEstimate:
    return two_level(scores, []).proportion(0)
