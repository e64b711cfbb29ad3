"""The summary: means over trials, their spread and step times, one row per network and protocol."""

import pandas as pd

from bench.store.columns import axis_columns, protocol_columns

NS_PER_MS = 1e6
_NETWORK = ("input_shape", "n_classes", "network_key", "n_params", "n_trainable_params", "flops_per_example")


def group_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that identify a network under a protocol.

    A control that trains a network shares the network's key. The architecture names the control, so it is included.
    """
    names = [column for column in ("architecture", "network_key") if column in frame.columns]
    return [*names, *protocol_columns(frame)]


def summarise(trials: pd.DataFrame, step_times: pd.DataFrame) -> pd.DataFrame:
    """Summarise a study's trials in the order of registration: one row per network and protocol, and per control.

    ``*_sd`` is the sample standard deviation (n - 1) over done trials, that is over folds and seeds. It is the
    spread of single trials. Folds share training images, so dividing it by sqrt(n) does not give a standard error.

    Args:
        trials: as ``Store.trials`` gives them.
        step_times: as ``Store.step_times`` gives them.

    Returns:
        Columns: kind, architecture, width, ``axis_*``, input_shape, n_classes, network_key, n_params,
        n_trainable_params, flops_per_example, ``protocol_*``; n_trials (registered), n_done (what means are over),
        n_failed; val_accuracy_mean, val_accuracy_sd, val_loss_mean, val_loss_sd, train_accuracy_mean, train_loss_mean;
        step_ms_median, step_ms_q1, step_ms_q3 (of the latest measurement), train_s_median. NaN if a value cannot be
        computed, such as the standard deviation of one trial.
    """
    keys = group_columns(trials)
    table = trials.drop_duplicates(keys)[["kind", "architecture", "width", *axis_columns(trials), *_NETWORK, *keys[2:]]]
    states = pd.get_dummies(trials["state"]).reindex(columns=["DONE", "FAILED"], fill_value=False)
    counts = (
        trials[keys]
        .assign(n_trials=1, n_done=states["DONE"].astype(int), n_failed=states["FAILED"].astype(int))
        .groupby(keys, sort=False)
        .sum()
    )
    measured = (
        trials[trials["state"] == "DONE"]
        .groupby(keys, sort=False)
        .agg(
            val_accuracy_mean=("val_accuracy", "mean"),
            val_accuracy_sd=("val_accuracy", "std"),
            val_loss_mean=("val_loss", "mean"),
            val_loss_sd=("val_loss", "std"),
            train_accuracy_mean=("train_accuracy", "mean"),
            train_loss_mean=("train_loss", "mean"),
        )
    )
    train_s = trials.groupby(keys, sort=False).agg(train_s_median=("train_s", "median"))
    step_ms = (
        latest_steps(step_times)
        .groupby(group_columns(step_times), sort=False)
        .agg(
            step_ms_median=("step_ms", "median"),
            step_ms_q1=("step_ms", lambda ms: ms.quantile(0.25)),
            step_ms_q3=("step_ms", lambda ms: ms.quantile(0.75)),
        )
    )
    for part in (counts, measured, step_ms, train_s):
        rows = part.reset_index()
        table = table.merge(rows, on=group_columns(rows), how="left")
    return table


def latest_steps(step_times: pd.DataFrame) -> pd.DataFrame:
    """The reported steps of each network and protocol: those of its latest pass, without warm-up.

    If that pass used several thread counts, only the steps with the most threads are included.

    Returns:
        The rows of ``step_times`` with one more column, step_ms.
    """
    keys = group_columns(step_times)
    kept = step_times[~step_times["is_warmup"]]
    for column in ("pass_number", "threads"):
        kept = kept[kept[column] == kept.groupby(keys)[column].transform("max")]
    return kept.assign(step_ms=kept["step_ns"] / NS_PER_MS)
