"""How MongoDB is reached: settings that do not fit are told, secrets are never shown."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from deploy.local.certificates import Authority
from services.chassis.mongo_reasons import in_words
from services.chassis.settings import MongoSettings

PASSWORD = "correct-horse-battery"
URL = "mongodb://a:1,b:2/?replicaSet=rs0"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority with one certificate."""
    made = Authority.of(tmp_path_factory.mktemp("tls"), dt.datetime(2026, 11, 29, tzinfo=dt.UTC))
    made.issue("client")
    return made


def test_the_address_alone_is_enough() -> None:
    """A connection string goes to the driver as it is."""
    assert MongoSettings(url=URL).client == {"host": URL}


def test_user_password_and_trust_need_not_stand_in_it(authority: Authority, tmp_path: Path) -> None:
    """They come from files, and TLS with them."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", "utf-8")
    ca = str(authority.certificate_file)
    found = MongoSettings(url=URL, user="intake", password_file=str(file), ca_file=ca)

    assert found.client == {
        "host": URL,
        "username": "intake",
        "password": PASSWORD,
        "authSource": "admin",
        "tls": True,
        "tlsCAFile": ca,
    }
    assert found.secrets() == [PASSWORD]
    assert PASSWORD not in repr(found)


def test_our_own_certificate_is_shown_where_one_is_asked_for(authority: Authority) -> None:
    """Certificate and key in one file, as the driver reads them."""
    own = str(authority.folder / "client.store.pem")

    assert MongoSettings(url=URL, certificate_file=own).client == {
        "host": URL,
        "tls": True,
        "tlsCertificateKeyFile": own,
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"user": "intake"}, "USER needs PASSWORD_FILE"),
        ({"password": PASSWORD}, "need USER"),
        ({"password": PASSWORD, "password_file": "f", "user": "u"}, "not both"),
        ({"user": "u", "password": PASSWORD, "url": f"mongodb://me:{PASSWORD}@h"}, "not both"),
        ({"password_file": "missing", "user": "u"}, "PASSWORD_FILE missing cannot be read"),
        ({"ca_file": __file__}, "the certificates cannot be used"),
        ({"certificate_file": "missing"}, "the certificates cannot be used"),
    ],
)
def test_what_does_not_fit_is_told_without_the_secret(given: dict[str, Any], told: str) -> None:
    """Before anything is connected."""
    with pytest.raises(ValidationError, match=told) as refused:
        MongoSettings(**given)
    assert PASSWORD not in str(refused.value)


def test_a_password_in_the_address_is_a_secret_too() -> None:
    """Whatever stands in a log is held against it."""
    assert MongoSettings(url="mongodb://me:p%40ss@a:1/").secrets() == ["p@ss"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationFailure("x", 18), "authentication failed"),
        (OperationFailure("x", 13), "our user may not do that"),
        (OperationFailure("x", 1), "OperationFailure"),
        (ServerSelectionTimeoutError("a:1: [Errno 111] Connection refused"), "nobody listens"),
        (ServerSelectionTimeoutError("a:1: connection closed"), "does it want TLS"),
        (
            ServerSelectionTimeoutError("SSL handshake failed: CERTIFICATE_VERIFY_FAILED"),
            "not trusted; see CA_FILE",
        ),
        (ServerSelectionTimeoutError("SSL handshake failed: eof"), "does not speak TLS as we do"),
        (ServerSelectionTimeoutError("who knows"), "ServerSelectionTimeoutError"),
    ],
)
def test_what_keeps_us_out_is_told_in_plain_words(error: Any, words: str) -> None:
    """As readiness shows it."""
    assert words in in_words(error)
