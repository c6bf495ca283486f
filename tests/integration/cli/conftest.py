"""A real intake for the command: Kafka, MongoDB and intake as processes of their own."""

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from services.cli import main
from services.cli.places import places_of
from services.cli.session import Session
from tests.support.stack import free_ports_from


@dataclass(frozen=True)
class Command:
    """The command, talking to a stack."""

    stack: Stack
    transport: httpx.BaseTransport | None = None

    def __call__(self, *arguments: str) -> Any:
        """Run it with --json and return what it printed; it must end well."""
        out = io.StringIO()
        session = Session(places_of(self.stack.endpoints()), self.transport)
        with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
            main([*arguments, "--json"], session)
        assert 0 == ended.value.code
        return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def dualwatch() -> Iterator[Command]:
    """Return the command on a stack whose only service is intake."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-test-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=("intake",)) as stack,
    ):
        yield Command(stack)
