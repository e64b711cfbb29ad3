import pytest

from architectures import registry


@pytest.fixture(scope="session", autouse=True)
def runtime(tensorflow_runtime: None) -> None:
    """Configure TensorFlow before a network built here starts it and fixes its thread counts."""


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what a test registers after the test."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
