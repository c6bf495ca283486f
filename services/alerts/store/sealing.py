"""Secrets of webhooks at rest: sealed (AES-GCM) with a key made from the deployment's own.

Whoever reads the database alone can sign nothing. With another DUALWATCH_KEY what was sealed stays
shut: such a subscription says so, and its owner draws a new secret.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
PURPOSE: Final = b"dualwatch webhook secrets v1"


class UnreadableError(Exception):
    """It was sealed with another key, or for another subscription."""


class Seal:
    """Seals and opens secrets."""

    def __init__(self, key: str) -> None:
        """`key` is the deployment's own."""
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(key.encode())
        self._cipher = AESGCM(derived)

    def close(self, secret: bytes, subscription: str) -> bytes:
        """Seal a secret: it opens for this subscription only."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, subscription.encode())

    def open(self, sealed: bytes, subscription: str) -> bytes:
        """Open it; UnreadableError if it was not sealed by us for it."""
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], subscription.encode()
            )
        except InvalidTag as error:
            raise UnreadableError(subscription) from error
