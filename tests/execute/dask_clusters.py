"""Dask clusters for tests."""

from collections.abc import Iterator

import pytest
from distributed import LocalCluster


@pytest.fixture(scope="session")
def scheduler_address() -> Iterator[str]:
    """A cluster of two workers that are threads of this process. Their children are processes, as everywhere."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address
