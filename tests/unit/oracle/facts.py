"""Facts of one project as the oracle reads them, with everything else given."""

import datetime as dt
from typing import Any

from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.facts import Fact, Jurisdiction, Project
from tests.oracle.figures import stated

SUBJECT = "610100/P1"
LINE = {"line": "L1", "account": "general_public", "unit": "U1"}


class Story:
    """A project whose facts are told one after the other."""

    def __init__(self) -> None:
        self.project = Project(SUBJECT)
        self.jurisdiction = Jurisdiction("610100", projects={SUBJECT: self.project})
        self._sequence = 0
        self.publisher: str | None = None
        """Who states what is told next, as the ledger would name it."""

    def tell(self, kind: str, date: str, /, **data: Any) -> "Story":
        """Add a fact; it becomes known after the days opened so far."""
        self._sequence += 1
        event = {
            "type": f"dualwatch.{kind}.v1",
            "data": {"date": date, "fiscal_year": 2026, **data},
        }
        epoch = len(self.jurisdiction.days)
        self.project.add(Fact.of(event, self._sequence, epoch, self.publisher))
        return self

    def say(self, kind: str, date: str, /, **data: Any) -> "Story":
        """Add a fact of the jurisdiction itself."""
        event = {"type": f"dualwatch.{kind}.v1", "data": {"date": date, **data}}
        said = sum(len(facts) for facts in self.jurisdiction.facts.values())
        self.jurisdiction.add(Fact.of(event, said + 1, len(self.jurisdiction.days)))
        return self

    def at(self, as_of: str) -> dict[str, Any]:
        """Give the whole assessment of 2026 at a date, as it would be stated."""
        day, year = dt.date.fromisoformat(as_of), fiscal_year(2026, "01-01")
        found = assess(self.project, year, day, within=self.jurisdiction)
        return stated(found, len(self.jurisdiction.days) + 1)

    def budget(self, amount: str, date: str = "2026-01-20", **data: Any) -> "Story":
        """Approve a line."""
        return self.tell("budget.approved", date, amount=amount, **{**LINE, **data})

    def pay(self, amount: str, date: str = "2026-03-01", **data: Any) -> "Story":
        """Settle a treasury payment on the line."""
        return self.tell("expenditure.recorded", date, amount=amount, **{"line": "L1", **data})

    def plan(self, *periods: tuple[str, str, str]) -> "Story":
        """Approve a spending plan on the day of the budget."""
        parts = [{"start": start, "end": end, "amount": amount} for start, end, amount in periods]
        return self.tell("spending_plan.approved", "2026-01-21", plan="PL1", periods=parts)

    def target(self, date: str = "2026-01-20", **fields: Any) -> "Story":
        """Approve one target: a quantity of at least 100, cumulative."""
        known = {
            "indicator": "K1",
            "name": "指标",
            "behaviour": "progress",
            "target_text": "≥100",
            "target": "100",
        }
        return self.tell("targets.approved", date, targets=[known | fields])

    def cut(self, date: str, **data: Any) -> "Story":
        """Cut the line's budget on objective grounds."""
        known = {"line": "L1", "adjustment_kind": "cut", "amount": "5.00"}
        return self.tell("budget.adjusted", date, **(known | {"objective_grounds": True} | data))

    def report(self, value: str | None, date: str, **fields: Any) -> "Story":
        """Report a result of the target."""
        known = {"indicator": "K1", "value": value, "value_text": value or "见说明"}
        return self.tell("target_progress.reported", date, **(known | fields))
