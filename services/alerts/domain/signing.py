"""Signatures of webhooks as Standard Webhooks has them (v1: HMAC-SHA256)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
SECRET_BYTES_MIN: Final = 24
SECRET_BYTES_MAX: Final = 64
"""As the standard bounds them."""
TOLERANCE_SECONDS: Final = 300
"""How old a message may be that is verified: older ones were recorded and sent again."""
ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
SCHEME: Final = "v1"


def secret_text(key: bytes) -> str:
    """Write a secret as its receiver is told it."""
    return PREFIX + base64.b64encode(key).decode()


def read_secret(text: str) -> bytes:
    """Read a secret; ValueError if it is none."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = "a secret is whsec_ and base64"
        raise ValueError(msg) from error
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        msg = f"a secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes"
        raise ValueError(msg)
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message; `timestamp` is in seconds since 1970 UTC."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return f"{SCHEME},{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def headers_of(
    keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Give the headers of a message, signed with every valid key."""
    signatures = [signature(key, message_id, timestamp, body) for key in keys]
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(signatures),
    }


def verifies(key: bytes, headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Tell whether a message is genuine and fresh, as a receiver does."""
    try:
        timestamp = int(headers[TIMESTAMP_HEADER])
        given = headers[SIGNATURE_HEADER].split(" ")
        wanted = signature(key, headers[ID_HEADER], timestamp, body).encode()
    except (KeyError, ValueError):
        return False
    fresh = abs(now - timestamp) <= TOLERANCE_SECONDS
    return fresh and any(hmac.compare_digest(wanted, one.encode()) for one in given)
