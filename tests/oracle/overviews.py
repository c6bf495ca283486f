"""Sums by group against the sums of lines: unit, account and class go by the line's own."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.oracle.api import Api
from tests.oracle.assessment import Assessment
from tests.oracle.book import COMPONENTS, Sums
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import wire
from tests.oracle.expected import by_line
from tests.oracle.facts import Jurisdiction
from tests.oracle.organisations import departments_at, has_ended, subtree, tree_at
from tests.oracle.report import UNDECIDED, Report

GROUPS: Final = ("department", "unit", "account", "function")
FIGURES: Final = (
    "adjusted_budget", "disbursed", "spent", "committed", "requested", "reversed",
    "prior_year_refunds", "balance", "expected_spent",
)  # fmt: skip

IN_SUBTREES: Final = "account"
"""What the sums of a subtree are told apart by."""
SUBTREE_SUMS: Final = "analysis.subtree.sums"

Totals = dict[str, int]


def sums_by(group: str, found: Iterable[Assessment]) -> dict[str | None, Totals]:
    """Add up lines by what they are, and what names none by what its project is.

    Only a line can tell an account or a class: what names none stands under null.
    """
    totals: dict[str | None, Totals] = {}
    for one in found:
        due = by_line(one.book, one.standard) if one.standard else {}
        for line, sums in one.book.sums.items():
            key = _key(group, one, line)
            expected = due[line][0] if line is not None and line in due else 0
            of_group = totals.setdefault(key, dict.fromkeys((*FIGURES, *COMPONENTS), 0))
            for name, value in _figures(sums, expected).items():
                of_group[name] += value
    return totals


def _figures(sums: Sums, expected: int) -> Totals:
    return {
        "adjusted_budget": sums.budget,
        "disbursed": sums.disbursed,
        "spent": sums.spent,
        "committed": sum(sums.committed.values()),
        "requested": sums.requested,
        "reversed": sums.reversed,
        "prior_year_refunds": sums.refunds,
        "balance": sums.budget - sums.spent,
        "expected_spent": expected,
        **{name: sums.components[name] for name in COMPONENTS},
    }


def unit_of(found: Assessment, line: str | None) -> str | None:
    """Give whose a line is: what names none is the leading unit's (domain-rules 8)."""
    data: Mapping[str, Any] = found.book.lines.get(line or "", {})
    unit = data.get("unit") or found.registration.get("lead_unit")
    return unit if unit is None else str(unit)


def _key(group: str, found: Assessment, line: str | None) -> str | None:
    data: Mapping[str, Any] = found.book.lines.get(line or "", {})
    if group == "department":
        key = found.registration.get("department")
    elif group == "unit":
        key = unit_of(found, line)
    elif group == "account":
        key = data.get("account")
    else:
        key = (data.get("classification") or {}).get("function")
    return key if key is None else str(key)


def compare_overviews(
    jurisdiction: Jurisdiction,
    year: FiscalYear,
    day: dt.date,
    found: Iterable[Assessment],
    analysis: Api,
    report: Report,
) -> None:
    """Compare every group of the overview, and the whole, as of a day."""
    found = list(found)
    for group in GROUPS:
        answer = analysis.get(
            "/v1/overview",
            jurisdiction=jurisdiction.code,
            fiscal_year=year.year,
            as_of=day.isoformat(),
            group_by=group,
            points="false",
        )
        if answer is None:
            report.differ("analysis.overview", f"{jurisdiction.code} {day}", group, None)
            continue
        where = f"{jurisdiction.code} {year.year} {day}"
        totals = sums_by(group, found)
        compare_groups(f"analysis.overview.{group}", where, totals, answer, report)


def compare_subtree_sums(
    jurisdiction: Jurisdiction,
    year: FiscalYear,
    day: dt.date,
    found: Iterable[Assessment],
    analysis: Api,
    report: Report,
) -> None:
    """Compare what the projects led from within each department come to, by budget (rule 9).

    All lines of such a project count, whosever they are.
    """
    found, tree = list(found), tree_at(jurisdiction, day)
    ended = has_ended(jurisdiction, day)
    for root in departments_at(jurisdiction, day):
        where = f"{jurisdiction.code} {year.year} {day} {root}"
        if ended:
            report.compare(SUBTREE_SUMS, where, UNDECIDED, None)
            continue
        answer = analysis.get(
            "/v1/overview",
            jurisdiction=jurisdiction.code,
            fiscal_year=year.year,
            as_of=day.isoformat(),
            group_by=IN_SUBTREES,
            points="false",
            subtree=root,
        )
        within = subtree(tree, root)
        led = [one for one in found if one.stated["lead_unit"] in within]
        compare_groups(SUBTREE_SUMS, where, sums_by(IN_SUBTREES, led), answer, report)


def compare_groups(
    place: str,
    where: str,
    totals: Mapping[str | None, Totals],
    answer: Mapping[str, Any],
    report: Report,
) -> None:
    """Compare the groups of one answer; one that is not there says zero."""
    groups = {shown["key"]: shown for shown in answer["groups"]}
    for key in sorted(totals.keys() | groups.keys(), key=str):
        expected = totals.get(key) or dict.fromkeys((*FIGURES, *COMPONENTS), 0)
        actual = groups.get(key)
        for name in FIGURES:
            shown = actual.get(name) if actual else wire(0)
            report.compare(f"{place}.{name}", f"{where} {key}", wire(expected[name]), shown)
        for name in COMPONENTS:
            components = actual.get("components", {}) if actual else {}
            shown = components.get(name) if actual else wire(0)
            report.compare(f"{place}.{name}", f"{where} {key}", wire(expected[name]), shown)
