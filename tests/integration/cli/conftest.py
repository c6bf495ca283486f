"""A real intake for the command: Kafka, MongoDB and intake as processes of their own."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.command import command
from tests.support.stack import free_ports_from


@dataclass(frozen=True)
class Command:
    """The command, talking to a stack."""

    stack: Stack
    transport: httpx.BaseTransport | None = None

    def __call__(self, *arguments: str) -> Any:
        """Run it with --json and return what it printed; it must end well."""
        return command(self.stack, *arguments, transport=self.transport)


@pytest.fixture(scope="module")
def dualwatch() -> Iterator[Command]:
    """Return the command on a stack whose only service is intake."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-test-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=("intake",)) as stack,
    ):
        yield Command(stack)
