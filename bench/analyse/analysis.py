"""Computes every statistic of a study: which ones, from which data, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import pandas as pd

from bench import seeds
from bench.analyse.claims import Claim, Judged, Measured, judge_claims, load_claims
from bench.analyse.control_comparison import ControlComparison, compare_with_controls
from bench.analyse.estimates.blocks import TrialBlocks, complete_blocks
from bench.analyse.estimates.image_scores import ImageScores, Name, Score, image_scores
from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.estimates.intervals import Interval
from bench.analyse.estimates.power import Design, assumed_sd, detectable_difference
from bench.analyse.estimates.two_level import TwoLevel, two_level
from bench.analyse.estimates.variance_components import Components, variance_components
from bench.analyse.images_or_parameters import ImagesOrParameters, images_or_parameters, varies_images
from bench.analyse.inner_choice import nested_choices
from bench.analyse.predictions.metrics import Metrics, Reliability, pooled_metrics, reliability
from bench.analyse.sizes.along_family import Axis, along
from bench.analyse.sizes.each_network import size_table, with_front
from bench.analyse.sizes.network_choice import one_standard_error
from bench.analyse.sizes.pair_tests import ROPE, Paired, corrected_t_test
from bench.analyse.times.step_times import step_verdicts
from bench.records import Study
from bench.study.families import Family, network_labels, size_axes
from bench.study.study_data import StudyData, is_control

BUILT_IN_CLAIMS = "paper"
"""The claims that are judged in each study with published points."""


@dataclass(frozen=True)
class StudyPower:
    """The smallest difference that the study's own design and spread can detect."""

    design: Design
    sd: float
    is_assumed: bool
    detectable: float | NotComputed


@dataclass(frozen=True)
class Analysis:
    """All statistics of a study.

    ``summary``: as ``StudyData`` has it, with step_ms_low, step_ms_high and step_ms_verdict where anything was timed.
    ``sizes``: one row per network with a done trial, see ``size_table``. ``controls``: one row per control (name,
    n_trials, accuracy, loss). ``against_controls``: None where no network or no control is done. ``choices``: as
    ``nested_choices`` gives them. ``images_or_parameters``: by the label of the family; empty unless the number of
    training images varies.
    """

    study: Study
    summary: pd.DataFrame
    n_folds: int
    n_seeds: int
    n_not_done: int
    rope: float
    sizes: pd.DataFrame
    labels: Mapping[int, str]
    metrics: Mapping[int, Metrics]
    calibration: Mapping[int, Reliability]
    axes: Sequence[Axis]
    controls: pd.DataFrame
    against_controls: ControlComparison | None
    components: Mapping[int, Components | NotComputed]
    splits_are_shared: bool
    power: StudyPower
    one_standard_error: int | NotComputed
    choices: pd.DataFrame
    claims: Sequence[Judged]
    images_or_parameters: Mapping[str, ImagesOrParameters | NotComputed]


def analyse_study(data: StudyData, claims: Sequence[Claim] | None = None, rope: float = ROPE) -> Analysis:
    """Compute every statistic that a study's trials allow. The same study gives the same numbers.

    Args:
        data: the study.
        claims: published claims to judge; None judges the paper's own claims in a study with published points, and
            no claims in other studies.
        rope: half the width of the region of practical equivalence of accuracies.
    """
    if claims is None:
        claims = load_claims(BUILT_IN_CLAIMS) if data.published else ()
    generator = seeds.generator(0, 0, "analysis")
    blocks, done = TrialBlocks.of(data), data.done
    scores = image_scores(data) if len(done) else {}
    of_control = data.trials[is_control(data.trials)]
    labels = network_labels(data.summary[data.summary["entry"].isin(done["entry"])])
    families = size_axes(data.summary[data.summary["entry"].isin(done["entry"])])
    sizes = size_table(data, blocks)
    sizes = with_front(sizes, attempt(partial(_accuracy_levels, sizes, scores, families)), data.steps, generator)
    axes = [along(family, data, sizes, blocks, scores, rope, generator) for family in families]
    controls = _control_means(of_control)
    design = Design(blocks.n_images, int(data.trials["n_folds"].max()), int(data.trials["seed"].nunique()))
    return Analysis(
        study=data.study,
        summary=_with_step_verdicts(data),
        n_folds=design.n_folds,
        n_seeds=design.n_seeds,
        n_not_done=len(data.trials) - len(of_control) - len(done),
        rope=rope,
        sizes=sizes,
        labels=labels,
        metrics={entry: pooled_metrics(each.true, each.probabilities) for entry, each in blocks.held_out.items()},
        calibration={entry: reliability(each.true, each.probabilities) for entry, each in blocks.held_out.items()},
        axes=axes,
        controls=controls,
        against_controls=compare_with_controls(sizes, labels, blocks, of_control, rope),
        components={
            entry: attempt(
                partial(variance_components, done[done["entry"] == entry], scores[Score.ACCURACY].of([entry]))
            )
            for entry in sizes["entry"]
        },
        splits_are_shared=bool(done["split_hash"].nunique() == 1 and design.n_seeds > 1),
        power=_power(design, axes),
        one_standard_error=attempt(partial(one_standard_error, sizes.dropna(subset=["accuracy_se"]))),
        choices=nested_choices(data.trials[~is_control(data.trials)].astype({"entry": int}), data.summary),
        claims=judge_claims(claims, _measured(sizes, blocks, controls, claims, rope), rope),
        images_or_parameters=(images_or_parameters(data, scores[Score.ACCURACY]) if varies_images(data) else {}),
    )


def _with_step_verdicts(data: StudyData) -> pd.DataFrame:
    verdicts = step_verdicts(data.measurements, seeds.generator(0, 0, "bootstrap"))
    return data.summary.merge(verdicts, how="left") if len(verdicts) else data.summary


def _accuracy_levels(sizes: pd.DataFrame, scores: Mapping[Score, ImageScores], families: Sequence[Family]) -> TwoLevel:
    """Both levels of variance of every network's accuracy, in the order of ``sizes``."""
    require(len(sizes) > 0, "no trial of a network is done")
    counts = sizes.set_index("entry")["n_params"]
    along: list[dict[Name, float]] = [
        {entry: float(counts[entry]) for entry in each.entries} for each in families if not each.is_mixed
    ]
    return two_level(scores[Score.ACCURACY].of(sizes["entry"].tolist()), along)


def _control_means(trials: pd.DataFrame) -> pd.DataFrame:
    """One row per control with a done trial: name, n_trials, and its mean accuracy and loss."""
    by_name = trials[trials["state"] == "DONE"].groupby("architecture", sort=False)
    table = by_name.agg(n_trials=("val_accuracy", "size"), accuracy=("val_accuracy", "mean"), loss=("val_loss", "mean"))
    return table.rename_axis("name").reset_index()


def _measured(
    sizes: pd.DataFrame,
    blocks: TrialBlocks,
    controls: pd.DataFrame,
    claims: Sequence[Claim],
    rope: float,
) -> Measured:
    with_interval = sizes.dropna(subset=["accuracy_low"])
    entries = sizes["entry"].tolist() if any(claim.larger_n_params for claim in claims) else []
    pairs = {
        (first, second): attempt(partial(_paired, blocks, first, second, rope))
        for first, second in permutations(entries, 2)
    }
    best = controls.iloc[int(controls["accuracy"].to_numpy(float).argmax())] if len(controls) else None
    return Measured(
        sizes=sizes,
        accuracy={
            row["entry"]: Interval(row["accuracy"], row["accuracy_low"], row["accuracy_high"])
            for row in with_interval.to_dict("records")
        },
        pairs=pairs,
        best_control=None if best is None else (str(best["name"]), float(best["accuracy"])),
    )


def _paired(blocks: TrialBlocks, first: int, second: int, rope: float) -> Paired:
    both = complete_blocks(blocks.accuracy, [first, second])
    return corrected_t_test(both[:, 1] - both[:, 0], blocks.ratio, rope)


def _power(design: Design, axes: Sequence[Axis]) -> StudyPower:
    spreads = [each.comparisons["sd"].iloc[: len(each.family.entries) - 1] for each in axes]  # of neighbours
    known = pd.concat(spreads).dropna() if spreads else pd.Series(dtype=float)
    known = known[known > 0]
    sd = float(known.median()) if len(known) else assumed_sd(design)
    return StudyPower(design, sd, not len(known), attempt(lambda: detectable_difference(sd, design)))
