from hypothesis import given
from hypothesis import strategies as st

from bench.execute.executor import Task
from bench.execute.task_queue import Schedule


def task(affinity: str, weight: float = 1.0) -> Task:
    return Task(print, affinity=affinity, weight=weight)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 10)), max_size=30), st.randoms())
def test_every_task_is_handed_out_exactly_once_whoever_asks(specs, random) -> None:
    schedule = Schedule([task(affinity, weight) for affinity, weight in specs])
    workers: list[str | None] = [None, None, None]
    taken = []
    while True:
        asking = random.randrange(3)
        others = {workers[i] for i in range(3) if i != asking}
        index = schedule.take(workers[asking], others)
        if index is None:
            break
        workers[asking] = specs[index][0]
        taken.append(index)

    assert sorted(taken) == list(range(len(specs)))


def test_a_worker_stays_with_the_code_it_has_compiled() -> None:
    schedule = Schedule([task("light"), task("heavy", 9), task("light")])

    assert schedule.take("light", set()) == 0
    assert schedule.take("light", set()) == 2


def test_a_fresh_worker_opens_the_heaviest_group_that_nobody_is_on() -> None:
    schedule = Schedule([task("light"), task("middle", 5), task("heavy", 9), task("heavy", 9)])

    assert schedule.take(None, {"heavy"}) == 1


def test_a_worker_with_nothing_of_its_own_left_helps_with_the_heaviest_group() -> None:
    schedule = Schedule([task("light"), task("heavy", 9)])

    assert schedule.take("done", {"light", "heavy"}) == 1


def test_a_task_put_back_is_the_next_of_its_group() -> None:
    schedule = Schedule([task("a"), task("a")])
    first = schedule.take("a", set())
    assert first == 0

    schedule.put_back(first)

    assert schedule.take("a", set()) == 0
