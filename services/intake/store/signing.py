"""Ed25519 keys of checkpoints: the private one signs, everybody may check with the public one."""

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from services.intake.domain.checkpoints import Verify, key_id


class KeyFileError(Exception):
    """A file does not hold the key it should; starting again will not help."""


class Signer:
    """Signs checkpoints."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """`key` is never shown."""
        self._key = key
        self.public_pem = key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = key_id(_raw(key.public_key()))

    def sign(self, text: bytes) -> str:
        """Sign; the signature is hexadecimal."""
        return self._key.sign(text).hex()


def verifier(keys: Iterable[bytes]) -> Verify:
    """Make the check of signatures by any of these public keys (PEM); KeyFileError if one is none.

    A signature by a key that is not among them is not valid.
    """
    known: dict[str, Ed25519PublicKey] = {}
    for pem in keys:
        try:
            key = load_pem_public_key(pem)
        except ValueError as error:
            msg = f"not a public key (PEM): {error}"
            raise KeyFileError(msg) from error
        if not isinstance(key, Ed25519PublicKey):
            msg = "a public key, but none of Ed25519"
            raise KeyFileError(msg)
        known[key_id(_raw(key))] = key

    def verify(key_id: str, signature: bytes, text: bytes) -> bool:
        key = known.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    return verify


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
