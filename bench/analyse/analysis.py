"""From a study's stored trials to everything that is said of it: which statistics, on what, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import pandas as pd

from bench import seeds
from bench.analyse.claims import Claim, Judged, Measured, judge_claims, load_claims
from bench.analyse.estimates.blocks import block_matrix, test_train_ratio
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.intervals import Estimate
from bench.analyse.estimates.power import Design, assumed_sd, detectable_difference
from bench.analyse.estimates.variance_components import Components, variance_components
from bench.analyse.inner_choice import nested_choices
from bench.analyse.predictions.held_out import pool
from bench.analyse.predictions.metrics import Metrics, Reliability, pooled_metrics, reliability
from bench.analyse.sizes.along_family import Axis, along
from bench.analyse.sizes.each_network import size_table, with_front
from bench.analyse.sizes.network_choice import one_standard_error
from bench.analyse.sizes.pair_tests import ROPE, Paired, compare_pairs, corrected_t_test
from bench.analyse.times.step_times import step_verdicts
from bench.records import Study
from bench.study.families import network_labels, size_axes
from bench.study.study_data import StudyData, is_control

BUILT_IN_CLAIMS = "paper"
"""Set against every study that shows published points."""


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
    ``sizes``: a row a network with a done trial, see ``sizes.size_table``. ``controls``: a row a control (name,
    n_trials, accuracy, loss). ``against_controls``: as ``compare_pairs`` gives it, with control names as ``first``.
    ``choices``: as ``nested_choices`` gives them.
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
    against_controls: pd.DataFrame
    components: Mapping[int, Components | NotComputed]
    splits_are_shared: bool
    power: StudyPower
    one_standard_error: int | NotComputed
    choices: pd.DataFrame
    claims: Sequence[Judged]


def analyse_study(data: StudyData, claims: Sequence[Claim] | None = None, rope: float = ROPE) -> Analysis:
    """Compute every statistic that a study's trials carry; the same study gives the same numbers.

    Args:
        data: the study.
        claims: published ones, to set against the measurements; None sets the paper's own against a study that shows
            published points, and none against others.
        rope: half the width of the region of practical equivalence of accuracies.
    """
    if claims is None:
        claims = load_claims(BUILT_IN_CLAIMS) if data.published else ()
    generator = seeds.generator(0, 0, "analysis")
    study, trials, steps = data.study, data.trials, data.steps
    control = is_control(trials)
    networks = trials[~control].astype({"entry": int})
    done = networks[networks["state"] == "DONE"]
    choices = nested_choices(networks, data.summary)
    summary = data.summary[data.summary["entry"].isin(done["entry"])]
    n_folds, n_seeds = int(trials["n_folds"].max()), int(trials["seed"].nunique())
    ratio = test_train_ratio(n_folds)
    n_images = sum(study.class_counts)
    accuracy, loss = block_matrix(done, "val_accuracy"), block_matrix(done, "val_loss")
    held_out = {
        int(str(entry)): pool(data.read_predictions(rows.index.tolist()), rows["seed"], study.class_names, n_images)
        for entry, rows in done.set_index("trial_key").groupby("entry")
    }
    metrics = {entry: pooled_metrics(each.true, each.probabilities) for entry, each in held_out.items()}
    labels = network_labels(summary)
    sizes = size_table(summary, done, accuracy, loss, held_out, ratio)
    sizes = with_front(sizes, accuracy, steps, ratio, generator)
    right: dict[int | str, pd.DataFrame] = {entry: each.right for entry, each in held_out.items()}
    axes = [
        along(family, sizes, accuracy, loss, steps, right, ratio, 0.5 / n_images, rope, generator)
        for family in size_axes(summary)
    ]
    controls, against = _controls(trials[control & (trials["state"] == "DONE")], accuracy, ratio, rope)
    rated = sizes.dropna(subset=["accuracy_se"])
    measured = _measured(sizes, accuracy, controls, claims, ratio, rope)
    return Analysis(
        study=study,
        summary=_with_step_verdicts(data),
        n_folds=n_folds,
        n_seeds=n_seeds,
        n_not_done=len(networks) - len(done),
        rope=rope,
        sizes=sizes,
        labels=labels,
        metrics=metrics,
        calibration={entry: reliability(each.true, each.probabilities) for entry, each in held_out.items()},
        axes=axes,
        controls=controls,
        against_controls=against,
        components={
            entry: attempt(partial(variance_components, done[done["entry"] == entry])) for entry in sizes["entry"]
        },
        splits_are_shared=bool(done["split_hash"].nunique() == 1 and n_seeds > 1),
        power=_power(Design(n_images, n_folds, n_seeds), axes),
        one_standard_error=attempt(partial(one_standard_error, rated)),
        choices=choices,
        claims=judge_claims(claims, measured, rope),
    )


def _with_step_verdicts(data: StudyData) -> pd.DataFrame:
    verdicts = step_verdicts(data.measurements, seeds.generator(0, 0, "bootstrap"))
    return data.summary.merge(verdicts, how="left") if len(verdicts) else data.summary


def _controls(
    trials: pd.DataFrame, accuracy: pd.DataFrame, ratio: float, rope: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = {"n_trials": "size", "accuracy": "mean", "loss": "mean"}
    if trials.empty:
        return pd.DataFrame(columns=["name", *columns]), compare_pairs([], accuracy, {}, ratio, rope)
    by_name = trials.groupby("architecture", sort=False)
    table = by_name.agg(n_trials=("val_accuracy", "size"), accuracy=("val_accuracy", "mean"), loss=("val_loss", "mean"))
    by_block = trials.pivot_table(index=["seed", "fold"], columns="architecture", values="val_accuracy")
    both = accuracy.join(by_block, how="left")
    pairs: list[tuple[int | str, int]] = [(str(name), int(entry)) for entry in accuracy.columns for name in table.index]
    return table.rename_axis("name").reset_index(), compare_pairs(pairs, both, {}, ratio, rope)


def _measured(
    sizes: pd.DataFrame,
    accuracy: pd.DataFrame,
    controls: pd.DataFrame,
    claims: Sequence[Claim],
    ratio: float,
    rope: float,
) -> Measured:
    with_interval = sizes.dropna(subset=["accuracy_low"])
    entries = sizes["entry"].tolist() if any(claim.larger_n_params for claim in claims) else []
    pairs = {
        (first, second): attempt(partial(_paired, accuracy, first, second, ratio, rope))
        for first, second in permutations(entries, 2)
    }
    best = controls.iloc[int(controls["accuracy"].to_numpy(float).argmax())] if len(controls) else None
    return Measured(
        sizes=sizes,
        accuracy={
            row["entry"]: Estimate(row["accuracy"], row["accuracy_low"], row["accuracy_high"])
            for row in with_interval.to_dict("records")
        },
        pairs=pairs,
        best_control=None if best is None else (str(best["name"]), float(best["accuracy"])),
    )


def _paired(accuracy: pd.DataFrame, first: int, second: int, ratio: float, rope: float) -> Paired:
    both = accuracy[[first, second]].dropna().to_numpy(float)
    return corrected_t_test(both[:, 1] - both[:, 0], ratio, rope)


def _power(design: Design, axes: Sequence[Axis]) -> StudyPower:
    spreads = [each.comparisons["sd"].iloc[: len(each.family.entries) - 1] for each in axes]  # of neighbours
    known = pd.concat(spreads).dropna() if spreads else pd.Series(dtype=float)
    known = known[known > 0]
    sd = float(known.median()) if len(known) else assumed_sd(design)
    return StudyPower(design, sd, not len(known), attempt(lambda: detectable_difference(sd, design)))
