"""A study's frames with chosen accuracies, made without a store: what ``analyse_study`` takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.claims import Claim
from bench.records import Study
from bench.study.study_data import StudyData, is_control
from bench.study.summary import group_columns, latest_steps, summarise

N_IMAGES = 60


def study() -> Study:
    return Study(
        name="widths-lungs",
        sweep_name="widths",
        sweep={"name": "widths"},
        dataset="lungs",
        data_hash="0123456789abcdef",
        class_names=("covid", "normal"),
        class_counts=(N_IMAGES // 2, N_IMAGES // 2),
        has_patients=False,
        patient_wise=False,
    )


def trials(
    accuracy: Callable[[int, int, int], float | None],
    n_params: tuple[int, ...] = (1000, 4000, 16_000, 64_000, 256_000),
    n_seeds: int = 2,
    n_folds: int = 3,
    controls: Mapping[str, float] | None = None,
    train_accuracy: Callable[[int], float] = lambda place: 0.9,
) -> pd.DataFrame:
    """``accuracy(place, seed, fold)`` of each size; None: the trial failed."""
    rows: list[dict[str, Any]] = [
        {
            "trial_key": f"{place}-{seed}-{fold}",
            "architecture": "paper_small",
            "width": float(place + 1),
            "input_shape": "70x70x3",
            "n_classes": 2,
            "network_key": f"n{place}",
            "n_params": n,
            "n_trainable_params": n,
            "flops_per_example": 20 * n,
            "protocol_epochs": 3,
            "protocol_inner_share": 0.0,
            "n_folds": n_folds,
            "split_hash": f"s{seed}",
            "seed": seed,
            "fold": fold,
            "val_accuracy": accuracy(place, seed, fold),
            "train_accuracy": train_accuracy(place),
            "kind": "network",
        }
        for place, n in enumerate(n_params)
        for seed in range(n_seeds)
        for fold in range(n_folds)
    ]
    for name, reached in (controls or {}).items():
        first = rows[: n_seeds * n_folds]
        rows += [
            {
                **row,
                "trial_key": f"{name}-{row['trial_key']}",
                "architecture": name,
                "kind": "control",
                "n_params": 0,
                "network_key": name,
                "width": np.nan,
                "val_accuracy": reached + 0.01 * row["fold"] + 0.002 * row["seed"],
            }
            for row in first
        ]
    frame = pd.DataFrame(rows)
    done = frame["val_accuracy"].notna()
    return frame.assign(
        val_accuracy=frame["val_accuracy"].astype(float),
        val_loss=1.2 - frame["val_accuracy"].astype(float),
        train_loss=0.3,
        train_s=2.0,
        state=np.where(done, "DONE", "FAILED"),
        failure=np.where(done, np.array(None, object), "diverged"),
    )


def step_times(frame: pd.DataFrame, n_rounds: int = 3) -> pd.DataFrame:
    networks = frame[~is_control(frame)].drop_duplicates("network_key")
    return pd.DataFrame(
        [
            {
                "network_key": row["network_key"],
                "protocol_epochs": 3,
                "threads": 2,
                "pass_number": 0,
                "round": round_,
                "environment_key": "e",
                "is_warmup": False,
                "step": step,
                "step_ns": int((5 + row["n_params"] / 1e4 + 0.1 * step + 0.2 * round_) * 1e6),
            }
            for row in networks.to_dict("records")
            for round_ in range(n_rounds)
            for step in range(5)
        ]
    )


def predictions(frame: pd.DataFrame) -> Callable[[Sequence[str]], pd.DataFrame]:
    """Held-out predictions with each trial's accuracy, as nearly as its images allow."""
    by_key = frame.set_index("trial_key")

    def read(keys: Sequence[str]) -> pd.DataFrame:
        parts = []
        for key in keys:
            row = by_key.loc[key]
            if row["state"] != "DONE":
                continue
            rows = np.flatnonzero((np.arange(N_IMAGES) + row["seed"]) % row["n_folds"] == row["fold"])
            is_covid = rows < N_IMAGES // 2
            right = np.arange(len(rows)) >= round((1 - row["val_accuracy"]) * len(rows))
            p_covid = np.where(is_covid == right, 0.8, 0.2).astype(np.float32)
            label = np.where(is_covid, "covid", "normal")
            parts.append(
                pd.DataFrame(
                    {"trial_key": key, "row": rows, "label": label, "p_covid": p_covid, "p_normal": 1 - p_covid}
                )
            )
        return pd.concat(parts, ignore_index=True)

    return read


def folds(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per image and seed, as ``predictions`` holds images out."""
    n_folds = int(frame["n_folds"].max())
    return pd.concat(
        pd.DataFrame(
            {
                "label": np.where(np.arange(N_IMAGES) < N_IMAGES // 2, "covid", "normal"),
                "group": np.arange(N_IMAGES),
                "seed": seed,
                "fold": (np.arange(N_IMAGES) + seed) % n_folds,
            }
        )
        for seed in sorted(frame["seed"].unique().tolist())
    )


def data_of(frame: pd.DataFrame, timed: bool = True, n_rounds: int = 3) -> StudyData:
    steps = step_times(frame, n_rounds) if timed else step_times(frame).head(0)
    summary = summarise(frame[~is_control(frame)], steps).reset_index(names="entry")
    keys = group_columns(summary)
    return StudyData(
        rounds=(),
        study=study(),
        trials=frame.merge(summary[["entry", *keys]], how="left"),
        summary=summary,
        controls=summarise(frame[is_control(frame)], steps),
        steps=latest_steps(steps)
        .merge(summary[["entry", "n_params", *group_columns(steps)]])
        .assign(protocol_batch_size=32),
        measurements=pd.DataFrame(columns=["network_key", "part", "threads", "pass_number"]),
        audit=None,
        environments={},
        read_predictions=predictions(frame),
        read_epochs=pd.DataFrame,
        read_folds=lambda: folds(frame),
    )


def analysed(frame: pd.DataFrame, timed: bool = True, claims: tuple[Claim, ...] = (), n_rounds: int = 3) -> Analysis:
    return analyse_study(data_of(frame, timed, n_rounds), claims)
