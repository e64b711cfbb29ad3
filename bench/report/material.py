"""What every table and plot is made from, read once from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from bench.analyse import group_columns, latest_steps, summarise
from bench.analyse.analysis import Analysis, analyse_study, is_control
from bench.analyse.claims import Claim, load_claims
from bench.analyse.compare import Side
from bench.analyse.comparisons import ROPE
from bench.analyse.effects import name_cells
from bench.analyse.timing import step_verdicts
from bench.records import Study
from bench.report.series import TIMES, Series, name_series
from bench.seeds import generator
from bench.store import Store
from bench.store.frames import PENDING
from bench.sweeps.model import Factorial

BUILT_IN_CLAIMS = "paper"


def factorial_of(study: Study) -> Factorial | None:
    """The design of a factorial study."""
    table = study.sweep.get("factorial")
    return None if table is None else Factorial.model_validate(table)


@dataclass(frozen=True)
class Material:
    """A study, read.

    ``summary`` and ``trials`` have a column ``entry``: the number of the summary's row, so a network under a
    protocol; controls have none: they are in ``trials``, and a row each in ``controls``, which is like ``summary``.
    ``steps`` are the timed steps that count, with columns ``entry`` and ``n_params``.
    """

    study: Study
    trials: pd.DataFrame
    summary: pd.DataFrame
    steps: pd.DataFrame
    series: Sequence[Series]
    controls: pd.DataFrame

    @classmethod
    def read(cls, store: Store) -> Self:
        """All but epochs and predictions, which are large and read where they are drawn."""
        study, trials, step_times = store.study(), store.trials(), store.step_times()
        summary = summarise(trials[~is_control(trials)], step_times).reset_index(names="entry")
        summary = name_cells(summary, factorial_of(study))
        verdicts = step_verdicts(store.measurements(), generator(0, 0, "bootstrap"))
        if len(verdicts):
            summary = summary.merge(verdicts, how="left")
        entries = summary[["entry", *group_columns(summary)]]
        return cls(
            study,
            trials.merge(entries, how="left"),
            summary,
            latest_steps(step_times).merge(summary[["entry", "n_params", *group_columns(summary)]]),
            name_series(summary),
            summarise(trials[is_control(trials)], step_times),
        )

    def analyse(self, store: Store, claims: Sequence[Claim] | None = None, rope: float = ROPE) -> Analysis:
        """All statistics of the study; the same store gives the same numbers.

        Args:
            store: where predictions are read from.
            claims: None sets the paper's own against a study that shows published points, and none against others.
            rope: half the width of the region of practical equivalence.
        """
        if claims is None:
            claims = load_claims(BUILT_IN_CLAIMS) if self.published else ()
        draw = generator(0, 0, "analysis")
        return analyse_study(self.study, self.trials, self.summary, self.steps, store.predictions, claims, draw, rope)

    def side(self) -> Side:
        """The study as one side of a comparison with another."""
        n_folds = int(self.trials["n_folds"].max())
        return Side(self.study.name, self.study.data_hash, self.done, self.summary, n_folds)

    @property
    def done(self) -> pd.DataFrame:
        """The networks' trials that are done."""
        done = self.trials[(self.trials["state"] == "DONE") & self.trials["entry"].notna()]
        return done.astype({"entry": int})

    @property
    def is_untrained(self) -> bool:
        """Whether no trial has ended, as in a study that was timed only."""
        return bool((self.trials["state"] == PENDING).all())

    @property
    def factorial(self) -> Factorial | None:
        """The study's factorial design, where its sweep is one."""
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
        """The published points of the sweep's ``[report]`` table, as ``sweeps.model.PublishedPoint`` has them."""
        return list(self._choices.get("published", ()))

    @property
    def _choices(self) -> dict[str, Any]:
        choices = self.study.sweep.get("report", {})
        return choices if isinstance(choices, dict) else {}

    def title(self) -> str:
        """What a figure is of: study, data set, images, folds and seeds, and what is missing."""
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
