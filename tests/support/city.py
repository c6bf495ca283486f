"""A small deterministic city as plain CloudEvents, with the figures it must come to.

Plain dictionaries, no code of Dualwatch: what is expected is known before anything runs.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCE = "urn:example:treasury"
YEAR = 2026
TIME = "2026-01-05T09:00:00+08:00"
UNIT = "U1"
DEPARTMENT = "D1"


@dataclass
class Expected:
    """What one project must come to, in fen."""

    budget: int = 0
    spent: int = 0
    disbursed: int = 0


@dataclass
class City:
    """A jurisdiction with projects, its events in order, and its expected figures."""

    jurisdiction: str
    projects: int
    payments: int
    events: list[dict[str, Any]] = field(default_factory=list)
    expected: dict[str, Expected] = field(default_factory=dict)

    def build(self) -> "City":
        """Fill events and expectations; every seventh project is given no budget."""
        self._add("jurisdiction.registered", self.jurisdiction, "jur", self._jurisdiction())
        unit = {"date": "2026-01-01", "organisation": UNIT, "name": "城建处", "kind": "unit"}
        self._add("organisation.registered", self.jurisdiction, "org", unit)
        for number in range(self.projects):
            self._project(number)
        for number in range(self.payments):
            self._payment(number)
        return self

    def write(self, path: Path) -> Path:
        """Write the events as JSONL and give the path."""
        lines = (json.dumps(event, ensure_ascii=False) for event in self.events)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def _jurisdiction(self) -> dict[str, Any]:
        return {"date": "2026-01-01", "name": self.jurisdiction, "clock": "manual"}

    def _subject(self, number: int) -> str:
        return f"{self.jurisdiction}/P{number:04d}"

    def _project(self, number: int) -> None:
        subject = self._subject(number)
        self.expected[subject] = Expected()
        registered = {
            "date": "2026-01-02",
            "name": f"项目{number}",
            "lead_unit": UNIT,
            "department": DEPARTMENT,
        }
        self._add("project.registered", subject, f"reg-{number}", registered)
        if number % 7 == 0:
            return
        fen = 10_000_000 + number * 1_237
        self.expected[subject].budget = fen
        budget = {
            "date": "2026-01-03",
            "fiscal_year": YEAR,
            "line": f"L{number}",
            "amount": wire(fen),
            "account": "general_public",
            "unit": UNIT,
        }
        self._add("budget.approved", subject, f"bgt-{number}", budget)

    def _payment(self, number: int) -> None:
        project = number % self.projects
        subject = self._subject(project)
        fen = 101 + (number * 7_919) % 250_000
        month, day = 1 + number % 6, 5 + number % 20
        payment = {
            "date": f"2026-{month:02d}-{day:02d}",
            "fiscal_year": YEAR,
            "line": f"L{project}",
            "amount": wire(fen),
            "document": {"kind": "payment_certificate", "number": f"PV-{number}"},
        }
        self._add("expenditure.recorded", subject, f"pay-{number}", payment)
        self.expected[subject].spent += fen
        self.expected[subject].disbursed += fen

    def _add(self, thing: str, subject: str, event_id: str, data: dict[str, Any]) -> None:
        self.events.append(
            {
                "specversion": "1.0",
                "id": f"{self.jurisdiction}-{event_id}",
                "source": SOURCE,
                "type": f"dualwatch.{thing}.v1",
                "subject": subject,
                "time": TIME,
                "data": data,
            }
        )


def wire(fen: int) -> str:
    """Write fen as a decimal string."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen(amount: str) -> int:
    """Read a decimal string as fen."""
    return int(amount.replace(".", ""))
