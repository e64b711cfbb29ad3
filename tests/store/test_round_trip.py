"""What a result is when it is read is what it was when it was recorded, to the last bit."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.records import Environment, EpochMetrics, FailureKind, TrialMetrics, TrialResult, TrialState
from bench.store import Store
from tests.store.planted import ENVIRONMENT, SMALL

number = st.floats(allow_nan=False, width=64)
text = st.text(st.characters(exclude_categories=["Cs"]))
epochs = st.lists(st.tuples(number, number, number, number), max_size=4).map(
    lambda rows: tuple(EpochMetrics(index + 1, *row) for index, row in enumerate(rows))
)


@st.composite
def results(draw: st.DrawFn) -> TrialResult:
    key = SMALL.trials[0].key
    if draw(st.booleans()):
        step = draw(st.none() | st.integers(1, 2**40))
        return TrialResult(
            key, TrialState.FAILED, draw(st.integers(1, 9)), None, draw(st.sampled_from(FailureKind)), draw(text), step
        )
    rows = np.array(sorted(draw(st.sets(st.integers(0, 11)))), np.int64)
    probabilities = draw(arrays.arrays(np.float32, (len(rows), 2), elements=st.floats(0, 1, width=32)))
    metrics = TrialMetrics(
        draw(epochs), draw(number), draw(number), draw(number), draw(number), draw(number), rows, probabilities
    )
    return TrialResult(key, TrialState.DONE, draw(st.integers(1, 9)), metrics)


def bits(values: object) -> bytes:
    return np.asarray(values, np.float64).tobytes()


@settings(max_examples=60, deadline=None)
@given(results())
def test_a_result_is_read_as_it_was_recorded_bit_for_bit(result: TrialResult) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Store.create_or_open(Path(folder)) as store:
            SMALL.register(store)
            store.record(result, ENVIRONMENT)
        with Store.open_existing(Path(folder)) as store:
            row = store.trials().iloc[0]
            read_epochs, predictions = store.epochs(), store.predictions([result.trial_key])
    assert (row["trial_key"], row["state"], row["attempts"]) == (result.trial_key, result.state, result.attempts)
    assert row["environment_key"] == ENVIRONMENT.key
    if result.metrics is None:
        assert (row["failure"], row["error"]) == (result.failure, result.error)
        assert (None if pd.isna(row["failed_step"]) else row["failed_step"]) == result.failed_step
        assert row["val_accuracy":"train_s"].isna().all()
        assert len(read_epochs) == len(predictions) == 0
        return
    metrics = result.metrics
    finals = ["train_accuracy", "train_loss", "val_accuracy", "val_loss", "train_s"]
    assert bits([row[name] for name in finals]) == bits([getattr(metrics, name) for name in finals])
    assert read_epochs["epoch"].tolist() == [each.epoch for each in metrics.epochs]
    for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        assert bits(read_epochs[name]) == bits([getattr(each, name) for each in metrics.epochs])
    assert predictions["row"].tolist() == metrics.test_rows.tolist()
    assert predictions[["p_NORMAL", "p_PNEUMONIA"]].to_numpy().tobytes() == metrics.probabilities.tobytes()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(text, json_values, max_size=4))
def test_an_environment_is_read_as_it_was_recorded(values: dict[str, object]) -> None:
    environment = Environment(values)
    with tempfile.TemporaryDirectory() as folder, Store.create_or_open(Path(folder)) as store:
        SMALL.register(store)
        store.record(SMALL.result(SMALL.trials[0]), environment)
        assert store.environments() == {environment.key: environment}
