"""How Kafka is reached: settings that do not fit are told, secrets are never shown."""

import datetime as dt
import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from faststream.kafka import KafkaBroker
from faststream.kafka.security import parse_security
from faststream.security import SASLScram512
from pydantic import ValidationError

from deploy.local.certificates import Authority
from services.chassis.publisher import Publisher
from services.chassis.settings import EXIT_CONFIG, KafkaSettings, ServiceSettings, load
from tests.architecture.repository import ROOT

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority with one certificate."""
    folder = tmp_path_factory.mktemp("tls")
    made = Authority.of(folder, dt.datetime(2026, 11, 29, tzinfo=dt.UTC))
    made.issue("client")
    return made


CLIENTS = re.compile(r"(?:AIOKafka(?:Producer|Consumer|AdminClient|Client)|KafkaBroker)\((?=\S|\n)")
"""Where a client of Kafka is made."""
HOW = re.compile(r"\s*(?:\*\*(?:self\.)?settings\.client,|self\.settings\.servers,\s+security=)")


def secured(authority: Authority, **changes: Any) -> KafkaSettings:
    """Make settings with SASL and TLS."""
    given = {
        "bootstrap_servers": "a:1,b:2",
        "security_protocol": "SASL_SSL",
        "user": "intake",
        "password": PASSWORD,
        "ca_file": str(authority.certificate_file),
    }
    return KafkaSettings(**{**given, **changes})


def test_every_client_is_made_with_these_settings() -> None:
    """One that is not would be shut out by a secured Kafka."""
    files = [(file, file.read_text("utf-8")) for file in (ROOT / "services").rglob("*.py")]
    made = [(file, text, found.end()) for file, text in files for found in CLIENTS.finditer(text)]

    assert len(made) >= 4
    assert [] == [file for file, text, end in made if not HOW.match(text, end)]


def test_nothing_is_secured_unless_it_is_asked_for() -> None:
    """The embedded default speaks in the clear, on loopback."""
    found = KafkaSettings(bootstrap_servers="a:1, b:2")

    assert found.client == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }
    assert found.security is None


def test_clients_get_user_password_and_trust(authority: Authority) -> None:
    """The same for aiokafka's clients and for FastStream's broker."""
    found = secured(authority)
    client = found.client
    context = client.pop("ssl_context")

    assert client == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "intake",
        "sasl_plain_password": PASSWORD,
    }
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert isinstance(found.security, SASLScram512)
    same = parse_security(found.security)
    assert (same["sasl_plain_username"], same["sasl_plain_password"]) == ("intake", PASSWORD)


def test_a_certificate_of_ours_needs_no_password(authority: Authority) -> None:
    """Mutual TLS: SSL with certificate and key."""
    found = secured(
        authority,
        security_protocol="ssl",
        user="",
        password="",
        certificate_file=str(authority.folder / "client.pem"),
        certificate_key_file=str(authority.folder / "client.key"),
    )

    assert set(found.client) == {"bootstrap_servers", "security_protocol", "ssl_context"}
    assert found.security is not None
    assert found.security.use_ssl


def test_the_password_may_stand_in_a_file(authority: Authority, tmp_path: Path) -> None:
    """Read anew for each client, so that it can be changed there."""
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    found = secured(authority, password="", password_file=str(file))
    first = found.client["sasl_plain_password"]
    file.write_text("another", encoding="utf-8")

    assert (first, found.client["sasl_plain_password"]) == (PASSWORD, "another")


def test_no_secret_is_ever_shown(authority: Authority) -> None:
    """Not by the settings, nor by what is made of them."""
    kafka = secured(authority)
    settings = ServiceSettings(key="a-key-that-nobody-sees", kafka=kafka)
    shown = [repr(settings), str(settings), repr(kafka), repr(kafka.security)]
    shown += [repr(Publisher(kafka)), repr(KafkaBroker("a:1", security=kafka.security))]
    shown.append(kafka.model_dump_json())

    assert not [text for text in shown if PASSWORD in text or "nobody-sees" in text]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"user": ""}, "needs USER"),
        ({"password": ""}, "needs PASSWORD_FILE or PASSWORD"),
        ({"password_file": "/nowhere"}, "not both"),
        ({"password": "", "password_file": "/nowhere"}, "PASSWORD_FILE /nowhere cannot be read"),
        ({"security_protocol": "SSL"}, "USER and PASSWORD are not used"),
        ({"security_protocol": "PLAINTEXT"}, "CA_FILE and CERTIFICATE_FILE are not used"),
        ({"ca_file": "/nowhere"}, "the certificates cannot be used"),
        ({"ca_file": __file__}, "the certificates cannot be used"),
        ({"certificate_file": "/nowhere"}, "belong together"),
        (
            {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "ca_file": ""},
            "in the clear",
        ),
        ({"security_protocol": "TLS"}, "PLAINTEXT"),
        ({"sasl_mechanism": "GSSAPI"}, "SCRAM-SHA-512"),
    ],
)
def test_what_does_not_fit_is_refused(
    authority: Authority, changes: dict[str, str], told: str
) -> None:
    """In plain words, by the variables' names, without the password."""
    with pytest.raises(ValidationError) as refused:
        secured(authority, **changes)

    assert told in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_wrong_settings_end_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 78, all that is wrong at once, and no password."""
    monkeypatch.setenv("DUALWATCH_KEY", "a key of sufficient length")
    monkeypatch.setenv("DUALWATCH_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("DUALWATCH_KAFKA__PASSWORD", PASSWORD)
    monkeypatch.setenv("DUALWATCH_KAFKA__CA_FILE", "/nowhere")
    with pytest.raises(SystemExit) as ended:
        load(ServiceSettings)
    told = capsys.readouterr().err

    assert ended.value.code == EXIT_CONFIG
    assert "DUALWATCH_KAFKA__…: SASL_SSL needs USER; the certificates cannot be used" in told
    assert PASSWORD not in told
