"""Computes every statistic of a study: which ones, from which data, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import pandas as pd

from bench import seeds
from bench.analyse.answer.family_answer import FamilyAnswer, margin_of
from bench.analyse.answer.study_answer import Answer, answer_study
from bench.analyse.claims import Claim, Judged, Measured, judge_claims, load_claims
from bench.analyse.control_comparison import ControlComparison, compare_with_controls
from bench.analyse.estimates.additive import additive_levels
from bench.analyse.estimates.blocks import TrialBlocks
from bench.analyse.estimates.image_scores import ImageScores, Name, Score, image_scores
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import Interval
from bench.analyse.estimates.power import detectable_contrast
from bench.analyse.estimates.study_levels import StudyLevels, study_levels
from bench.analyse.estimates.variance_components import Components, variance_components
from bench.analyse.factorial_effects import FactorialEffects, factorial_effects
from bench.analyse.images_or_parameters import images_or_parameters, varies_images
from bench.analyse.inner_choice import nested_choices
from bench.analyse.predictions.class_rates import ClassRates, Roc, class_rates, roc
from bench.analyse.predictions.metrics import Metrics, Reliability, pooled_metrics, reliability
from bench.analyse.sizes.along_family import Axis, along
from bench.analyse.sizes.each_network import estimate_columns, estimates, size_table, with_front
from bench.analyse.sizes.network_choice import one_standard_error
from bench.analyse.sizes.pair_tests import ROPE
from bench.analyse.times.step_times import step_verdicts
from bench.records import Study
from bench.study.families import network_labels, part_families, size_axes
from bench.study.study_data import StudyData, is_control

BUILT_IN_CLAIMS = "paper"
"""The claims that are judged in each study with published points."""


@dataclass(frozen=True)
class Analysis:
    """All statistics of a study.

    ``answer``: every verdict, choice and mark of a page or plot is from it. ``summary``: as ``StudyData`` has it, with
    step_ms_low, step_ms_high and step_ms_verdict where anything was timed, the ``estimates`` of ``sizes``, and taken.
    ``accuracy_levels``: the variances of the accuracy of every network and control, from which the answer is.
    ``sizes``: one row per network with a done trial, see ``size_table``. ``controls``: one row per control (name,
    n_trials, ``estimates``). ``against_controls``: None where no network or no control is done. ``detectable``: by
    family, the gain per tenfold of the parameters that such a study shows with 80 % power. ``choices``: as
    ``nested_choices`` gives them. ``effects``: None unless the study is factorial and has a done trial.
    """

    answer: Answer
    study: Study
    summary: pd.DataFrame
    n_folds: int
    n_seeds: int
    n_not_done: int
    has_predictions: bool
    rope: float
    accuracy_levels: StudyLevels
    sizes: pd.DataFrame
    labels: Mapping[int, str]
    metrics: Mapping[int, Metrics]
    calibration: Mapping[int, Reliability]
    class_rates: Mapping[int, Sequence[ClassRates]]
    roc: Mapping[int, Roc]
    axes: Sequence[Axis]
    controls: pd.DataFrame
    against_controls: ControlComparison | None
    components: Mapping[int, Components | NotComputed]
    splits_are_shared: bool
    detectable: Mapping[str, float]
    one_standard_error: int | NotComputed
    choices: pd.DataFrame
    claims: Sequence[Judged]
    effects: FactorialEffects | None


def analyse_study(
    data: StudyData, claims: Sequence[Claim] | None = None, rope: float = ROPE, margin: float | None = None
) -> Analysis:
    """Compute every statistic that a study's trials allow. The same study gives the same numbers.

    Args:
        data: the study.
        claims: published claims to judge; None judges the paper's own claims in a study with published points, and
            no claims in other studies.
        rope: half the width of the region of practical equivalence of accuracies.
        margin: the smallest gain in accuracy that counts as a gain; by default the study's own.
    """
    if claims is None:
        claims = load_claims(BUILT_IN_CLAIMS) if data.published else ()
    generator = seeds.generator(0, 0, "analysis")
    blocks, done = TrialBlocks.of(data), data.done
    networks = data.summary[data.summary["entry"].isin(done["entry"])]
    of_control = data.trials[is_control(data.trials)]
    labels, scores = (
        network_labels(networks),
        attempt(partial(image_scores, data)) if data.has_predictions else _NO_SCORES,
    )
    levels = _levels(data, scores) if data.has_predictions else _levels_of_results(blocks)
    sizes = with_front(size_table(data, blocks, levels), levels[Score.ACCURACY], data.steps, generator)
    controls = _controls(of_control, levels)
    against_controls = compare_with_controls(sizes, labels, controls, levels)
    least = margin_of(data.study) if margin is None else margin
    surfaces = (
        {}
        if isinstance(scores, NotComputed) or not varies_images(data)
        else images_or_parameters(data, scores[Score.ACCURACY])
    )
    answer = answer_study(data, levels[Score.ACCURACY], against_controls, surfaces, least)
    turns = {
        each.family.label: isinstance(each.answer, FamilyAnswer) and each.answer.turn is not None
        for each in answer.families
    }
    axes = [
        along(family, data, sizes, blocks, levels, generator, turns=turns[family.label])
        for family in size_axes(networks)
    ]
    n_folds, n_seeds = int(data.trials["n_folds"].max()), int(data.trials["seed"].nunique())
    return Analysis(
        answer=answer,
        study=data.study,
        summary=_summary(data, sizes, answer),
        n_folds=n_folds,
        n_seeds=n_seeds,
        has_predictions=data.has_predictions,
        n_not_done=len(data.trials) - len(of_control) - len(done),
        rope=rope,
        accuracy_levels=levels[Score.ACCURACY],
        sizes=sizes,
        labels=labels,
        metrics={entry: pooled_metrics(each.true, each.probabilities) for entry, each in blocks.held_out.items()},
        calibration={entry: reliability(each.true, each.probabilities) for entry, each in blocks.held_out.items()},
        class_rates={
            entry: class_rates(each.true, each.probabilities, data.study.class_names, data.study.class_counts)
            for entry, each in blocks.held_out.items()
        },
        roc={entry: roc(each.true, each.probabilities) for entry, each in blocks.held_out.items()},
        axes=axes,
        controls=controls,
        against_controls=against_controls,
        components={
            entry: scores
            if isinstance(scores, NotComputed)
            else attempt(partial(variance_components, done[done["entry"] == entry], scores[Score.ACCURACY].of([entry])))
            for entry in sizes["entry"]
        },
        splits_are_shared=bool(done["split_hash"].nunique() == 1 and n_seeds > 1),
        detectable={
            each.family.label: detectable_contrast(each.answer.per_decade)
            for each in answer.families
            if isinstance(each.answer, FamilyAnswer)
        },
        one_standard_error=attempt(partial(one_standard_error, sizes.dropna(subset=["accuracy_se"]))),
        choices=nested_choices(data.trials[~is_control(data.trials)].astype({"entry": int}), data.summary),
        claims=judge_claims(claims, _measured(sizes, levels[Score.ACCURACY], controls, claims), rope),
        effects=(
            None if data.factorial is None or networks.empty else factorial_effects(networks, data.factorial, levels)
        ),
    )


_NO_SCORES = NotComputed("predictions of each image are not known")


def _levels_of_results(blocks: TrialBlocks) -> Mapping[Score, StudyLevels]:
    """The variances of a study without predictions, by the additive model of blocks."""
    least_se = 1 / blocks.n_images
    return {
        Score.ACCURACY: additive_levels(blocks.accuracy, blocks.ratio, least_se),
        Score.LOSS: additive_levels(blocks.loss, blocks.ratio, least_se),
        Score.BALANCED: StudyLevels((), None, _NO_SCORES.reason),
    }


def _levels(data: StudyData, scores: Mapping[Score, ImageScores] | NotComputed) -> Mapping[Score, StudyLevels]:
    """The variances of every score of the study; empty ones without a done trial."""
    done = data.summary[data.summary["entry"].isin(data.done["entry"])]
    n_params = done.set_index("entry")["n_params"]
    families: list[Mapping[Name, float]] = [
        {entry: float(n_params[entry]) for entry in family.entries} for family in part_families(done)
    ]
    if isinstance(scores, NotComputed):
        return {score: StudyLevels((), None, scores.reason) for score in Score}
    return {score: study_levels(scores[score], families) for score in Score}


def _summary(data: StudyData, sizes: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    verdicts = step_verdicts(data.measurements, seeds.generator(0, 0, "bootstrap"))
    summary = data.summary.merge(verdicts, how="left") if len(verdicts) else data.summary
    taken = None if answer.take is None else answer.take.entry
    return summary.merge(sizes[["entry", *estimate_columns()]], how="left").assign(
        taken=lambda all_: all_["entry"] == taken
    )


def _controls(trials: pd.DataFrame, levels: Mapping[Score, StudyLevels]) -> pd.DataFrame:
    """One row per control with a done trial: name, n_trials, and its mean accuracy and loss with their bounds."""
    done = trials[trials["state"] == "DONE"]
    rows = [
        {"name": name, "n_trials": len(of_control), **estimates(str(name), of_control, levels)}
        for name, of_control in done.groupby("architecture", sort=False)
    ]
    return pd.DataFrame(rows, columns=["name", "n_trials", *estimate_columns()])


def _measured(sizes: pd.DataFrame, levels: StudyLevels, controls: pd.DataFrame, claims: Sequence[Claim]) -> Measured:
    with_interval = sizes.dropna(subset=["accuracy_low"])
    entries = sizes["entry"].tolist() if any(claim.larger_n_params for claim in claims) else []
    best = controls.iloc[int(controls["accuracy"].to_numpy(float).argmax())] if len(controls) else None
    return Measured(
        sizes=sizes,
        accuracy={
            row["entry"]: Interval(row["accuracy"], row["accuracy_low"], row["accuracy_high"])
            for row in with_interval.to_dict("records")
        },
        pairs={pair: attempt(partial(levels.difference, pair[1], pair[0])) for pair in permutations(entries, 2)},
        best_control=None if best is None else (str(best["name"]), float(best["accuracy"])),
    )
