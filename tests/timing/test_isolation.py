import os
import subprocess
import sys

import pytest

from bench.errors import TimingError
from bench.records import TimedPart
from bench.timing import check_cpus, named_parts, prepare_process


def test_without_a_wish_the_cores_are_all_that_are_usable() -> None:
    assert check_cpus((1, 3), None, (0, 2, 5)) == (0, 2, 5)
    assert check_cpus((1,), (5, 0), (0, 2, 5)) == (5, 0)


@pytest.mark.parametrize(
    ("threads", "cpus", "text"),
    [
        ((3,), None, "1 to 2 of them here; received 3"),
        ((0,), None, "received 0"),
        ((1, 2), (1,), "1 to 1 of them here; received 2"),
        ((1,), (7,), "received core 7"),
        ((1,), (1, 1), "received core 1 twice"),
    ],
)
def test_threads_and_cores_that_there_are_not_are_refused_with_what_there_is(
    threads: tuple[int, ...], cpus: tuple[int, ...] | None, text: str
) -> None:
    with pytest.raises(TimingError, match=text):
        check_cpus(threads, cpus, (0, 1))


def test_cores_that_the_system_refuses_are_an_error_that_names_them() -> None:
    with pytest.raises(TimingError, match=r"bindable to cores \(100000,\)"):
        prepare_process(1, (100000,), as_keras_does=False)


@pytest.mark.parametrize("as_keras_does", [False, True])
def test_a_process_is_bound_to_its_cores_and_threads(as_keras_does: bool) -> None:
    core = min(os.sched_getaffinity(0))
    program = (
        "import os; from bench.timing import prepare_process\n"
        f"prepare_process(1, ({core},), {as_keras_does})\n"
        "import tensorflow as tf; threading = tf.config.threading\n"
        "print(os.sched_getaffinity(0), threading.get_intra_op_parallelism_threads())\n"
        "print(threading.get_inter_op_parallelism_threads())"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    inter_op = "0" if as_keras_does else "1"
    assert finished.stdout.splitlines() == [f"{{{core}}} 1", inter_op]


def test_parts_are_taken_in_the_order_of_measuring_and_unknown_ones_are_refused_with_the_known() -> None:
    assert named_parts("disk, step") == (TimedPart.STEP, TimedPart.DISK)
    assert set(named_parts(None)) == set(TimedPart)
    assert named_parts(None)[0] is TimedPart.STEP  # memory is read after it, with nothing measured before
    with pytest.raises(TimingError, match="keras, disk; received 'pipeline'"):
        named_parts("step,pipeline")
