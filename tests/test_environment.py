import json
import os
from typing import Any

from bench.environment import describe_environment, usable_cores
from bench.execute import Task
from bench.train.backend_registry import BACKENDS
from bench.training_pass import training_executor

TENSORFLOW = BACKENDS.get("tensorflow")()


def test_the_environment_names_machine_software_threads_and_flags() -> None:
    values: dict[str, Any] = describe_environment(TENSORFLOW, workers=3, intra_op_threads=1, environ={}).values

    assert values["cpu"]
    assert values["workers"] == 3
    assert values["intra_op_threads"] == 1
    assert {"tensorflow", "keras", "numpy"} <= set(values["versions"])
    assert values["flags"]["TF_ENABLE_ONEDNN_OPTS"] == "1"
    json.dumps(values)


def test_only_variables_that_change_numbers_or_times_are_kept() -> None:
    environ = {"OMP_NUM_THREADS": "4", "TF_XLA_FLAGS": "x", "TF_CLI_CONFIG_FILE": "/home/someone/.rc", "HOME": "/root"}

    values: dict[str, Any] = describe_environment(TENSORFLOW, 1, 1, environ).values
    flags = values["flags"]

    assert flags["OMP_NUM_THREADS"] == "4"
    assert flags["TF_XLA_FLAGS"] == "x"
    assert "/" not in "".join(flags.values())


def test_equal_environments_have_one_key_and_other_threads_another() -> None:
    assert describe_environment(TENSORFLOW, 2, 1, {}).key == describe_environment(TENSORFLOW, 2, 1, {}).key
    assert describe_environment(TENSORFLOW, 2, 1, {}).key != describe_environment(TENSORFLOW, 2, 2, {}).key


def test_at_least_one_core_is_usable() -> None:
    assert usable_cores() >= 1


def test_a_worker_reports_what_its_parent_would_have_stored() -> None:
    with training_executor("pool", 1) as executor:
        (outcome,) = executor.run([Task(abs, (-1,))])

    assert outcome.prepared == describe_environment(TENSORFLOW, 1, 1, os.environ)


def test_the_stored_fields_are_those_of_earlier_studies() -> None:
    values: dict[str, Any] = describe_environment(TENSORFLOW, 2, 1, {}).values

    assert set(values) == {
        *("cpu", "logical_cores", "usable_cores", "memory_bytes", "os", "python", "versions", "commit"),
        *("workers", "intra_op_threads", "inter_op_threads", "op_determinism", "flags"),
    }
    assert (values["inter_op_threads"], values["op_determinism"]) == (1, True)
    assert set(values["flags"]) == {"TF_ENABLE_ONEDNN_OPTS", "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"}
