"""The tree of organisations at a date, and the projects led from within a part of it (rule 9)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from tests.oracle.api import Api
from tests.oracle.dates import day as day_of
from tests.oracle.facts import ORGANISATIONS, Fact, Jurisdiction
from tests.oracle.report import UNDECIDED, Report

MOVED: Final = "organisation.moved"
CLOSED: Final = "organisation.closed"
LOOKED_AT: Final = "department"
"""Kind of the organisations whose subtrees are asked for."""
PLACE: Final = "analysis.subtree"

Tree = dict[str, str | None]
"""Of each organisation the one above it."""


def _effective(fact: Fact) -> dt.date:
    stated = fact.data.get("valid_from")
    return day_of(stated) if stated else fact.date


def tree_at(jurisdiction: Jurisdiction, date: dt.date) -> Tree:
    """Give the tree of a day: what was stated of each organisation, by the day it holds from."""
    facts = (fact for kind in (ORGANISATIONS, MOVED) for fact in jurisdiction.facts.get(kind, ()))
    stated = sorted(
        ((_effective(fact), fact.sequence, fact) for fact in facts if _effective(fact) <= date),
        key=lambda one: one[:2],
    )
    tree: Tree = {}
    for _, _, fact in stated:
        code, parent = fact.data["organisation"], fact.data.get("parent")
        if fact.kind == ORGANISATIONS or parent is not None:
            tree[code] = parent
    return tree


def subtree(tree: Mapping[str, str | None], root: str) -> set[str]:
    """Give an organisation and all below it."""
    found = {root}
    while more := {code for code, parent in tree.items() if parent in found} - found:
        found |= more
    return found


def has_ended(jurisdiction: Jurisdiction, date: dt.date) -> bool:
    """Whether any organisation is over by a day: no rule says in which subtree it is then."""
    stated = jurisdiction.facts.get(ORGANISATIONS, ())
    last_days = [fact.data["valid_to"] for fact in stated if fact.data.get("valid_to")]
    closed = jurisdiction.facts.get(CLOSED, ())
    last_days += [fact.data.get("last_day") or fact.date.isoformat() for fact in closed]
    return any(last < date.isoformat() for last in last_days)


def departments_at(jurisdiction: Jurisdiction, date: dt.date) -> list[str]:
    """Name the departments that were registered by a day: their subtrees are asked for."""
    return sorted(
        {
            fact.data["organisation"]
            for fact in jurisdiction.facts.get(ORGANISATIONS, ())
            if fact.data["kind"] == LOOKED_AT and _effective(fact) <= date
        }
    )


def compare_subtrees(
    jurisdiction: Jurisdiction,
    year: int,
    date: dt.date,
    led_by: Mapping[str, Any],
    analysis: Api,
    report: Report,
) -> None:
    """Compare the lists of the projects that are led from within each department.

    `led_by`: of each project that the whole list lists its lead unit on that day.
    """
    tree = tree_at(jurisdiction, date)
    for root in departments_at(jurisdiction, date):
        where = f"{jurisdiction.code} {year} {date} {root}"
        if has_ended(jurisdiction, date):
            report.compare(PLACE, where, UNDECIDED, None)
            continue
        within = subtree(tree, root)
        expected = sorted(subject for subject, unit in led_by.items() if unit in within)
        listed = analysis.pages(
            "/v1/projects",
            jurisdiction=jurisdiction.code,
            fiscal_year=year,
            as_of=date.isoformat(),
            subtree=root,
        )
        report.compare(PLACE, where, expected, sorted(row["project_id"] for row in listed))
