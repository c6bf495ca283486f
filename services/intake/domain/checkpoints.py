"""Checkpoints: signed statements of where the whole ledger stood, each naming the one before.

A checkpoint's leaves are lines of text, hashed as RFC 9162 says: first `partition <number>
<position>` for each partition in order, then `stream <partition> <sequence> <hash> <name>` for
each stream's head in the order of the names' UTF-8 bytes. What is signed is `Checkpoint.text`.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Final

import msgspec

from services.intake.domain.chain import Head

FIRST: Final = "0" * 64
"""What the first checkpoint names as the one before."""
KEY_ID_LENGTH: Final = 16
NUMBER_MAX: Final = 999_999_999

# \Z: a dollar would let a newline pass.
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Instant = Annotated[str, msgspec.Meta(pattern=r"^[0-9TZ:.+-]{20,40}\Z")]
Cut = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(-[0-9]+)*\Z")]
Verify = Callable[[str, bytes, bytes], bool]
"""Whether the key of this id has made this signature over this text."""


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the ledger stood at one moment, signed."""

    number: Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
    """From 1, without gaps."""
    previous: Hash
    """Hexadecimal SHA-256 of the text of the checkpoint before; 64 zeros in the first."""
    made: Instant
    """When, as an ISO instant in UTC."""
    positions: Cut
    """The cut: the last position of every partition."""
    leaves: Annotated[int, msgspec.Meta(ge=1)]
    """Partitions and streams under the root."""
    root: Hash
    """Hexadecimal root of the Merkle tree over them."""
    key: str
    """Id of the key that signed: the first 16 hexadecimal digits of SHA-256 of the public key."""
    signature: str = ""
    """Hexadecimal Ed25519 signature over the text."""

    @property
    def text(self) -> bytes:
        """What is signed: seven lines, each ended by a newline."""
        return (
            "dualwatch ledger checkpoint v1\n"
            f"number {self.number}\n"
            f"previous {self.previous}\n"
            f"made {self.made}\n"
            f"positions {self.positions}\n"
            f"leaves {self.leaves}\n"
            f"root {self.root}\n"
        ).encode()

    @property
    def link(self) -> str:
        """What the next checkpoint names as `previous`."""
        return hashlib.sha256(self.text).hexdigest()

    def is_signed(self, verify: Verify) -> bool:
        """Whether its signature is that of a key we know."""
        try:
            signature = bytes.fromhex(self.signature)
        except ValueError:
            return False
        return verify(self.key, signature, self.text)


def key_id(public_key: bytes) -> str:
    """Name a key by its 32 public bytes."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_LENGTH]


def partition_leaf(partition: int, position: int) -> bytes:
    """Write a partition's leaf."""
    return f"partition {partition} {position}".encode()


def stream_leaf(stream: str, partition: int, head: Head) -> bytes:
    """Write the leaf of a stream's head; the name comes last, for it may hold spaces."""
    return f"stream {partition} {head[0]} {head[1].hex()} {stream}".encode()


class Leaf(msgspec.Struct, frozen=True):
    """A stream's leaf, read."""

    stream: str
    partition: int
    head: Head


def read_leaf(line: bytes) -> Leaf | None:
    """Read a leaf; None if it is a partition's. ValueError if it is neither."""
    kind, _, rest = line.decode().partition(" ")
    if kind == "partition":
        return None
    partition, sequence, hashed, stream = rest.split(" ", 3)
    if kind != "stream":
        msg = f"not a leaf: {line[:80]!r}"
        raise ValueError(msg)
    return Leaf(stream, int(partition), (int(sequence), bytes.fromhex(hashed)))
