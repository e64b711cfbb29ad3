import pytest

from architectures import registry


@pytest.fixture(scope="session", autouse=True)
def runtime(tensorflow_runtime: None) -> None:
    """Networks built here start TensorFlow, whose thread counts are fixed from then on."""


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
