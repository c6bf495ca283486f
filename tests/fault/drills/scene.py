"""A small city on a running stack: what is sent to it, and what it comes to."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from deploy.local.stack import Stack
from services.cli import main
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from services.cli.session import Session
from tests.support.city import SOURCE, TIME, YEAR, City
from tests.support.command import command

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
DAY: Final = "2026-06-30"
PASS_SECONDS: Final = 180
PROJECTS: Final = 21
PAYMENTS: Final = 210
MOVING: Final = frozenset({"position"})
"""What tells when a row was made, not what it says."""


class Scene:
    """One city and its stack."""

    def __init__(self, stack: Stack, jurisdiction: str) -> None:
        """Nothing is sent yet."""
        self.stack, self.jurisdiction = stack, jurisdiction
        self.city = City(jurisdiction, PROJECTS, PAYMENTS).build()
        self.project = f"{jurisdiction}/P0001"
        self._payments = 0

    def fill(self) -> None:
        """Send the city in two parts with a day between, and open a day after each."""
        half = len(self.city.events) - PAYMENTS // 2
        self.send(self.city.events[:half])
        self.open_day("2026-05-31")
        self.send(self.city.events[half:])
        self.open_day(DAY)

    def send(self, events: Sequence[dict[str, Any]], stack: Stack | None = None) -> None:
        """Send events and return when every service has passed them."""
        lines = b"\n".join(json.dumps(event, ensure_ascii=False).encode() for event in events)
        headers = {"content-type": "application/x-ndjson", "prefer": "wait=30"}
        with Client(places_of((stack or self.stack).endpoints())) as client:
            answer = client.send(
                Service.INTAKE, "POST", "/v1/events", content=lines, headers=headers
            )
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            assert answer.json()["counts"]["accepted"] == len(events), answer.text[:2_000]
            position = client.get(Service.INTAKE, "/v1/position")["position"]
            wait_until_passed(client, position, PASS_SECONDS)

    def payment(self) -> dict[str, Any]:
        """Make one more payment of one yuan."""
        self._payments += 1
        name = f"{self.jurisdiction}-more-{self._payments}"
        document = {"kind": "payment_certificate", "number": name}
        data = {"date": "2026-06-01", "fiscal_year": YEAR, "amount": "1.00", "line": "L1"}
        return {
            "specversion": "1.0",
            "id": name,
            "source": SOURCE,
            "type": "dualwatch.expenditure.recorded.v1",
            "subject": self.project,
            "time": TIME,
            "data": {**data, "document": document},
        }

    def pay(self, stack: Stack | None = None) -> None:
        """Send one more payment of one yuan."""
        self.send([self.payment()], stack)

    def settle(self) -> None:
        """Return when every service has passed all that was entered."""
        with Client(places_of(self.stack.endpoints())) as client:
            position = client.get(Service.INTAKE, "/v1/position")["position"]
            wait_until_passed(client, position, PASS_SECONDS)

    def open_day(self, date: str) -> None:
        """Open a day and return when every service has passed it."""
        command(self.stack, "day", "open", self.jurisdiction, date, "--jump")

    def rows(self, stack: Stack | None = None) -> list[dict[str, Any]]:
        """Give every project's figures."""
        words = ["analysis", "list", "--jurisdiction", self.jurisdiction, "--as-of", DAY]
        found = command(stack or self.stack, *words, "--fiscal-year", str(YEAR))
        return [{k: v for k, v in row.items() if k not in MOVING} for row in found]

    def alerts(self, stack: Stack | None = None) -> list[tuple[Any, ...]]:
        """Give every alert: what, of what, in which state, which change of it was the last."""
        found = command(stack or self.stack, "alerts", "list", "--jurisdiction", self.jurisdiction)
        names = ("rule_id", "project_id", "scope_subject", "state", "raised_as_of", "version")
        return sorted(tuple(row[name] for name in names) for row in found)

    def spent(self) -> str:
        """Give what the project that `pay` pays for has spent."""
        return str(next(row for row in self.rows() if row["project_id"] == self.project)["spent"])

    def export(self, file: Path, stack: Stack | None = None) -> Path:
        """Write the whole ledger to a file."""
        places = places_of((stack or self.stack).endpoints())
        with pytest.raises(SystemExit) as ended:
            main(["ledger", "export", "-o", str(file)], Session(places))
        assert ended.value.code == 0
        return file


def drop_database(stack: Stack, service: str) -> None:
    """Lose a service's database."""
    client: MongoClient[dict[str, Any]]
    with MongoClient(stack.endpoints().mongo) as client:
        client.drop_database(f"dualwatch_{service}")
