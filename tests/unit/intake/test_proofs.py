"""Proofs checked without any service: what holds, and everything that must not."""

import copy
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.intake.domain.chain import GENESIS, link
from services.intake.domain.checkpoints import (
    FIRST,
    Checkpoint,
    partition_leaf,
    read_leaf,
    stream_leaf,
)
from services.intake.domain.merkle import Path, leaf_hash
from services.intake.domain.proofs import Link, Proof, ProofError, check, read_proof
from services.intake.store.signing import KeyFileError, Signer, verifier

SIGNER = Signer(Ed25519PrivateKey.generate())
VERIFY = verifier([SIGNER.public_pem])
STREAM = "610100/P 1"
KIND = "dualwatch.expenditure.recorded.v1"


def built(sequence: int = 2, length: int = 4, others: int = 5, leaf: int = 3) -> Proof:
    """Prove one entry of a stream among others."""
    hashed, links, before = GENESIS, [], GENESIS
    for number in range(1, length + 1):
        event = json.dumps({"id": number, "项目": "一"}, ensure_ascii=False)
        noted = (number * 3, 1_700_000_000_000 + number, KIND, "demo")
        if number == sequence:
            before = hashed
        hashed = link(hashed, *noted, event.encode())
        links.append(Link(*noted, event))
    leaves = [partition_leaf(number, 40) for number in range(2)]
    leaves += [stream_leaf(f"x{number}", 0, (1, bytes(32))) for number in range(others)]
    leaves.insert(leaf, stream_leaf(STREAM, 1, (length, hashed)))
    path = Path(leaf, len(leaves))
    for each in leaves:
        path.add(leaf_hash(each))
    unsigned = Checkpoint(
        number=7,
        previous=FIRST,
        made="2026-11-29T12:00:00.000+00:00",
        positions="40-40",
        leaves=len(leaves),
        root=path.root().hex(),
        key=SIGNER.key_id,
    )
    return Proof(
        stream=STREAM,
        partition=1,
        sequence=sequence,
        previous=before.hex(),
        links=links[sequence - 1 :],
        leaf=leaf,
        path=[each.hex() for each in path.hashes()],
        checkpoint=msgspec.structs.replace(unsigned, signature=SIGNER.sign(unsigned.text)),
    )


@pytest.mark.parametrize("sequence", range(1, 5))
def test_an_entry_leads_to_the_signature(sequence: int) -> None:
    """Also after the way over a file."""
    found = check(read_proof(msgspec.json.encode(built(sequence))), VERIFY)

    assert (STREAM, sequence, sequence * 3, 7) == (
        found.stream,
        found.sequence,
        found.position,
        found.checkpoint,
    )


CHANGES: dict[str, Any] = {
    "event": lambda p: p["links"][0].update(event='{"id":"9"}'),
    "following event": lambda p: p["links"][1].update(event="{}"),
    "publisher": lambda p: p["links"][0].update(publisher="other"),
    "recorded": lambda p: p["links"][0].update(recorded_ms=1),
    "type": lambda p: p["links"][0].update(type="dualwatch.day.opened.v1"),
    "position": lambda p: p["links"][0].update(position=1),
    "an entry removed": lambda p: p["links"].pop(1),
    "the head removed": lambda p: p["links"].pop(),
    "an entry doubled": lambda p: p["links"].append(p["links"][-1]),
    "no entry": lambda p: p["links"].clear(),
    "sequence": lambda p: p.update(sequence=1),
    "stream": lambda p: p.update(stream="610100/P2"),
    "partition": lambda p: p.update(partition=0),
    "previous": lambda p: p.update(previous="1" * 64),
    "leaf": lambda p: p.update(leaf=2),
    "path": lambda p: p["path"].reverse(),
    "path cut": lambda p: p["path"].pop(),
    "root": lambda p: p["checkpoint"].update(root="1" * 64),
    "leaves": lambda p: p["checkpoint"].update(leaves=9),
    "positions": lambda p: p["checkpoint"].update(positions="40-41"),
    "made": lambda p: p["checkpoint"].update(made="2026-11-28T12:00:00.000+00:00"),
    "number": lambda p: p["checkpoint"].update(number=8),
    "signature": lambda p: p["checkpoint"].update(signature="00" * 64),
    "no signature": lambda p: p["checkpoint"].update(signature="zz"),
    "key": lambda p: p["checkpoint"].update(key="0" * 16),
    "a field of its own": lambda p: p.update(note="trust me"),
    # Bytes of the event must not pass for what was noted beside it, nor the other way round.
    "newline in a name": lambda p: p["links"][0].update(publisher="demo\nx"),
    "space in a type": lambda p: p["links"][0].update(type=f"{KIND} demo"),
    "newline in a hash": lambda p: p.update(previous=p["previous"] + "\n"),
    "another format": lambda p: p.update(format="v2"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_breaks_it(change: str) -> None:
    """Every single field counts."""
    found = copy.deepcopy(json.loads(msgspec.json.encode(built())))
    CHANGES[change](found)

    with pytest.raises(ProofError):
        check(read_proof(json.dumps(found).encode()), VERIFY)


def test_another_key_signs_nothing() -> None:
    """Whoever changes the ledger can sign as well, but not with the key that is trusted."""
    other = Signer(Ed25519PrivateKey.generate())
    proof = built()
    resigned = msgspec.structs.replace(
        proof.checkpoint, key=other.key_id, signature=other.sign(proof.checkpoint.text)
    )

    with pytest.raises(ProofError, match="signature"):
        check(msgspec.structs.replace(proof, checkpoint=resigned), VERIFY)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"stream": 1}'])
def test_what_is_no_proof_is_told(content: bytes) -> None:
    """Never a crash."""
    with pytest.raises(ProofError, match="no proof"):
        read_proof(content)


def test_a_key_of_another_kind_is_refused() -> None:
    """And what is no key at all."""
    with pytest.raises(KeyFileError):
        verifier([b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])


def test_leaves_are_read_as_they_are_written() -> None:
    """Names may hold spaces."""
    leaf = read_leaf(stream_leaf(STREAM, 3, (5, bytes(range(32)))))

    assert leaf is not None
    assert (STREAM, 3, (5, bytes(range(32)))) == (leaf.stream, leaf.partition, leaf.head)
    assert read_leaf(partition_leaf(0, 7)) is None
    with pytest.raises(ValueError, match="leaf"):
        read_leaf(b"other 0 1 " + b"00" * 32 + b" x")
