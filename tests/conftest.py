from pathlib import Path

import pytest
from hypothesis import settings

from architectures import registry

# The time that an example takes depends on other programs on the machine, not on the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def tensorflow_runtime() -> None:
    """TensorFlow configured as in a training worker: one intra-op thread, deterministic operators."""
    from bench.train.tensorflow_backend.runtime import configure

    configure(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the decoded images of a test out of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BENCH_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what a test registers after the test."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
