"""Intake and analysis as processes of their own, for those who publish to them."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack
from tests.integration.publishers.client import Client


@pytest.fixture(scope="session")
def publishing(whole_stack: Stack) -> Stack:
    """Use the stack that others use as well; what is published here is about 610100 and J71…."""
    return whole_stack


@pytest.fixture(scope="session")
def client(publishing: Stack) -> Iterator[Client]:
    """Somebody with the key."""
    with Client(publishing.endpoints()) as made:
        yield made
