"""A real intake for the command, on Kafka and MongoDB, all processes of their own."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.command import command


@dataclass(frozen=True)
class Command:
    """The command, talking to a stack."""

    stack: Stack
    transport: httpx.BaseTransport | None = None

    def __call__(self, *arguments: str) -> Any:
        """Run it with --json and return what it printed; it must end well."""
        return command(self.stack, *arguments, transport=self.transport)


@pytest.fixture(scope="module")
def dualwatch(whole_stack: Stack) -> Command:
    """Return the command on the stack that others use as well."""
    return Command(whole_stack)
