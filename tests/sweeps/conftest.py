import pytest


@pytest.fixture(scope="session", autouse=True)
def runtime(tensorflow_runtime: None) -> None:
    """Networks counted here start TensorFlow, whose thread counts are fixed from then on."""
