"""The facts that the bench lets flow: the same for every contender, made from their number alone.

First each project of one jurisdiction with its budget line; then payments of about 450 bytes, one
document each, spread over projects and months. Every fourth project is on an allocation line.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.topics import partition_of

JURISDICTION: Final = "610100"
YEAR: Final = 2026
SOURCE: Final = "urn:dualwatch:publisher:bench-treasury"
PUBLISHER: Final = "demo"
FIRST_MS: Final = 1_772_000_000_000
REQUEST_EVENTS: Final = 500
"""Events of one request, as `dualwatch publish` sends them."""
SETUP_FACTS: Final = 2
"""Facts that come first for each project: that it exists, and its budget."""
ALLOCATION_EVERY: Final = 4
STRIDE: Final = 7919
"""A prime, so that neighbours in time are not neighbours among the projects."""
MONTHS: Final = 12
DAYS: Final = 28


@dataclass(frozen=True)
class Fact:
    """One event, and its number within the whole load."""

    subject: str
    value: bytes
    index: int

    def partition(self, partitions: int) -> int:
        """Say where intake would put it."""
        return partition_of(self.subject, partitions)

    def headers(self) -> list[tuple[str, bytes]]:
        """Give what intake's admission writes beside it."""
        request, index = divmod(self.index, REQUEST_EVENTS)
        return [
            ("request", request.to_bytes(16, "big")),
            ("index", b"%d" % index),
            ("publisher", PUBLISHER.encode()),
            ("door", b"http"),
            ("received", b"%d" % (FIRST_MS + self.index)),
        ]


@dataclass
class Total:
    """What one project comes to, in fen by month, January first."""

    spent: list[int] = field(default_factory=lambda: [0] * MONTHS)
    disbursed: list[int] = field(default_factory=lambda: [0] * MONTHS)


def load(events: int, projects: int) -> Iterator[Fact]:
    """Make `events` facts about `projects` projects."""
    for index in range(events):
        turn, project = divmod(index, projects)
        if turn == 0:
            kind, data = "project.registered", _registration(project)
        elif turn < SETUP_FACTS:
            kind, data = "budget.approved", _budget(project)
        else:
            project = index * STRIDE % projects
            kind, data = _payment(index, turn, project)
        subject = f"{JURISDICTION}/{JURISDICTION}26T{project:09d}X003"
        yield Fact(subject, _event(f"bench-{index:09d}-1", subject, kind, data), index)


def totals(facts: Iterable[Fact]) -> dict[str, Total]:
    """Say what every project must come to, in the plainest way and with no contender's code."""
    found: dict[str, Total] = {}
    for fact in facts:
        total = found.setdefault(fact.subject, Total())
        event = json.loads(fact.value)
        kind, data = event["type"], event["data"]
        if kind in {"dualwatch.project.registered.v1", "dualwatch.budget.approved.v1"}:
            continue
        month, fen = int(data["date"][5:7]) - 1, int(data["amount"].replace(".", ""))
        if kind == "dualwatch.expenditure.reversed.v1" or data.get("returned"):
            fen = -fen
        if kind != "dualwatch.funds.disbursed.v1":
            total.spent[month] += fen
        if kind == "dualwatch.funds.disbursed.v1" or data["channel"] == "treasury_payment":
            total.disbursed[month] += fen
    return found


def jurisdiction_registered() -> bytes:
    """Make the fact that lets intake take all others."""
    data = {"name": "测试市", "fiscal_year_start": "01-01", "currency": "CNY", "clock": "manual"}
    data |= {"date": f"{YEAR}-01-01", "time_zone": "Asia/Shanghai"}
    return _event("bench-jurisdiction", JURISDICTION, "jurisdiction.registered", data)


def _registration(project: int) -> dict[str, Any]:
    return {
        "date": f"{YEAR}-01-01",
        "name": f"堤防维修工程 {project}",
        "lead_unit": "610100027001",
        "department": "610100027",
        "project_class": "construction",
        "start_year": YEAR,
    }


def _budget(project: int) -> dict[str, Any]:
    return {
        "date": f"{YEAR}-01-01",
        "fiscal_year": YEAR,
        "line": _line(project),
        "amount": "9000000000.00",
        "account": "general_public",
        "channel": _channel(project),
        "unit": "610100027001",
    }


def _payment(index: int, turn: int, project: int) -> tuple[str, dict[str, Any]]:
    month, day = 1 + (turn + project) % MONTHS, 1 + index % DAYS
    data: dict[str, Any] = {
        "date": f"{YEAR}-{month:02d}-{day:02d}",
        "fiscal_year": YEAR,
        "amount": f"{1000 + index % 9000}.{index % 100:02d}",
        "channel": _channel(project),
        "line": _line(project),
    }
    if _channel(project) == "allocation" and turn % 2:
        document = {"kind": "allocation_certificate", "number": f"BKPZ{YEAR}{index:09d}"}
        return "funds.disbursed", {**data, "document": document}
    data["payee"] = {"name": "陕西水利工程有限公司"}
    document = {"kind": "payment_certificate", "number": f"ZFPZ{YEAR}{index:09d}", "line": "1"}
    return "expenditure.recorded", {**data, "document": document}


def _channel(project: int) -> str:
    allocation = project % ALLOCATION_EVERY == ALLOCATION_EVERY - 1
    return "allocation" if allocation else "treasury_payment"


def _line(project: int) -> str:
    return f"BGT{YEAR}{project:09d}"


def _event(event_id: str, subject: str, kind: str, data: dict[str, Any]) -> bytes:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"dualwatch.{kind}.v1",
        "subject": subject,
        "time": f"{YEAR}-03-12T09:30:00+08:00",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
