"""The command in this process, talking to a stack: a second of imports less than a process."""

import contextlib
import io
import json
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from services.cli import main
from services.cli.places import places_of
from services.cli.session import Session


def command(
    stack: Stack, *words: str, exit_code: int = 0, transport: httpx.BaseTransport | None = None
) -> Any:
    """Run it with --json and return what it printed; it must end with this exit code."""
    out = io.StringIO()
    session = Session(places_of(stack.endpoints()), transport)
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
        main([*words, "--json"], session)
    assert exit_code == ended.value.code, out.getvalue()
    return json.loads(out.getvalue())
