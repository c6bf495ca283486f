"""Assertions: the console tells the services, for a minute, who stands before it.

A session holds a principal's id and a *credential*: a key of that principal whose secret is
nobody's. For each page the console signs an assertion that names both; a service lets it in if
the principal is known and the credential is open, so that whatever ends the credential (another
password, a key or a principal that is revoked) ends the session everywhere within about a second.
The secret comes from the deployment's own key, which console and services hold alike.
"""

import datetime as dt
import secrets
from typing import Any, Final, NamedTuple

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX: Final = b"dwa_"
PURPOSE: Final = b"dualwatch console assertion"
SECRET_BYTES: Final = 32
ALGORITHM: Final = "HS256"
TYPE: Final = "dwa+jwt"
"""So that no JWT that was made for something else is taken for an assertion."""
ISSUER: Final = "dualwatch-console"
AUDIENCE: Final = "dualwatch"
LIFETIME_SECONDS: Final = 60
LEEWAY_SECONDS: Final = 30
"""How far the clocks of console and services may be apart."""
REQUIRED: Final = ("iss", "aud", "sub", "key", "iat", "exp", "jti")


class Asserted(NamedTuple):
    """Who stands before the console."""

    principal: str
    key_id: str
    """The credential that the session rests on."""


class Assertions:
    """Signs assertions, and reads them."""

    def __init__(self, key: str) -> None:
        """`key` is the deployment's own."""
        derive = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=PURPOSE)
        self._secret = derive.derive(key.encode())

    def sign(self, asserted: Asserted, now: dt.datetime) -> str:
        """Write an assertion that lives LIFETIME_SECONDS."""
        issued = int(now.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": asserted.principal,
            "key": asserted.key_id,
            "iat": issued,
            "exp": issued + LIFETIME_SECONDS,
            "jti": secrets.token_hex(8),
        }
        return PREFIX.decode() + jwt.encode(claims, self._secret, ALGORITHM, {"typ": TYPE})

    def read(self, token: bytes, *, at_any_time: bool = False) -> Asserted | None:
        """Read an assertion; None if it is none of ours, or its minute is over.

        `at_any_time` is for one that was let in before: a stream that goes on.
        """
        if not token.startswith(PREFIX):
            return None
        try:
            found = jwt.decode_complete(
                token.removeprefix(PREFIX),
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": [*REQUIRED],
                    "strict_aud": True,
                    "verify_exp": not at_any_time,
                },
            )
            return _asserted(found["header"], found["payload"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return None


def _asserted(header: dict[str, Any], claims: dict[str, Any]) -> Asserted | None:
    lives = int(claims["exp"]) - int(claims["iat"])
    names = (claims["sub"], claims["key"])
    fits = header.get("typ") == TYPE and "crit" not in header and 0 < lives <= LIFETIME_SECONDS
    return Asserted(*names) if fits and all(isinstance(name, str) for name in names) else None
