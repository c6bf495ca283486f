"""`dualwatch publish` on a real intake: the accounting holds for good, bad and repeated files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.integration.cli.conftest import Command
from tests.unit.intake_files.iati_files import (
    activities,
    budget,
    demo_file,
    planned,
    transaction,
)

pytestmark = pytest.mark.integration

OPTIONS = ("--fiscal-year-start", "04-01", "--currency", "GBP", "--no-wait")
FIGURES = ("sent", "accepted", "duplicate", "quarantined")


def _publish(dualwatch: Command, file: Path, jurisdiction: str) -> tuple[int, ...]:
    found = dualwatch("publish", str(file), "--jurisdiction", jurisdiction, *OPTIONS)
    return tuple(found[name] for name in FIGURES)


def _file(tmp_path: Path, content: bytes, name: str = "activities.xml") -> Path:
    file = tmp_path / name
    file.write_bytes(content)
    return file


def test_a_real_file_is_accepted_once_and_a_duplicate_ever_after(
    dualwatch: Command, tmp_path: Path
) -> None:
    """Under any name; and the second file of the jurisdiction repeats its registration only."""
    beis = _file(tmp_path, demo_file("beis-activity.xml"))
    again = _file(tmp_path, demo_file("beis-activity.xml"), "renamed.xml")
    gdihub = _file(tmp_path, demo_file("gdihub-activity.xml"), "gdihub.xml")

    assert (94, 94, 0, 0) == _publish(dualwatch, beis, "GB")
    assert (94, 0, 94, 0) == _publish(dualwatch, again, "GB")
    assert (90, 89, 1, 0) == _publish(dualwatch, gdihub, "GB")

    entries = dualwatch("ledger", "show", "GB/GB-GOV-13-GCRF-BF-7TNK9LD-CJV6BWG")
    assert list(range(1, len(entries) + 1)) == [entry["sequence"] for entry in entries]
    assert (
        "Transformation Project - ODA Reporting Tool (ODART)"
        == (entries[0]["event"]["data"]["name"])
    )
    assert [] == dualwatch("ledger", "verify")["faults"]


def test_rows_that_cannot_be_read_are_quarantined_with_their_field(
    dualwatch: Command, tmp_path: Path
) -> None:
    """Prose in a date, no number, another currency: refused; everything else goes through."""
    raw = activities(
        budget("100")
        + budget("much")
        + planned("5", "spring", "2021-06-30")
        + transaction("3", "1", "last week")
        + transaction("3", "2").replace("<value ", "<value currency='USD' ")
        + transaction("banana", "3")
        + transaction("3", "4")
    )
    file = _file(tmp_path, raw)

    assert (10, 5, 0, 5) == _publish(dualwatch, file, "BAD")
    assert (10, 0, 5, 5) == _publish(dualwatch, file, "BAD")
    kept = [
        (entry["problem"].get("pointer"), entry["times"])
        for entry in dualwatch("quarantine", "list")
    ]
    for pointer in (
        "/data/amount",
        "/data/periods/0/start",
        "/data/date",
        "/data/currency",
        "/type",
    ):
        assert (pointer, 2) in kept


def test_broken_lines_are_counted_like_all_others(dualwatch: Command, tmp_path: Path) -> None:
    """Duplicate keys, NaN, no UTF-8, no object, cut off: each is one quarantined event."""
    registered = _event("LINES", "jurisdiction.registered", name="Lines")
    organisation = _event(
        "LINES", "organisation.registered", organisation="O", name="O", kind="unit"
    )
    lines = [
        json.dumps(registered).encode(),
        b'{"id":"1","id":"2"}',
        b'{"id":NaN}',
        b"\xff\xfe",
        b"42",
        b'{"id":"cut',
        b"[" * 1000,
        json.dumps(organisation).encode(),
        json.dumps(organisation).encode().replace(b": ", b":\r"),
    ]
    found = dualwatch(
        "publish", str(_file(tmp_path, b"\n".join(lines), "lines.jsonl")), "--no-wait"
    )

    # The last line says the same in other bytes under the same id: a conflict.
    assert (9, 2, 0, 7) == tuple(found[name] for name in FIGURES)


def _event(subject: str, thing: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": thing,
        "source": "test",
        "type": f"dualwatch.{thing}.v1",
        "subject": subject,
        "time": "2021-04-01T00:00:00Z",
        "data": {"date": "2021-04-01", **data},
    }


class _Killer(httpx.HTTPTransport):
    """Kills intake after it has carried out the second request, and before the fourth."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack
        self._requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/events":
            self._requests += 1
        if self._requests == 4:
            self._stack.kill("intake")
        answer = super().handle_request(request)
        if self._requests == 2:
            answer.read()
            self._stack.kill("intake")
            message = "the answer got lost"
            raise httpx.ReadError(message)
        return answer


@pytest.mark.long
def test_a_file_published_while_intake_is_killed_is_accepted_once(
    dualwatch: Command, tmp_path: Path
) -> None:
    """The command tries again with the same keys; nothing is lost, nothing counts twice."""
    rows = "".join(transaction("3", f"{number}.25") for number in range(3_000))
    file = _file(tmp_path, activities(rows))
    killed = replace(dualwatch, transport=_Killer(dualwatch.stack))

    assert (3_003, 3_003, 0, 0) == _publish(killed, file, "KILLED")
    dualwatch.stack.wait_ready("intake")
    assert (3_003, 0, 3_003, 0) == _publish(dualwatch, file, "KILLED")
    assert 3_001 == len(dualwatch("ledger", "show", "KILLED/A1"))


def test_a_day_is_opened_once(dualwatch: Command, tmp_path: Path) -> None:
    """A jump opens one day; opening it again opens nothing."""
    _publish(dualwatch, _file(tmp_path, activities("")), "DAYS")
    opened, again = (
        dualwatch("day", "open", "DAYS", "2022-03-31", "--jump", "--no-wait") for _ in range(2)
    )

    assert (["2022-03-31"], []) == (opened["opened"], again["opened"])
