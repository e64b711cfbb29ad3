"""The frames that leave the store have the declared columns, and the page about them is what is declared."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.errors import StudyError
from bench.records import Counters, NetworkCost, Protocol, TimedPart
from bench.store import Store, columns
from bench.store.columns import FRAMES, TRIALS, FrameColumns
from tests.store.planted import ENVIRONMENT, SMALL, step_times

READ: dict[str, Callable[[Store], pd.DataFrame]] = {
    "trials": Store.trials,
    "epochs": Store.epochs,
    "predictions": lambda store: store.predictions([trial.key for trial in SMALL.trials]),
    "measurements": Store.measurements,
    "step_times": Store.step_times,
    "folds": Store.folds,
}


def empty_or_full(folder: Path, *, full: bool) -> Store:
    if full:
        SMALL.write(folder)
    store = Store.create_or_open(folder)
    SMALL.register(store)
    return store


@pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
@pytest.mark.parametrize("declared", FRAMES, ids=lambda frame: frame.name)
def test_a_frame_has_the_declared_columns_in_order_and_of_the_declared_types(
    tmp_path: Path, declared: FrameColumns, full: bool
) -> None:
    with empty_or_full(tmp_path, full=full) as store:
        frame = READ[declared.name](store)
    names = [name for column in declared.columns for name in column.names_in(frame)]
    assert frame.columns.tolist() == names
    for column in declared.columns:
        for name in column.names_in(frame):
            if column.dtype == columns.TEXT:
                assert pd.api.types.is_object_dtype(frame[name]) or pd.api.types.is_string_dtype(frame[name])
            elif column.dtype != columns.ANY:
                assert frame[name].dtype == column.dtype


def test_every_frame_of_the_store_is_declared() -> None:
    assert [frame.name for frame in FRAMES] == list(READ)


def test_each_prefix_finds_its_columns(tmp_path: Path) -> None:
    counters = Counters(wall_s=1.5, own_cpu_s=2.5, involuntary_switches=3, n_cores=2)
    (first, *_) = SMALL.networks
    with empty_or_full(tmp_path, full=True) as store:
        store.record_measurement(
            step_times(first, SMALL.protocols[0], (5,), counters=counters, figures={"trace_s": 0.5}), ENVIRONMENT
        )
        trials, measurements = store.trials(), store.measurements()
    assert columns.protocol_columns(trials) == [columns.protocol_column(name) for name in Protocol.model_fields]
    assert columns.axis_columns(trials) == []
    assert columns.axis_columns(trials.assign(axis_units=3)) == [columns.axis_column("units")]
    assert [name for name in measurements.columns if name.startswith(columns.COUNTER_PREFIX)] == [
        f"counter_{name}" for name in Counters.__dataclass_fields__
    ]
    assert [name for name in measurements.columns if name.startswith(columns.FIGURE_PREFIX)] == ["figure_trace_s"]


def test_a_missing_an_undeclared_and_a_wrongly_typed_column_are_refused_in_one_line(tmp_path: Path) -> None:
    with empty_or_full(tmp_path, full=True) as store:
        trials = store.trials()
    with pytest.raises(StudyError, match="missing: val_loss, not declared: none"):
        TRIALS.build(trials.drop(columns="val_loss"))
    with pytest.raises(StudyError, match="missing: none, not declared: mood"):
        TRIALS.build(trials.assign(mood="good"))
    with pytest.raises(
        StudyError, match=r"val_accuracy of the stored trials holds float64 values; .*; restore"
    ) as error:
        TRIALS.build(trials.assign(val_accuracy="high"))
    assert "\n" not in str(error.value)


def test_columns_are_put_in_the_declared_order(tmp_path: Path) -> None:
    with empty_or_full(tmp_path, full=True) as store:
        trials = store.trials()
    assert TRIALS.build(trials[trials.columns[::-1]])["val_loss"].equals(trials["val_loss"])
    declared = [column.name for column in TRIALS.columns if column.prefix is None and column.name in trials]
    reordered = TRIALS.build(trials[trials.columns[::-1]]).columns
    assert [name for name in reordered if not name.startswith("protocol_")] == declared


def test_every_count_of_a_network_is_a_column() -> None:
    assert set(NetworkCost.__dataclass_fields__) <= {column.name for column in TRIALS.columns}


def test_the_page_of_columns_is_what_is_declared() -> None:
    page = Path(__file__).parents[2] / "docs" / "stored-columns.md"
    assert page.read_text() == columns.markdown()


def test_steps_are_of_the_step_alone_although_other_parts_share_its_frame(tmp_path: Path) -> None:
    (first, *_) = SMALL.networks
    with empty_or_full(tmp_path, full=False) as store:
        store.record_measurement(step_times(first, SMALL.protocols[0], (7,), part=TimedPart.FORWARD), ENVIRONMENT)
        steps = store.step_times()
    assert len(steps) == 0
    assert steps["step_ns"].dtype == np.int64
