"""Over https: the connection goes to the checked address, the certificate is the host's."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.alerts.delivery.guard import Guard
from services.alerts.delivery.webhooks import Sender
from services.alerts.domain.addresses import AddressRules
from services.alerts.domain.delivery import Outcome
from tests.support.receiving import Receiver

pytestmark = pytest.mark.integration
HOST = "hooks.example.test"
RULES = AddressRules(networks=(ipaddress.ip_network("127.0.0.0/8"),), ports=(range(1_024, 65_536),))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for the host, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the machine's own clock judges it
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "host.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def resolved(*hosts: str) -> Iterator[Guard]:
    """Make a guard for which these hosts are on this machine."""
    guard = Guard(RULES, lambda host, _port: ["127.0.0.1"] if host in hosts else [])
    yield guard
    guard.close()


async def test_the_certificate_is_checked_for_the_host_at_the_checked_address(
    certificate: Path,
) -> None:
    """Another name at the same address is not believed, nor one that nobody trusts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    receiver = Receiver(answer_body=b"x" * 100_000)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    with resolved(HOST, "other.example.test") as guard:
        trusting, plain = Sender(guard, str(certificate)), Sender(guard)
        url = f"https://{HOST}:{port}/x"
        taken = await trusting.send(url, {"webhook-id": "1"}, b"{}")
        other = await trusting.send(f"https://other.example.test:{port}/x", {}, b"{}")
        untrusted = await plain.send(url, {}, b"{}")
        nobody = await trusting.send(f"https://gone.example.test:{port}/x", {}, b"{}")
        await trusting.close()
        await plain.close()
    server.close()
    for task in receiver.tasks:
        task.cancel()
    await asyncio.gather(*receiver.tasks, return_exceptions=True)

    assert (Outcome.DELIVERED, 200) == (taken.outcome, taken.status)
    assert ["tls", "tls", "forbidden_address"] == [one.error for one in (other, untrusted, nobody)]
    (received,) = receiver.received
    assert f"{HOST}:{port}" == received.headers["host"]
