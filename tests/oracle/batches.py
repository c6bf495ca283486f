"""Virements and distributions balance within their batch number; documents are there once.

From domain-rules 2 and 4 and docs/quarantine.md: what goes out of lines comes into others, to the
fen. What does not is settling until the next day is opened, then it is work of the data desk.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.oracle.api import Api
from tests.oracle.exact import wire
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.report import UNDECIDED, Report

BALANCING: Final = frozenset({"virement", "distributed"})
PATH: Final = "/v1/adjustment-batches"
LISTED: Final = ("unbalanced", "settling")
"""States of what does not balance."""
SHOWN: Final = ("state", "amount_in", "amount_out", "difference", "sides", "since")

Name = tuple[int, str, str]
"""Fiscal year, kind and number of a batch."""


@dataclass
class Batch:
    """What went in and out under one number, and what was left over by day."""

    amounts: Counter[str] = field(default_factory=Counter)
    """In fen, by direction."""
    sides: int = 0
    by_epoch: Counter[int] = field(default_factory=Counter)
    """In less out, by how many days had been opened when it came."""

    def add(self, fact: Fact) -> None:
        """Count a side."""
        direction = fact.data["direction"]
        self.amounts[direction] += fact.amount
        self.sides += 1
        self.by_epoch[fact.epoch] += fact.amount if direction == "in" else -fact.amount

    def unbalanced_since(self) -> int | None:
        """Say how many days had been opened when it left its balance last; None: it balances."""
        since: int | None = None
        left = 0
        for epoch in sorted(self.by_epoch):
            left += self.by_epoch[epoch]
            if left == 0:
                since = None
            elif since is None:
                since = epoch
        return since


def batches_of(jurisdiction: Jurisdiction) -> dict[Name, Batch]:
    """Count the sides of every batch, over all projects."""
    found: dict[Name, Batch] = {}
    for fact in _facts(jurisdiction):
        number = fact.data.get("batch_number")
        if fact.kind == "budget.adjusted" and number:
            kind = fact.data["adjustment_kind"]
            if kind in BALANCING:
                found.setdefault((fact.data["fiscal_year"], kind, number), Batch()).add(fact)
    return found


def _facts(jurisdiction: Jurisdiction) -> Iterator[Fact]:
    for project in jurisdiction.projects.values():
        for facts in project.years.values():
            yield from facts


def unbalanced(jurisdiction: Jurisdiction) -> dict[Name, dict[str, Any]]:
    """State every batch that does not balance, as the list does."""
    opened = jurisdiction.days
    found = {}
    for name, batch in batches_of(jurisdiction).items():
        since = batch.unbalanced_since()
        if since is None:
            continue
        came, went = batch.amounts["in"], batch.amounts["out"]
        found[name] = {
            "state": "unbalanced" if since < len(opened) else "settling",
            "amount_in": wire(came),
            "amount_out": wire(went),
            "difference": wire(came - went),
            "sides": batch.sides,
            # Nobody says which day it is before one was opened.
            "since": opened[since - 1].isoformat() if since else UNDECIDED,
        }
    return found


def compare_batches(jurisdiction: Jurisdiction, intake: Api, report: Report) -> None:
    """Compare the lists of batches that do not balance; they are counted behind the ledger."""
    place, code = "intake.batches", jurisdiction.code
    behind = intake.get(PATH, jurisdiction=code, limit=1)["behind"]
    if behind:
        report.compare(place, code, UNDECIDED, behind)
        return
    listed: dict[Name, dict[str, Any]] = {}
    for state in LISTED:
        for item in intake.pages(PATH, jurisdiction=code, state=state):
            listed[item["fiscal_year"], item["kind"], item["batch_number"]] = item
    expected = unbalanced(jurisdiction)
    report.compare(f"{place}.listed", code, sorted(expected), sorted(listed))
    for name in expected.keys() & listed.keys():
        for shown in SHOWN:
            where = f"{code} {' '.join(map(str, name))}"
            report.compare(f"{place}.{shown}", where, expected[name][shown], listed[name][shown])


def compare_documents(jurisdiction: Jurisdiction, report: Report) -> None:
    """Check that of what is in the ledger no two facts are on one document (domain-rules 4)."""
    keys: Counter[tuple[Any, ...]] = Counter()
    for fact in _facts(jurisdiction):
        paper = fact.data.get("document")
        if paper:
            names = ("kind", "number", "line")
            keys[fact.data["fiscal_year"], *(paper.get(name) for name in names)] += 1
    for key, times in keys.items():
        where = f"{jurisdiction.code} {' '.join(map(str, key))}"
        report.compare("intake.document_once", where, 1, times)
