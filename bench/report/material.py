"""What every table and plot is made from, read once from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from bench.analyse import group_columns, latest_steps, summarise
from bench.records import Study
from bench.report.series import TIMES, Series, name_series
from bench.store import Store
from bench.store.frames import CONTROL, NETWORK
from bench.sweeps.model import Factorial


@dataclass(frozen=True)
class Material:
    """A study, read.

    ``summary`` has a row a network under a protocol, ``controls`` a row a control, and ``trials`` the trials of both;
    all have a column ``entry``, the number of the summary's row. ``steps`` are the timed steps that count, with columns
    ``entry`` and ``n_params``.
    """

    study: Study
    trials: pd.DataFrame
    summary: pd.DataFrame
    controls: pd.DataFrame
    steps: pd.DataFrame
    series: Sequence[Series]

    @classmethod
    def read(cls, store: Store) -> Self:
        """All but epochs and predictions, which are large and read where they are drawn."""
        trials, step_times = store.trials(), store.step_times()
        everything = summarise(trials, step_times).reset_index(names="entry")
        summary = everything[everything["kind"] == NETWORK]
        entries = everything[["entry", *group_columns(everything)]]
        return cls(
            store.study(),
            trials.merge(entries, how="left"),
            summary,
            everything[everything["kind"] == CONTROL],
            latest_steps(step_times).merge(summary[["entry", "n_params", *group_columns(summary)]]),
            name_series(summary),
        )

    @property
    def done(self) -> pd.DataFrame:
        """The trials of networks that are done."""
        return self.trials[(self.trials["state"] == "DONE") & (self.trials["kind"] == NETWORK)]

    @property
    def factorial(self) -> Factorial | None:
        """The study's factorial design, where its sweep is one."""
        table = self.study.sweep.get("factorial")
        return None if table is None else Factorial.model_validate(table)

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
        """The published points of the sweep's ``[report]`` table, as ``sweeps.model.PublishedPoint`` has them."""
        return list(self._choices.get("published", ()))

    @property
    def _choices(self) -> dict[str, Any]:
        choices = self.study.sweep.get("report", {})
        return choices if isinstance(choices, dict) else {}

    def title(self) -> str:
        """What a figure is of: study, data set, images, folds and seeds, and what is missing."""
        n_images = sum(self.study.class_counts)
        n_folds, n_seeds = self.trials["n_folds"].max(), self.trials["seed"].nunique()
        states = self.trials["state"].value_counts()
        missing = [f"{states[state]} {state.lower()}" for state in ("FAILED", "PENDING") if state in states]
        lacking = f"\n{' and '.join(missing)} of {len(self.trials)} trials" if missing else ""
        return (
            f"{self.study.name}: {self.study.dataset}, {n_images:,} images, {n_folds} folds {TIMES} {n_seeds} "
            f"seed{'s' if n_seeds != 1 else ''}{lacking}"
        )
