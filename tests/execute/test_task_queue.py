from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.execute.executor import Task
from bench.execute.task_queue import TaskQueue


def task(affinity: str, weight: float = 1.0) -> Task:
    return Task(print, affinity=affinity, weight=weight)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 10)), max_size=30), st.randoms())
def test_every_task_is_handed_out_exactly_once_whoever_asks(specs: list[tuple[str, float]], random: Random) -> None:
    queue = TaskQueue([task(affinity, weight) for affinity, weight in specs])
    workers: list[str | None] = [None, None, None]
    taken: list[int] = []
    while True:
        asking = random.randrange(3)
        others = {workers[i] for i in range(3) if i != asking}
        index = queue.take(workers[asking], others)
        if index is None:
            break
        workers[asking] = specs[index][0]
        taken.append(index)

    assert sorted(taken) == list(range(len(specs)))


def test_a_worker_stays_with_the_code_it_has_compiled() -> None:
    queue = TaskQueue([task("light"), task("heavy", 9), task("light")])

    assert queue.take("light", set()) == 0
    assert queue.take("light", set()) == 2


def test_a_fresh_worker_opens_the_heaviest_group_that_nobody_is_on() -> None:
    queue = TaskQueue([task("light"), task("middle", 5), task("heavy", 9), task("heavy", 9)])

    assert queue.take(None, {"heavy"}) == 1


def test_a_worker_with_nothing_of_its_own_left_helps_with_the_heaviest_group() -> None:
    queue = TaskQueue([task("light"), task("heavy", 9)])

    assert queue.take("done", {"light", "heavy"}) == 1


def test_a_task_put_back_is_the_next_of_its_group() -> None:
    queue = TaskQueue([task("a"), task("a")])
    first = queue.take("a", set())
    assert first == 0

    queue.put_back(first)

    assert queue.take("a", set()) == 0
