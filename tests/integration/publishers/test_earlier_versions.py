"""Version 1 of a result, as it was stored: kept to the byte, read as version 2, same figures."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest

from contracts import codec
from contracts.vocabulary import fen_to_wire
from tests.integration.publishers.client import Client
from tests.spec.engines import folded

pytestmark = pytest.mark.integration

STORED: Final = Path(__file__).parents[2] / "contract" / "stored" / "progress.v1.jsonl"
LINES: Final = STORED.read_bytes().splitlines()
PROJECT: Final = "J7102/330100-2021-004"
NEWER: Final = "J7103/330100-2021-004"
ASKED: Final = {"fiscal_year": 2026, "as_of": "2026-06-30"}
V1: Final = "dualwatch.target_progress.reported.v1"
V2: Final = "dualwatch.target_progress.reported.v2"
NO_HASH: Final = bytes(32)


def _as_v2(line: bytes) -> bytes:
    """State the same in today's words, about another jurisdiction's project."""
    event = codec.decode(line)
    subject = event.subject.replace("J7102", "J7103")
    return codec.encode(event.model_copy(update={"subject": subject, "id": f"v2-{event.id}"}))


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    """What is measured, without what names the project and its place in the ledger."""
    made: dict[str, Any] = found["assessment"]
    named = {"project", "ledger_position", "stream_sequence"}
    return {name: value for name, value in made.items() if name not in named}


@pytest.fixture(scope="module")
def cuts(client: Client) -> tuple[str, str]:
    """Send the stored bytes, and the same facts in version 2; open a day for both."""
    assert sum(codec.decode(line).type == V2 for line in LINES) == 2
    client.send(LINES)
    client.send([_as_v2(line) for line in LINES])
    return client.open_day("J7102", "2026-07-31"), client.open_day("J7103", "2026-07-31")


def test_the_ledger_keeps_version_1_to_the_byte(client: Client, cuts: tuple[str, str]) -> None:
    """The hash chain, recomputed from the file, is the ledger's: nothing was written anew."""
    assert all(cuts)
    entries = client.entries(PROJECT)
    previous = NO_HASH
    for entry, line in zip(entries, LINES[1:], strict=True):
        head = (
            f"{entry['position']} {_ms(entry['recorded'])} {entry['type']} {entry['publisher']}\n"
        )
        previous = hashlib.sha256(previous + head.encode() + line).digest()
        assert (json.loads(line), previous.hex()) == (entry["event"], entry["hash"])

    assert [V1, V1] == [entry["type"] for entry in entries[-2:]]


def test_both_versions_give_the_same_figures(client: Client, cuts: tuple[str, str]) -> None:
    """And those are the ones that the pure fold has for the stored bytes."""
    older = client.project(PROJECT, cuts[0], **ASKED)
    newer = client.project(NEWER, cuts[1], **ASKED)
    pure = folded([codec.decode(line) for line in LINES]).assessment(PROJECT)
    [road, quality] = older["assessment"]["attainment"]["indicators"]

    assert _figures(older) == _figures(newer)
    assert ("6.20", "met") == (road["actual"], quality["grade"])
    assert older["adjusted_budget"] == fen_to_wire(pure.execution.money.adjusted_budget)
    assert older["attainment_rate_bp"] == pure.attainment.attainment_rate_bp


def test_a_result_of_version_1_is_the_reason_of_its_figure(
    client: Client, cuts: tuple[str, str]
) -> None:
    """`why` names the entry that was stored."""
    address = f"{client.endpoints.analysis}/v1/projects/{PROJECT.replace('/', '%2F')}"
    found = client.get(f"{address}/why/indicator%3AKPI-1", at_least=cuts[0], wait=30, **ASKED)
    [entry] = found["entries"]

    assert ("prg-1", "6.20") == (entry["event_id"], entry["value"])


def _ms(recorded: str) -> int:
    """Read a recorded time as milliseconds since 1970."""
    return round(dt.datetime.fromisoformat(recorded).timestamp() * 1000)
