"""``StudyData``: a stored study, read once. Every analysis, page and figure uses it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import pandas as pd

from bench.audit import Audit
from bench.records import Environment, Study
from bench.store import Store
from bench.store.columns import CONTROL, PENDING
from bench.study.factorial_cells import name_cells
from bench.study.families import TIMES
from bench.study.summary import group_columns, latest_steps, summarise
from bench.sweeps.sweep_file import Factorial


def factorial_of(study: Study) -> Factorial | None:
    """The design of a study; None if it is not factorial."""
    table = study.sweep.get("factorial")
    return None if table is None else Factorial.model_validate(table)


def is_control(trials: pd.DataFrame) -> "pd.Series[bool]":
    """A mask of the trials that belong to a control."""
    return trials["kind"] == CONTROL


@dataclass(frozen=True)
class StudyData:
    """All stored data of one study.

    Attributes:
        study: the study's record.
        rounds: the record as each round of the plan declared it.
        trials: one row per registered trial, as ``Store.trials`` gives them, with the column ``entry``: the row of
            ``summary`` that the trial belongs to; NaN for a control's.
        summary: one row per network and protocol, as ``summarise`` gives it, with the column ``entry``.
        controls: one row per control, with the columns of ``summary``.
        steps: the timed steps that count, with the columns ``entry`` and ``n_params``.
        measurements: one row per measurement, as ``Store.measurements`` gives them.
        audit: the findings on the images; None if they were not audited.
        environments: the machines and software that produced the results, by environment key.
        read_predictions: reads the held-out predictions of the trials with these keys. They are large.
        read_epochs: reads one row per epoch. They are large.
        read_folds: reads one row per image and seed. They are large.
        has_predictions: whether predictions of each image are known; false for a study made of a table of results.
    """

    study: Study
    rounds: Sequence[Study]
    trials: pd.DataFrame
    summary: pd.DataFrame
    controls: pd.DataFrame
    steps: pd.DataFrame
    measurements: pd.DataFrame
    audit: Audit | None
    environments: Mapping[str, Environment]
    read_predictions: Callable[[Sequence[str]], pd.DataFrame]
    read_epochs: Callable[[], pd.DataFrame]
    read_folds: Callable[[], pd.DataFrame]
    has_predictions: bool = True

    @classmethod
    def read(cls, store: Store) -> Self:
        """Read a study. The store must stay open for the frames that are read later.

        Raises:
            StudyError: the store holds no study.
        """
        study, trials, step_times = store.study(), store.trials(), store.step_times()
        summary = summarise(trials[~is_control(trials)], step_times).reset_index(names="entry")
        summary = name_cells(summary, factorial_of(study))
        keys = group_columns(summary)
        return cls(
            study=study,
            rounds=store.rounds(),
            trials=trials.merge(summary[["entry", *keys]], how="left"),
            summary=summary,
            controls=summarise(trials[is_control(trials)], step_times),
            steps=latest_steps(step_times).merge(summary[["entry", "n_params", *keys]]),
            measurements=store.measurements(),
            audit=store.audit(),
            environments=store.environments(),
            read_predictions=store.predictions,
            read_epochs=store.epochs,
            read_folds=store.folds,
        )

    @cached_property
    def done(self) -> pd.DataFrame:
        """The networks' trials that are done."""
        done = self.trials[(self.trials["state"] == "DONE") & self.trials["entry"].notna()]
        return done.astype({"entry": int})

    @property
    def is_untrained(self) -> bool:
        """Whether no trial has ended, as in a study that only has times."""
        return bool((self.trials["state"] == PENDING).all())

    @property
    def factorial(self) -> Factorial | None:
        """The study's factorial design; None if it has none."""
        return factorial_of(self.study)

    @property
    def has_label_noise(self) -> bool:
        """Whether any network is trained on wrong labels."""
        return bool((self.summary["protocol_label_noise"] > 0).any())

    @property
    def wants_confusion(self) -> bool:
        """Whether the sweep's ``[report]`` table asks for confusion matrices."""
        return bool(self._choices.get("confusion", False))

    @property
    def published(self) -> Sequence[dict[str, Any]]:
        """The published points of the sweep's ``[report]`` table, with the fields of ``sweep_file.PublishedPoint``."""
        return list(self._choices.get("published", ()))

    def training_examples(self) -> "pd.Series[float]":
        """The number of training examples of each row of ``summary``, at most the whole training part of a fold."""
        if self.summary.empty:
            return pd.Series(dtype=float)
        n_folds = int(self.trials["n_folds"].max())
        candidates = sum(self.study.class_counts) * (n_folds - 1) / n_folds
        whole = (candidates * (1 - self.summary["protocol_inner_share"])).round()
        asked = self.summary["protocol_n_train"]
        return asked.where(asked > 0, whole).astype(float)

    @property
    def _choices(self) -> dict[str, Any]:
        choices = self.study.sweep.get("report", {})
        return choices if isinstance(choices, dict) else {}

    def title(self) -> str:
        """The title of a figure: study, data set, images, folds and seeds, and missing trials."""
        n_images = sum(self.study.class_counts)
        if self.is_untrained:
            return f"{self.study.name}: nothing is trained"
        n_folds, n_seeds = self.trials["n_folds"].max(), self.trials["seed"].nunique()
        states = self.trials["state"].value_counts()
        missing = [f"{states[state]} {state.lower()}" for state in ("FAILED", "PENDING") if state in states]
        lacking = f"\n{' and '.join(missing)} of {len(self.trials)} trials" if missing else ""
        return (
            f"{self.study.name}: {self.study.dataset}, {n_images:,} images, {n_folds} folds {TIMES} {n_seeds} "
            f"seed{'s' if n_seeds != 1 else ''}{lacking}"
        )
