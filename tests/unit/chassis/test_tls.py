"""Services that speak HTTPS: who is trusted, who is not, and settings that do not fit."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from deploy.local.certificates import Authority
from services.chassis.runner import Server
from services.chassis.service import HttpService
from services.chassis.settings import ServiceSettings
from services.chassis.settings_tls import TlsSettings
from services.cli.errors import CliError
from services.cli.places import trusted
from tests.support.eventually import eventually_async

DAY = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority with a service's certificate, valid now."""
    made = Authority.of(tmp_path_factory.mktemp("tls"), DAY)
    made.issue("intake", ("intake-1",))
    return made


@pytest.fixture
def tls(authority: Authority) -> TlsSettings:
    """Settings of a service with a certificate."""
    folder = authority.folder
    return TlsSettings(
        certificate_file=str(folder / "intake.pem"),
        certificate_key_file=str(folder / "intake.key"),
        ca_file=str(authority.certificate_file),
    )


@pytest.fixture
async def url(tls: TlsSettings) -> AsyncIterator[str]:
    """Serve an empty service by HTTPS."""
    service = HttpService(ServiceSettings(key="a key of sufficient length"), "Test", "1.0.0")
    server = Server(service, "127.0.0.1", 0, **tls.server)
    serving = asyncio.create_task(server.serve())
    await eventually_async(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"https://127.0.0.1:{port}/livez"
    server.should_exit = True
    await serving


@pytest.mark.enable_socket
async def test_whoever_trusts_the_authority_is_answered(url: str, tls: TlsSettings) -> None:
    """By HTTPS, and not at all in the clear."""
    async with httpx.AsyncClient(verify=tls.trust, trust_env=False) as client:
        assert (await client.get(url)).status_code == httpx.codes.OK
        with pytest.raises(httpx.TransportError):
            await client.get(url.replace("https", "http"))


@pytest.mark.enable_socket
async def test_a_stranger_is_not_trusted(url: str, tmp_path: Path) -> None:
    """A certificate of another authority ends the connection."""
    other = TlsSettings(ca_file=str(Authority.of(tmp_path, DAY).certificate_file))
    async with httpx.AsyncClient(verify=other.trust, trust_env=False) as client:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(url)


def test_nothing_is_encrypted_unless_it_is_asked_for() -> None:
    """The embedded default speaks HTTP on loopback."""
    assert TlsSettings().server == {}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("certificate_key_file", "", "belong together"),
        ("certificate_key_file", "missing", "cannot be used"),
        ("ca_file", __file__, "cannot be used"),
    ],
)
def test_what_does_not_fit_is_told(tls: TlsSettings, name: str, value: str, told: str) -> None:
    """Before anything listens."""
    with pytest.raises(ValidationError, match=told):
        TlsSettings(**{**tls.model_dump(), name: value})


def test_commands_trust_what_they_are_told(authority: Authority) -> None:
    """The machine's certificates otherwise; a file that is none is told."""
    file = str(authority.certificate_file)

    assert trusted({}) is True
    assert isinstance(trusted({"DUALWATCH_TLS__CA_FILE": file}), ssl.SSLContext)
    with pytest.raises(CliError, match="cannot be used"):
        trusted({"DUALWATCH_TLS__CA_FILE": __file__})
