"""The proof that an entry is in the ledger, and its check: no database, nobody to be asked.

Entry → chain → head → Merkle path → root → signature. Whoever holds the proof and the public key
can check it alone, with any SHA-256 and any Ed25519.
"""

import hashlib
from typing import Annotated, Final, Literal

import msgspec

from services.intake.domain.chain import link
from services.intake.domain.checkpoints import Checkpoint, Hash, Verify, stream_leaf
from services.intake.domain.merkle import climb, leaf_hash

FORMAT: Final = "dualwatch.ledger.proof.v1"
PROOF_BYTES_MAX: Final = 64 * 1024 * 1024
"""Largest proof that is read."""
PATH_MAX: Final = 64
"""Longest Merkle path: no tree is higher."""
FOLLOWING_MAX: Final = 10_000
"""Most entries between the one that is proved and its stream's head."""

# A space or a newline in them could make bytes of the event look like what was noted beside it.
Word = Annotated[str, msgspec.Meta(pattern=r"^[^ \n]*\Z")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[^\n]*\Z")]


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that an entry's hash covers beside the hash before."""

    position: int
    recorded_ms: int
    """When it was recorded, milliseconds since 1970 UTC."""
    type: Word
    publisher: Name
    event: str
    """The event's bytes, which are UTF-8, as they came."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That an entry stands in the ledger that a checkpoint signed."""

    stream: Name
    partition: int
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    """Number of the entry in its stream."""
    previous: Hash
    """Hash of the entry before; 64 zeros before the first."""
    links: Annotated[list[Link], msgspec.Meta(min_length=1, max_length=FOLLOWING_MAX)]
    """The entry, and all that follow it up to the head that the checkpoint covers."""
    leaf: int
    """Index of the stream's leaf."""
    path: Annotated[list[Hash], msgspec.Meta(max_length=PATH_MAX)]
    """Hashes beside the way from the leaf to the root."""
    checkpoint: Checkpoint
    format: Literal["dualwatch.ledger.proof.v1"] = FORMAT


class Proved(msgspec.Struct, frozen=True):
    """What a proof proves."""

    stream: str
    sequence: int
    position: int
    event_sha256: str
    checkpoint: int
    made: str
    key: str


class ProofError(Exception):
    """The proof does not prove what it says; the message tells where it breaks."""


def read_proof(content: bytes) -> Proof:
    """Read a proof; ProofError if it is none."""
    if len(content) > PROOF_BYTES_MAX:
        msg = f"a proof has at most {PROOF_BYTES_MAX:,} bytes"
        raise ProofError(msg)
    try:
        return msgspec.json.decode(content, type=Proof)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        msg = f"this is no proof: {error}"
        raise ProofError(msg) from error


def check(proof: Proof, verify: Verify) -> Proved:
    """Check a proof from its entry up to the signature; ProofError if it breaks anywhere."""
    hashed = bytes.fromhex(proof.previous)
    for each in proof.links:
        raw = each.event.encode()
        hashed = link(hashed, each.position, each.recorded_ms, each.type, each.publisher, raw)
    head = (proof.sequence + len(proof.links) - 1, hashed)
    checkpoint = proof.checkpoint
    leaf = leaf_hash(stream_leaf(proof.stream, proof.partition, head))
    path = [bytes.fromhex(sibling) for sibling in proof.path]
    root = climb(leaf, proof.leaf, checkpoint.leaves, path)
    if root is None or root.hex() != checkpoint.root:
        msg = (
            f"entry {proof.sequence} of {proof.stream} does not lead to the root of checkpoint "
            f"{checkpoint.number}: the entry, one that follows it, or the path was changed"
        )
        raise ProofError(msg)
    if not checkpoint.is_signed(verify):
        msg = f"the signature of checkpoint {checkpoint.number} is not that of the public key"
        raise ProofError(msg)
    entry = proof.links[0]
    return Proved(
        proof.stream,
        proof.sequence,
        entry.position,
        hashlib.sha256(entry.event.encode()).hexdigest(),
        checkpoint.number,
        checkpoint.made,
        checkpoint.key,
    )
