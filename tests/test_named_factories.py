from collections.abc import Callable

import pytest

from bench.errors import UnknownNameError
from bench.named_factories import NamedFactories

Kitchen = NamedFactories[Callable[[], object]]


def oven() -> str:
    """Bakes."""
    return "bread"


def undescribed() -> None: ...


@pytest.fixture
def factories() -> Kitchen:
    made: Kitchen = NamedFactories("kitchen")
    made.register(oven)
    return made


def test_a_function_is_found_under_its_own_name_and_unchanged(factories: Kitchen) -> None:
    assert factories.names() == ("oven",)
    assert factories.get("oven") is oven


def test_an_unknown_name_is_refused_with_the_nearest_and_all_that_there_are(factories: Kitchen) -> None:
    with pytest.raises(UnknownNameError, match=r"each kitchen .* 'ovn', did you mean oven\?; registered: oven"):
        factories.get("ovn")


def test_a_taken_name_and_a_function_without_a_docstring_are_refused(factories: Kitchen) -> None:
    with pytest.raises(ValueError, match="oven is taken"):
        factories.register(oven)
    with pytest.raises(ValueError, match="undescribed has none"):
        factories.register(undescribed)
