"""Intake and analysis as processes of their own, for those who publish to them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from tests.integration.publishers.client import Client
from tests.support.stack import free_ports_from


@pytest.fixture(scope="session")
def publishing() -> Iterator[Stack]:
    """One stack for all of this folder."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-publishers-") as folder,
        Stack(
            Path(folder) / "data", ports_from=free_ports_from(), services=("intake", "analysis")
        ) as stack,
    ):
        yield stack


@pytest.fixture(scope="session")
def client(publishing: Stack) -> Iterator[Client]:
    """Somebody with the key."""
    with Client(publishing.endpoints()) as made:
        yield made
