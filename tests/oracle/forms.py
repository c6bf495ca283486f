"""Monitoring forms and department summaries against the recomputation (forms 2.1, rule 24)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.oracle.api import Api, project_path
from tests.oracle.assessment import Assessment, assess
from tests.oracle.book import Book, Sums
from tests.oracle.dates import fiscal_year_of
from tests.oracle.exact import rate_bp, wire
from tests.oracle.facts import Jurisdiction
from tests.oracle.judged import Judged
from tests.oracle.replay import Boundary
from tests.oracle.report import Report
from tests.oracle.rules import read_together

LABELS: Final = {
    "general_public": "一般公共预算",
    "government_funds": "政府性基金预算",
    "state_capital": "国有资本经营预算",
    "social_insurance": "社会保险基金预算",
    "other_funds": "其他资金",
}
LIGHTS: Final = ("red", "yellow", "green", "blue")
NO_RESULT: Final = {"not_yet_due": "尚未到期", "not_reported": "未报"}
BEHIND: Final = frozenset({"red", "yellow"})


def compare_reporting(
    jurisdiction: Jurisdiction, last: Boundary, reporting: Api, report: Report
) -> None:
    """Compare the form of every project, and every department's summary, as of the last day."""
    year = fiscal_year_of(last.day, jurisdiction.first_day)
    by_department: dict[str, list[Assessment]] = {}
    for subject, project in sorted(jurisdiction.projects.items()):
        found = assess(project, year, last.day, within=jurisdiction)
        department = found.stated["department"]
        if department is None:
            continue
        by_department.setdefault(department, []).append(found)
        form = reporting.get(project_path("forms", subject), as_of=last.day.isoformat())
        where = f"{subject} {last.day}"
        _compare_form(where, _form(jurisdiction, found, last, subject), form, report)
    for department, found_all in sorted(by_department.items()):
        summary = reporting.get(
            f"/v1/summaries/{department}",
            jurisdiction=jurisdiction.code,
            as_of=last.day.isoformat(),
        )
        expected = _summary(jurisdiction, department, found_all, last)
        shown = {name: summary.get(name) for name in expected}
        counted = shown["open_alerts_by_rule"] or {}
        left = {rule: number for rule, number in counted.items() if rule not in read_together()}
        shown["open_alerts_by_rule"] = left
        report.compare_fields("reporting.summary", f"{department} {last.day}", expected, shown)


def _compare_form(
    where: str, expected: dict[str, Any], form: Mapping[str, Any], report: Report
) -> None:
    shown = {name: form.get(name) for name in expected}
    shown["alerts"] = sorted((a["rule_id"], a["severity"]) for a in form["alerts"])
    for name in ("funding", "indicators"):
        shown[name] = _known(expected[name], form[name])
    report.compare_fields("reporting.form", where, expected, shown)


def _known(
    expected: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Give rows with what facts determine of them: the rest is what a unit declares beside it."""
    if len(rows) != len(expected):
        return [*rows]
    return [
        {name: row.get(name) for name in wanted} for wanted, row in zip(expected, rows, strict=True)
    ]


def _name(jurisdiction: Jurisdiction, code: str, day: dt.date) -> str | None:
    known = jurisdiction.organisation(code, day)
    return known[-1].data["name"] if known else None


def _form(
    jurisdiction: Jurisdiction, found: Assessment, last: Boundary, subject: str
) -> dict[str, Any]:
    facts = found.stated
    results = facts["attainment"]
    mine = [
        (key[0], severity)
        for key, severity in last.closed.items()
        if key[1] == subject and key[3] == facts["fiscal_year"]
    ]
    return {
        "project_id": subject,
        **{name: facts[name] for name in ("project_name", "department", "lead_unit")},
        "department_name": _name(jurisdiction, facts["department"], last.day),
        "lead_unit_name": _name(jurisdiction, facts["lead_unit"], last.day),
        "fiscal_year": facts["fiscal_year"],
        "as_of": facts["date"],
        "goal": facts["goal"],
        "funding": funding_rows(found.book),
        "indicators": [_indicator_row(one) for one in found.indicators],
        "execution_light": facts["execution"]["light"],
        "attainment_light": results["light"],
        "light": facts["light"],
        "attainment_rate_bp": results["attainment_rate_bp"],
        "alerts": sorted(mine),
    }


def funding_rows(book: Book) -> list[dict[str, Any]]:
    """Give the money block: the whole, then each budget that has a line (Art. 3, 7).

    Below them what is charged to no budget, and the carryover that is part of the whole.
    """
    rows = [_funding_row("年度资金总额", 0, [book.total])]
    for account, label in LABELS.items():
        sums = [book.sums[name] for name, line in book.lines.items() if line["account"] == account]
        if sums:
            rows.append(_funding_row(label, 1, sums))
    unbudgeted = sum(sums.spent for name, sums in book.sums.items() if name not in book.lines)
    if unbudgeted:
        rows.append(_part_row("无预算支出", 1, spent=wire(unbudgeted)))
    carried = book.total.components["carryover"]
    if carried:
        rows.append(_part_row("其中: 上年结转", 2, adjusted_budget=wire(carried)))
    return rows


def _part_row(label: str, level: int, **amounts: str) -> dict[str, Any]:
    """Give a row that states some amounts only."""
    empty = dict.fromkeys(("original_budget", "adjusted_budget", "spent", "execution_rate_bp"))
    return {"label": label, "level": level, **empty, **amounts}


def _funding_row(label: str, level: int, sums: Iterable[Sums]) -> dict[str, Any]:
    sums = list(sums)
    spent, budget = sum(s.spent for s in sums), sum(s.budget for s in sums)
    return {
        "label": label,
        "level": level,
        "original_budget": wire(sum(s.components["original"] for s in sums)),
        "adjusted_budget": wire(budget),
        "spent": wire(spent),
        "execution_rate_bp": rate_bp(max(0, spent), budget),
    }


def _indicator_row(one: Judged) -> dict[str, Any]:
    facts = one.stated
    return {
        **{name: facts[name] for name in ("level_1", "level_2", "attainment_bp", "light")},
        "level_3": facts["name"],
        "target": facts["target_text"],
        "actual": facts["actual_text"] or NO_RESULT[facts["state"]],
        "cause_required": facts["light"] in BEHIND,
    }


def _summary(
    jurisdiction: Jurisdiction, department: str, found: list[Assessment], last: Boundary
) -> dict[str, Any]:
    totals = [one.book.total for one in found]
    original = sum(total.components["original"] for total in totals)
    budget, spent = sum(t.budget for t in totals), sum(t.spent for t in totals)
    lights = Counter(one.stated["light"] for one in found)
    projects = {
        subject
        for subject, project in jurisdiction.projects.items()
        if (project.registered(last.day) or {}).get("department") == department
    }
    year = found[0].stated["fiscal_year"]
    rules = Counter(key[0] for key in last.closed if key[1] in projects and key[3] == year)
    return {
        "department": department,
        "department_name": _name(jurisdiction, department, last.day),
        "fiscal_year": year,
        "as_of": last.day.isoformat(),
        "projects": len(found),
        "original_budget": wire(original),
        "adjusted_budget": wire(budget),
        "disbursed": wire(sum(total.disbursed for total in totals)),
        "spent": wire(spent),
        "execution_rate_bp": rate_bp(max(0, spent), budget),
        "execution_rate_original_bp": rate_bp(max(0, spent), original),
        "indicators": sum(len(one.indicators) for one in found),
        "judged": sum(one.stated["attainment"]["judged"] for one in found),
        "lights": {**{light: lights[light] for light in LIGHTS}, "none": lights[None]},
        "findings": sum(one.stated["findings_total"] for one in found),
        "open_alerts_by_rule": dict(rules),
    }
