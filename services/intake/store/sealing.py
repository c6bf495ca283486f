"""Sealing what people's numbers may stand in: AES-256-GCM under a key made from a secret."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis import clock

NONCE_BYTES: Final = 12


class Seal:
    """Closes and opens; without the secret nobody reads what the database holds."""

    def __init__(self, secret: str) -> None:
        """Everything sealed under a secret can be opened under the same one only."""
        key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"file rejects").digest()
        self._cipher = AESGCM(key)

    def close(self, plain: bytes, name: str) -> bytes:
        """Seal bytes; they open under the same name only."""
        # 12 of 16 random bytes: a file has a few thousand parts at most.
        nonce = clock.new_id()[:NONCE_BYTES]
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def open(self, sealed: bytes, name: str) -> bytes:
        """Open what was sealed under this name."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
