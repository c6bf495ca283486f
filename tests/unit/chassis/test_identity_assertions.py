"""What the console says of who stands before it: for a minute, and while the credential is open."""

import base64
import datetime as dt
import hmac
from typing import Any

import jwt
import pytest

from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.chassis.identity import Key, Principal
from services.chassis.identity_assertions import (
    AUDIENCE,
    ISSUER,
    LEEWAY_SECONDS,
    LIFETIME_SECONDS,
    TYPE,
    Asserted,
    Assertions,
)
from services.chassis.identity_keys import Directory

OWN = "the deployment's own key"
CREDENTIAL = "0123456789abcdef"
LI_HUA = Asserted("li-hua", CREDENTIAL)
ASSERTIONS = Assertions(OWN)


def principal(**changes: Any) -> Principal:
    """Describe somebody with a credential."""
    key = Key(CREDENTIAL, "0" * 64, clock.now(), **changes)
    return Principal("li-hua", PrincipalKind.STAFF, frozenset({Role.AUDITOR}), keys=(key,))


def knowing(*known: Principal) -> Directory:
    """Make a service's directory."""
    directory = Directory(OWN)
    for one in known:
        directory.put(one)
    return directory


def signed(asserted: Asserted = LI_HUA, *, ago: float = 0) -> bytes:
    """Say who stands before the console, or did so some seconds ago."""
    return ASSERTIONS.sign(asserted, clock.now() - dt.timedelta(seconds=ago)).encode()


def made(header: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """Sign claims of one's own with the real secret; None leaves one out."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "li-hua",
        "key": CREDENTIAL,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": "x",
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return (
        b"dwa_" + jwt.encode(given, ASSERTIONS._secret, "HS256", header or {"typ": TYPE}).encode()
    )


def test_it_lets_in_whom_it_names() -> None:
    """With the key that it rests on, so that its use is seen."""
    found = knowing(principal()).of_key(signed())

    assert found is not None
    assert ("li-hua", CREDENTIAL) == (found[0].id, found[1].key_id if found[1] else None)
    assert knowing(principal()).of_key(made()) is not None


def test_it_ends_with_the_credential() -> None:
    """Taken back, at its end, with its principal, or where it never was."""
    now = clock.now()
    ended = principal(expires=now - dt.timedelta(seconds=1))

    for directory in (knowing(principal(revoked=now)), knowing(ended), knowing()):
        assert directory.of_key(signed()) is None
        assert directory.still(signed()) is None


def test_a_credential_is_its_owners_alone() -> None:
    """Nobody else's, not the deployment's either."""
    directory = knowing(principal())

    for name in ("wang-wei", "deployment", ""):
        assert directory.of_key(signed(Asserted(name, CREDENTIAL))) is None


def test_it_lives_a_minute() -> None:
    """And as far as clocks may be apart; a stream that was let in goes on."""
    directory = knowing(principal())
    over = signed(ago=LIFETIME_SECONDS + LEEWAY_SECONDS + 2)
    ahead = signed(ago=-LEEWAY_SECONDS - 5)

    assert directory.of_key(signed(ago=LIFETIME_SECONDS + LEEWAY_SECONDS - 5)) is not None
    assert directory.of_key(signed(ago=-LEEWAY_SECONDS + 5)) is not None
    assert directory.of_key(over) is None
    assert directory.still(over) is not None
    assert directory.of_key(ahead) is None


NOW = int(clock.now().timestamp())


WRONG: list[dict[str, Any]] = [
    {"iss": "somebody"},
    {"iss": None},
    {"aud": "another"},
    {"aud": [AUDIENCE, "another"]},
    {"sub": None},
    {"key": None},
    {"key": 7},
    {"jti": None},
    {"iat": None},
    {"exp": None},
    {"exp": NOW + 3_600},
    {"exp": "never"},
    {"iat": NOW + 600, "exp": NOW + 660},
    {"header": {"typ": "JWT"}},
    {"header": {"typ": TYPE, "crit": ["x"], "x": 1}},
]


# Never by the time: two processes side by side must collect the same tests.
@pytest.mark.parametrize(
    "changes", WRONG, ids=[f"{number}-{'-'.join(each)}" for number, each in enumerate(WRONG)]
)
def test_anything_else_is_none(changes: dict[str, Any]) -> None:
    """Even if the secret is right."""
    assert knowing(principal()).of_key(made(**changes)) is None


def test_nobody_else_signs_one() -> None:
    """Another deployment, nobody, another algorithm, changed ones, nonsense."""
    directory = knowing(principal())
    head, body, signature = signed().removeprefix(b"dwa_").split(b".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"dwa+jwt"}').rstrip(b"=")
    by_key = hmac.digest(OWN.encode(), head + b"." + body, "sha256")
    forged = [
        Assertions("another deployment's key").sign(LI_HUA, clock.now()).encode(),
        b"dwa_" + unsigned + b"." + body + b".",
        b"dwa_"
        + jwt.encode({"sub": "li-hua"}, ASSERTIONS._secret.ljust(64, b"\0"), "HS512").encode(),
        b"dwa_" + b".".join([head, body, base64.urlsafe_b64encode(by_key).rstrip(b"=")]),
        b"dwa_" + b".".join([head, body[:-4] + b"AAAA", signature]),
        signed().removeprefix(b"dwa_"),
        b"dwa_",
        b"dwa_\xff\xfe..",
        b"dwa_" + b"." * 5_000,
    ]

    assert [] == [token for token in forged if directory.of_key(token) is not None]


def test_a_deployments_key_may_begin_as_it_likes() -> None:
    """It is looked at first."""
    own = "dwa_" + "x" * 20

    found = Directory(own).of_key(own.encode())
    assert found is not None
    assert "deployment" == found[0].id
