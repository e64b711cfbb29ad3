"""What every executor promises (see ``bench.execute.executor.Executor``), checked of each one."""

import os
from collections.abc import Callable, Iterator

import pytest

from bench.execute import Executor, InlineExecutor, PoolExecutor, Task


def nothing() -> None:
    pass


def square(x: int) -> int:
    return x * x


def refuse(x: int) -> int:
    raise ValueError(f"no {x}")


def make_inline() -> Executor:
    return InlineExecutor(nothing)


def make_pool() -> Executor:
    return PoolExecutor(2, nothing)


@pytest.fixture(params=[make_inline, make_pool], ids=["inline", "pool"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    make: Callable[[], Executor] = request.param
    with make() as executor:
        yield executor


def test_every_task_has_exactly_one_outcome_with_its_value(executor: Executor) -> None:
    outcomes = list(executor.run([Task(square, (x,), affinity=str(x % 3)) for x in range(20)]))

    assert sorted(outcome.index for outcome in outcomes) == list(range(20))
    assert all(outcome.value == outcome.index**2 and outcome.attempts == 1 for outcome in outcomes)


def test_an_exception_is_the_outcome_of_its_task_and_the_others_go_on(executor: Executor) -> None:
    outcomes = {
        outcome.index: outcome for outcome in executor.run([Task(square, (2,)), Task(refuse, (3,)), Task(square, (4,))])
    }

    assert isinstance(outcomes[1].error, ValueError)
    assert str(outcomes[1].error) == "no 3"
    assert (outcomes[0].value, outcomes[2].value) == (4, 16)


def test_a_second_run_uses_the_executor_again(executor: Executor) -> None:
    first = [outcome.value for outcome in executor.run([Task(square, (2,))])]
    second = [outcome.value for outcome in executor.run([Task(square, (3,))])]

    assert (first, second) == ([4], [9])


def test_no_tasks_give_no_outcomes(executor: Executor) -> None:
    assert list(executor.run([])) == []


def test_closing_twice_is_harmless(executor: Executor) -> None:
    list(executor.run([Task(os.getpid)]))

    executor.close()
    executor.close()
