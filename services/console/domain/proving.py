"""The proof of a ledger entry, computed again from its raw bytes, step by step.

Entry → chain → the stream's head → its leaf → path → root → signed checkpoint. Everything here
follows from the documented format alone (docs/architecture.md); none of it is the ledger's code.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LEAF: Final = b"\x00"
NODE: Final = b"\x01"
"""Prefixes that keep leaves and nodes apart (RFC 9162, 2.1.1)."""
PATH_MAX: Final = 64
LINKS_SHOWN: Final = 12
"""Links of the chain that are listed; all are computed."""

Verify = Callable[[bytes, bytes], bool]
"""Whether the public key has made this signature over this text."""


@dataclass(frozen=True)
class Link:
    """One entry's hash, computed from its bytes and the hash before."""

    sequence: int
    position: int
    recorded_ms: int
    type: str
    publisher: str
    size: int
    """Bytes of the event."""
    event_sha256: str
    hash: str


@dataclass(frozen=True)
class Climb:
    """One step from the leaf towards the root."""

    left: bool
    """Whether what stands beside it is on the left."""
    sibling: str
    hash: str


@dataclass(frozen=True)
class Checked:
    """What was computed, and where it agrees with what was signed."""

    previous: str
    links: tuple[Link, ...]
    leaf_text: str
    leaf: str
    path: tuple[Climb, ...]
    root: str | None
    """None: the path does not fit the tree."""
    signed_root: str
    listed: str | None
    """Hash that the ledger lists for the entry; None: it was not asked."""
    signature: bool | None
    """Whether the key that was given made the signature; None: no key was given."""
    checkpoint: Mapping[str, Any]
    text: str
    """What was signed."""

    @property
    def event_agrees(self) -> bool:
        """Whether the entry's own hash is the one that the ledger lists."""
        return self.listed is None or self.links[0].hash == self.listed

    @property
    def root_agrees(self) -> bool:
        """Whether the way up ends at the root that was signed."""
        return self.root is not None and self.root == self.signed_root

    @property
    def proved(self) -> bool:
        """Whether everything agrees."""
        return self.event_agrees and self.root_agrees and self.signature is True


def check(
    proof: Mapping[str, Any], raw: bytes, listed: str | None, verify: Verify | None
) -> Checked:
    """Compute all steps of a proof; `raw`: the entry's bytes as the ledger lists them."""
    links = _links(proof, raw)
    head = links[-1]
    leaf_text = f"stream {proof['partition']} {head.sequence} {head.hash} {proof['stream']}"
    leaf = hashlib.sha256(LEAF + leaf_text.encode()).digest()
    checkpoint = proof["checkpoint"]
    steps, root = climb(leaf, proof["leaf"], checkpoint["leaves"], proof["path"][:PATH_MAX])
    text = signed_text(checkpoint)
    signature = None if verify is None else verify(_bytes(checkpoint["signature"]), text.encode())
    return Checked(
        previous=proof["previous"],
        links=tuple(links),
        leaf_text=leaf_text,
        leaf=leaf.hex(),
        path=tuple(steps),
        root=None if root is None else root.hex(),
        signed_root=checkpoint["root"],
        listed=listed,
        signature=signature,
        checkpoint=checkpoint,
        text=text,
    )


def _links(proof: Mapping[str, Any], raw: bytes) -> list[Link]:
    found: list[Link] = []
    previous = str(proof["previous"])
    for number, link in enumerate(proof["links"]):
        content = link["event"].encode()
        if number == 0 and content.strip() != raw:
            # White space around an event is its own, and no JSON answer keeps it.
            content = raw
        found.append(linked(previous, link, proof["sequence"] + number, content))
        previous = found[-1].hash
    return found


def linked(previous: str, noted: Mapping[str, Any], sequence: int, raw: bytes) -> Link:
    """Compute an entry's hash from the hash before, what was noted beside it, and its bytes."""
    position, recorded = noted["position"], noted["recorded_ms"]
    beside = f"{position} {recorded} {noted['type']} {noted['publisher']}\n"
    hashed = hashlib.sha256(_bytes(previous) + beside.encode() + raw).hexdigest()
    return Link(
        sequence,
        position,
        recorded,
        noted["type"],
        noted["publisher"],
        len(raw),
        hashlib.sha256(raw).hexdigest(),
        hashed,
    )


def climb(
    leaf: bytes, index: int, size: int, path: Sequence[str]
) -> tuple[list[Climb], bytes | None]:
    """Go from a leaf's hash to the root (RFC 9162, 2.1.3.2); None where the path does not fit."""
    found: list[Climb] = []
    if not 0 <= index < size:
        return found, None
    at, last, hashed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return found, None
        left = bool(at & 1) or at == last
        beside = _bytes(sibling)
        pair = beside + hashed if left else hashed + beside
        hashed = hashlib.sha256(NODE + pair).digest()
        found.append(Climb(left, sibling, hashed.hex()))
        while left and not at & 1 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return found, hashed if last == 0 else None


def signed_text(checkpoint: Mapping[str, Any]) -> str:
    """Write what a checkpoint's signature covers: seven lines."""
    names = ("number", "previous", "made", "positions", "leaves", "root")
    lines = "".join(f"{name} {checkpoint[name]}\n" for name in names)
    return f"dualwatch ledger checkpoint v1\n{lines}"


def _bytes(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""
