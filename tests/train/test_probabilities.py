import numpy as np
import pytest

from bench.errors import NetworkOutputError
from bench.records import Network
from bench.train.probabilities import as_probabilities

NETWORK = Network(architecture="paper_small", width=1.0, input_shape=(10, 10, 1), n_classes=2)


def test_outputs_are_divided_by_their_sum_and_zeros_become_equal_probabilities() -> None:
    probabilities = as_probabilities(np.array([[0, 0], [0.2, 0.6]], np.float32), NETWORK)

    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.25, 0.75]])


@pytest.mark.parametrize("wrong", [-0.5, float("nan"), float("inf")])
def test_outputs_that_are_no_probabilities_are_refused_with_the_value_and_whose_network_it_is(wrong: float) -> None:
    with pytest.raises(NetworkOutputError) as refusal:
        as_probabilities(np.array([[0.2, 0.8], [wrong, 0.5]], np.float32), NETWORK)

    (line,) = str(refusal.value).splitlines()
    assert "paper_small of architectures.paper" in line
    assert f"gave {wrong:g};" in line
