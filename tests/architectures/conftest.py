import pytest


@pytest.fixture(scope="session", autouse=True)
def runtime(tensorflow_runtime: None) -> None:
    """Configure TensorFlow before a network built here starts it and fixes its thread counts."""
