"""Whether a service runs while its databases are to be restored."""

import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
import pytest

from services.cli.backup_work import is_running
from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.places import Service

UNTRUSTED: Final = httpx.ConnectError("not trusted")
UNTRUSTED.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
REFUSED: Final = httpx.ConnectError("refused")
REFUSED.__cause__ = ConnectionRefusedError()


def failing(cause: Exception | None) -> Callable[..., Any]:
    """Make a look at a service that gets no answer."""

    def look(*_: object) -> None:
        message = "no answer"
        raise CliError(message, ExitCode.UNREACHABLE) from cause

    return look


FOUND: Final[dict[str, tuple[Callable[..., Any], bool]]] = {
    "not ready": (lambda *_: httpx.Response(503), True),
    "busy": (failing(httpx.ReadTimeout("busy")), True),
    "of TLS alone": (failing(httpx.RemoteProtocolError("it speaks TLS")), True),
    "not trusted": (failing(UNTRUSTED), True),
    "nobody": (failing(REFUSED), False),
    "no way": (failing(httpx.ConnectTimeout("nobody")), False),
    "without an address": (failing(None), False),
}


@pytest.mark.parametrize(("look", "found"), FOUND.values(), ids=FOUND)
def test_whoever_listens_runs(look: Callable[..., Any], *, found: bool) -> None:
    """A restore beneath one that is merely slow would be written over by it."""
    client = cast("Client", SimpleNamespace(look=look))

    assert is_running(client, Service.INTAKE) is found
