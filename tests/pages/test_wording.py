import pandas as pd
import pytest

from bench.pages.wording import reasons


@pytest.mark.parametrize(
    ("n_pairs", "which"), [(2, "control 0 and wide; control 1 and wide"), (9, "9 pairs, \N{EN DASH} in the table")]
)
def test_pairs_without_a_test_are_named_while_they_are_few(n_pairs: int, which: str) -> None:
    first = [f"control {number}" for number in range(n_pairs)]
    table = pd.DataFrame({"first": first, "second": 0, "why_no_t_test": "all are 0", "why_no_mcnemar": None})
    assert list(reasons(table, {0: "wide"})) == [f"No t test for {which}: all are 0."]
