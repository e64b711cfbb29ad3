from pathlib import Path

import pytest

from bench.execute import Outcome, WorkerDeath, is_out_of_memory, lacked_memory
from bench.execute.out_of_memory import count_oom_kills


class ResourceExhaustedError(Exception):
    """As TensorFlow's own is called."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (ResourceExhaustedError("OOM when allocating"), True),
        (RuntimeError("ResourceExhaustedError: OOM when allocating"), True),
        (RuntimeError("no layer"), False),
        (ValueError("a name such as ResourceExhaustedError in the text"), False),
        (None, False),
    ],
)
def test_an_exception_says_by_its_kind_that_memory_was_refused(error: BaseException | None, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
    assert lacked_memory(Outcome(0, 1, error=error)) is expected


def test_a_death_is_of_memory_on_evidence_only() -> None:
    killed = "the worker process was ended by SIGKILL"

    assert not lacked_memory(Outcome(0, 1, death=WorkerDeath(killed)))
    assert lacked_memory(Outcome(0, 1, death=WorkerDeath(killed, out_of_memory=True)))


def test_the_systems_kills_are_added_up_and_counters_that_are_not_there_count_nothing(tmp_path: Path) -> None:
    machine, group = tmp_path / "vmstat", tmp_path / "memory.events"
    machine.write_text("nr_free_pages 12\noom_kill 3\n")
    group.write_text("low 0\noom 9\noom_kill 2\noom_group_kill 7\n")

    assert count_oom_kills([machine, group, tmp_path / "absent"]) == 5
    assert count_oom_kills([tmp_path / "absent"]) == 0
