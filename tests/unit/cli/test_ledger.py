"""`dualwatch ledger`: proofs, checkpoints, the export and its continuation, rebuilds."""

import json
from pathlib import Path

import httpx
import msgspec
import pytest

from services.intake.store.signing import Signer
from tests.unit.cli.fake_services import FakeServices, problem, run
from tests.unit.intake.test_proofs import SIGNER, STREAM, built

CUT = (1_203, 0, 7)
"""Entries of each partition."""


@pytest.fixture
def services() -> FakeServices:
    """Give services that know where the ledger stands, and all its entries."""
    made = FakeServices()
    made.on("intake", "GET", "/v1/position", {"position": "-".join(map(str, CUT))})
    made.on("intake", "GET", "/v1/entries", page)
    return made


def line(partition: int, position: int) -> bytes:
    """Write one entry as intake does."""
    event = {"id": position, "项目": "一\n二"}
    entry = {"partition": partition, "position": position, "event": json.dumps(event)}
    return msgspec.json.encode(entry) + b"\n"


def page(request: httpx.Request) -> httpx.Response:
    """Answer as intake does."""
    asked = {name: int(value) for name, value in request.url.params.items()}
    last = min(CUT[asked["partition"]], asked["after"] + asked["limit"])
    lines = [line(asked["partition"], number) for number in range(asked["after"] + 1, last + 1)]
    return httpx.Response(200, content=b"".join(lines))


def whole() -> bytes:
    """Write the whole export."""
    return b"".join(
        line(partition, position)
        for partition, last in enumerate(CUT)
        for position in range(1, last + 1)
    )


def test_the_export_is_every_entry_once(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In a file, page by page: never all of it in memory."""
    file = tmp_path / "ledger.jsonl"
    outcome = run(services, capsys, "ledger", "export", "-o", str(file))

    assert (0, True) == (outcome.exit_code, "1,210 entries written" in outcome.err)
    assert whole() == file.read_bytes()
    assert 4 == len(services.asked("/v1/entries"))


@pytest.mark.parametrize("cut_at", [0, 1, 17, 40_000, 80_000, -1, -20])
def test_an_export_that_was_broken_off_goes_on(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path, cut_at: int
) -> None:
    """Wherever it stopped, also within a line, in the first partition or the last."""
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(whole()[:cut_at])

    assert 0 == run(services, capsys, "ledger", "export", "-o", str(file)).exit_code
    assert whole() == file.read_bytes()


def test_a_whole_export_has_nothing_to_add(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Asked again, it asks for no entry."""
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(whole())

    assert "0 entries written" in run(services, capsys, "ledger", "export", "-o", str(file)).err
    assert [] == services.asked("/v1/entries")


@pytest.mark.parametrize("content", [b"something else\n", b"{}\n", b'{"partition": "x"}\n'])
def test_no_other_file_is_written_into(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    """A file that is no export stays as it is."""
    file = tmp_path / "other.txt"
    file.write_bytes(content)
    outcome = run(services, capsys, "ledger", "export", "-o", str(file))

    assert (2, True) == (outcome.exit_code, "is not an export" in outcome.err)
    assert content == file.read_bytes()


def test_entries_that_are_missing_are_told(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Positions have no gaps: a short page is a damaged ledger."""
    services.on("intake", "GET", "/v1/entries", httpx.Response(200, content=line(0, 1)))
    outcome = run(services, capsys, "ledger", "export", "-o", str(tmp_path / "x"))

    assert (1, True) == (outcome.exit_code, "has 1 entries behind 0, not 500" in outcome.err)


def test_a_proof_is_fetched_and_checked_alone(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The check asks no service."""
    content = msgspec.json.encode(built())
    path = "/v1/proofs/610100%2FP%201/2"
    services.on("intake", "GET", path, httpx.Response(200, content=content))
    file, key = tmp_path / "proof.json", tmp_path / "key.pem"
    key.write_bytes(SIGNER.public_pem)

    outcome = run(services, capsys, "ledger", "proof", f"{STREAM}#2", "-o", str(file))
    assert (0, content) == (outcome.exit_code, file.read_bytes())
    assert json.loads(content) == run(services, capsys, "ledger", "proof", f"{STREAM}#2").json

    services.requests.clear()
    checking = ("ledger", "verify", "--proof", str(file), "--public-key", str(key))
    outcome = run(services, capsys, *checking, "--json")
    assert (0, STREAM, 2, 7) == (
        outcome.exit_code,
        outcome.json["stream"],
        outcome.json["sequence"],
        outcome.json["checkpoint"],
    )
    assert [] == services.requests

    file.write_bytes(content.replace("一".encode(), "二".encode(), 1))
    outcome = run(services, capsys, *checking)
    assert (1, True) == (outcome.exit_code, "does not lead to the root" in outcome.err)


def test_the_check_of_a_proof_needs_a_key_that_is_trusted(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Named, or that of the data directory; none of the proof's own."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path))
    file = tmp_path / "proof.json"
    file.write_bytes(msgspec.json.encode(built()))
    checking = ("ledger", "verify", "--proof", str(file))

    outcome = run(services, capsys, *checking)
    assert (2, True) == (outcome.exit_code, "--public-key" in outcome.err)
    (tmp_path / "checkpoint.pub").write_bytes(SIGNER.public_pem)
    assert 0 == run(services, capsys, *checking).exit_code
    (tmp_path / "checkpoint.pub").write_bytes(another_key())
    assert 1 == run(services, capsys, *checking).exit_code
    (tmp_path / "checkpoint.pub").write_bytes(b"no key")
    assert 2 == run(services, capsys, *checking).exit_code
    assert 2 == run(services, capsys, "ledger", "verify", "--proof", "/nowhere").exit_code


def another_key() -> bytes:
    """Draw the public key of somebody else."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - only here
        Ed25519PrivateKey,
    )

    return Signer(Ed25519PrivateKey.generate()).public_pem


@pytest.mark.parametrize("entry", ["610100/P1", "#1", "610100/P1#0", "610100/P1#x", "610100/P1#"])
def test_what_is_no_entry_is_wrong_usage(
    services: FakeServices, capsys: pytest.CaptureFixture[str], entry: str
) -> None:
    """An entry is a project and a number."""
    assert 2 == run(services, capsys, "ledger", "proof", entry).exit_code


def test_a_checkpoint_is_made(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """And shown."""
    made = msgspec.to_builtins(built().checkpoint)
    services.on("intake", "POST", "/v1/checkpoints", made, problem(404, "no_checkpoints"))

    assert made == run(services, capsys, "ledger", "checkpoint", "--json").json
    assert 3 == run(services, capsys, "ledger", "checkpoint").exit_code


@pytest.mark.parametrize(
    ("command", "kind", "everything"),
    [
        (("republish",), "topic", False),
        (("republish", "--all"), "topic", True),
        (("restore",), "store", False),
    ],
)
def test_rebuilds_are_waited_for(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    kind: str,
    everything: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Until every partition's owner has done its own."""
    begun = {"rebuild": kind, "partitions": 2, "done": []}
    path = f"/v1/rebuilds/{kind}"
    services.on("intake", "POST", path, httpx.Response(202, json=begun))
    services.on("intake", "GET", path, {**begun, "done": [1]}, {**begun, "done": [0, 1]})
    outcome = run(services, capsys, "ledger", *command, "--json")

    assert (0, [0, 1]) == (outcome.exit_code, outcome.json["done"])
    assert {"everything": everything} == json.loads(services.requests[0].content)
