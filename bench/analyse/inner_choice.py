"""Chooses between protocols on the inner validation part, so that nothing is chosen on the held-out fold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bench.analyse.estimates.blocks import test_train_ratio
from bench.analyse.estimates.intervals import Interval, mean_with_interval
from bench.store.columns import PENDING, PROTOCOL_PREFIX
from bench.study.families import CELL, network_labels
from bench.study.summary import group_columns

TUNED = ("optimizer", "learning_rate", "learning_rate_decay", "momentum")
"""The protocol fields that are chosen if a study varies them: they control the optimisation. Other fields (the data,
the batch size, the number of epochs) are part of the question, so their values are compared and not chosen."""
_BLOCK = ["seed", "fold"]
_COLUMNS = [
    *("entry", "network", "n_params", "over", "n_blocks", "n_undecided", "n_failed", "chosen"),
    *("accuracy", "loss", "picked_accuracy", "picked_loss", "accuracy_optimism", "loss_optimism"),
]


def chosen_on_inner(trials: pd.DataFrame, over: Sequence[str]) -> pd.DataFrame:
    """The trials with the least loss on the inner validation part, among trials that differ in ``over`` only.

    The choice is made separately in each fold and seed, so the held-out result estimates the performance of a network
    whose learning rate is chosen on training data (nested cross-validation: Varma and Simon 2006, Bias in error
    estimation when using cross-validation for model selection). Of equals, the first in the order of registration is
    taken.

    Args:
        trials: as ``Store.trials`` gives them; those that are not done, or have no inner validation part, are left out.
        over: what is chosen, such as ``["protocol_learning_rate"]``.

    Returns:
        Rows of ``trials``: one per network, remaining protocol, fold and seed.
    """
    candidates = _candidates(trials)
    keys = [column for column in group_columns(trials) if column not in over] + _BLOCK
    best = candidates.groupby(keys, sort=False)["inner_loss"].idxmin()
    return candidates.loc[best.sort_values()]


def nested_choices(trials: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The choice on the inner part for each network, its held-out results, and the optimism of held-out choices.

    The choice is over the fields of ``TUNED`` that vary. It is made per network, among protocols that are otherwise
    equal. A (seed, fold) counts once none of its candidates is pending. A failed candidate cannot be chosen.

    Args:
        trials: of networks, as ``Store.trials`` gives them, with the column entry.
        summary: as ``summarise`` gives it, with the column entry.

    Returns:
        One row per network that has a choice, in the order of registration. Columns: entry (of its first candidate),
        network (its label), n_params, over (what is chosen, in words); n_blocks, n_undecided (seeds and folds in which
        a candidate is pending or none is done), n_failed (trials); chosen (setting -> in how many blocks); accuracy,
        loss of the chosen trials, an ``Interval`` each; picked_accuracy, picked_loss: means over held-out folds of the
        best trial of each; accuracy_optimism, loss_optimism: by how much these are better, an ``Interval`` each, not
        below 0.
    """
    nested = trials[trials["protocol_inner_share"] > 0]
    tuned = [column for name in TUNED if (column := f"{PROTOCOL_PREFIX}{name}") in trials.columns]
    over = [column for column in tuned if nested[column].nunique() > 1]
    if not over:
        return pd.DataFrame(columns=_COLUMNS)
    keys = [column for column in group_columns(trials) if column not in over]
    labels = network_labels(summary.drop(columns=[*tuned, CELL], errors="ignore"))  # a cell names the chosen setting
    rows = [
        {
            "entry": candidates["entry"].iloc[0],
            "network": labels[candidates["entry"].iloc[0]],
            "n_params": candidates["n_params"].iloc[0],
            "over": ", ".join(column.removeprefix(PROTOCOL_PREFIX).replace("_", " ") for column in over),
            **decided,
        }
        for _, candidates in nested.groupby(keys, sort=False)
        if len(candidates.drop_duplicates(over)) > 1 and (decided := _decided(candidates, over))
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _decided(candidates: pd.DataFrame, over: list[str]) -> dict[str, object]:
    """The columns of ``nested_choices`` for the trials of one network; empty if nothing can be chosen yet."""
    blocks = candidates.groupby(_BLOCK)
    ended = candidates[blocks["state"].transform(lambda states: (states != PENDING).all())]
    chosen = chosen_on_inner(ended, over).set_index(_BLOCK).sort_index()
    if chosen.empty:
        return {}
    of_block = _candidates(ended).groupby(_BLOCK)
    best_accuracy, best_loss = of_block["val_accuracy"].max(), of_block["val_loss"].min()
    ratio = test_train_ratio(int(candidates["n_folds"].iloc[0]))
    settings = [" ".join(_text(value) for value in row) for row in chosen[over].itertuples(index=False)]

    def interval(values: "pd.Series[float]", least: float, most: float) -> Interval:
        return mean_with_interval(np.asarray(values, np.float64), ratio).within(least, most)

    return {
        "n_blocks": len(chosen),
        "n_undecided": blocks.ngroups - len(chosen),
        "n_failed": int((candidates["state"] == "FAILED").sum()),
        "chosen": pd.Series(settings).value_counts().to_dict(),
        "accuracy": interval(chosen["val_accuracy"], 0.0, 1.0),
        "loss": interval(chosen["val_loss"], 0.0, float("inf")),
        "picked_accuracy": float(best_accuracy.mean()),
        "picked_loss": float(best_loss.mean()),
        "accuracy_optimism": interval(best_accuracy - chosen["val_accuracy"], 0.0, 1.0),
        "loss_optimism": interval(chosen["val_loss"] - best_loss, 0.0, float("inf")),
    }


def _candidates(trials: pd.DataFrame) -> pd.DataFrame:
    return trials[(trials["state"] == "DONE") & trials["inner_loss"].notna()]


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
