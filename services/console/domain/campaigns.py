"""Campaigns as pages show them: the form that plans one, the board, what is exported."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.console.domain.figures import rounded
from services.console.domain.steps import Body, Form, one

Item = Mapping[str, Any]

SCOPES: Final = ("all", "organisations", "accounts", "projects", "priority", "lagging")
"""Which projects a campaign asks for."""
LAYOUTS: Final = ("city", "national")
USUAL: Final = "-"
"""Stands in a form for the usual template: what is empty is not sent, and is no template's id."""
ACCOUNTS: Final = (
    "general_public",
    "government_funds",
    "state_capital",
    "social_insurance",
    "other_funds",
)
DUES: Final = ("unit", "department", "bureau")
STATES: Final = (
    "filling",
    "unit_approval",
    "department_review",
    "counterpart_review",
    "performance_review",
    "accepted",
)
"""In whose hands papers are, in the order of their way."""
NAMES_MAX: Final = 5_000
"""Most codes that are read of one field."""
EXPORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "overdue": ("csv", "xlsx"),
    "summary": ("xlsx", "docx", "pdf"),
    "results": ("csv", "xlsx"),
    "monitoring-work": ("csv", "xlsx"),
    "exchange/PAY_PERF_MONITOR_INFO": ("csv", "json"),
    "exchange/PAY_PERF_MONITOR_TASK": ("csv", "json"),
}
"""What a campaign's page offers as files, and in which formats."""
BUNDLES: Final = ("xlsx", "pdf", "docx")
"""Formats in which all forms or reports are fetched together."""


@dataclass(frozen=True)
class Row:
    """Where papers of a department or a unit are."""

    code: str
    level: int
    """0: a department, 1: a unit."""
    asked: int
    states: tuple[int, ...]
    """How many are in each state, in the order of STATES."""
    submitted: int
    late: int
    overdue: int
    submitted_bp: int | None
    """Handed in of those asked for."""
    coverage_bp: int | None
    """Projects with approved targets and a form in time of those asked for (domain-rules 24)."""
    name: str = ""
    report: str = ""
    """In whose hands the department's own report is; empty: none is asked for."""
    report_overdue: bool = False


_HALF: Final = 6
_PROPOSED_AFTER: Final = 3
"""Months of a fiscal year: what is proposed, and from when on."""


def defaults(jurisdiction: Item) -> dict[str, str]:
    """Propose a campaign: the first half of the fiscal year, from its third month on (Art. 12)."""
    today = jurisdiction.get("today")
    day = dt.date.fromisoformat(str(today)) if today else dt.date(2000, 1, 1)
    start = int(str(jurisdiction.get("fiscal_year_start") or "01-01")[:2])
    year = day.year if day >= _month(day.year, start, _PROPOSED_AFTER) else day.year - 1
    after = _month(year, start, _HALF)
    cut_off = after - dt.timedelta(days=1)
    first, last = f"{year}年{start}", f"{cut_off.month}月"
    if cut_off.year != year:
        first, last = f"{first}月", f"{cut_off.year}年{last}"
    return {
        "id": f"{after:%Y-%m}",
        "name": f"{first}-{last}绩效运行监控",
        "fiscal_year": str(year),
        "period_from": _month(year, start, 0).isoformat(),
        "cut_off": cut_off.isoformat(),
        "scope": SCOPES[0],
        "layout": LAYOUTS[0],
    }


def _month(year: int, start: int, months: int) -> dt.date:
    """Give the first day of a month, so many after the one that a fiscal year begins with."""
    more, month = divmod(start - 1 + months, 12)
    return dt.date(year + more, month + 1, 1)


def planned(form: Form, jurisdiction: str) -> Body:
    """Write the form that plans a campaign; what was left empty the service decides."""
    body: Body = {
        "jurisdiction": jurisdiction,
        "id": one(form, "id"),
        "name": one(form, "name"),
        "fiscal_year": _number(one(form, "fiscal_year")),
        "cut_off": one(form, "cut_off"),
        "scope": _scope(form),
        "layout": one(form, "layout") or LAYOUTS[0],
        "evidence_required": bool(one(form, "evidence_required")),
        "priority_only": bool(one(form, "priority_only")),
    }
    for name in ("period_from", "template"):
        if one(form, name):
            body[name] = one(form, name)
    return body | dues(form)


def dues(form: Form) -> Body:
    """Write due dates, if any was given."""
    given = {name: one(form, f"due_{name}") for name in DUES}
    return (
        {"dues": {name: day for name, day in given.items() if day}} if any(given.values()) else {}
    )


def changed(form: Form) -> Body:
    """Write a change of a campaign: name, due dates, and the template if one was chosen."""
    body: Body = {"name": one(form, "name")} | dues(form)
    chosen = one(form, "template")
    return {**body, "template": None if chosen == USUAL else chosen} if chosen else body


def _scope(form: Form) -> Body:
    kind = one(form, "scope") or SCOPES[0]
    body: Body = {"kind": kind}
    if kind in {"organisations", "projects"}:
        body[kind] = codes(one(form, "codes"))
    elif kind == "accounts":
        body["accounts"] = list(form.get("accounts", ()))
    elif kind == "lagging":
        body["campaign"] = one(form, "campaign")
    return body


def codes(text: str) -> list[str]:
    """Read codes that are apart by commas, blanks or lines."""
    return text.replace(",", " ").replace("，", " ").replace("、", " ").split()[:NAMES_MAX]


def _number(text: str) -> int | str:
    """Read a number; what is none goes on as it is, and is refused by whoever asked for it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else text  # noqa: PLR2004 - a year


def urged(form: Form) -> Body:
    """Write a reminder 催办: of those chosen, or of everybody whose papers are missing."""
    chosen = list(form.get("organisation", ()))
    body: Body = {"kind": one(form, "kind") or "form", "note": one(form, "note")}
    return {**body, "organisations": chosen} if chosen else body


def not_urged(told: Item, campaign: str) -> dict[str, list[tuple[str, str, str]]]:
    """Read who was not urged, by reason: his name and, of another campaign today, key and kind."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for each in told.get("not_urged") or ():
        before = each.get("urged_for") or {}
        key = str(before.get("campaign") or "")
        kind = "" if not before or key == campaign else str(before.get("kind") or "")
        name = str(each.get("organisation_name") or each.get("organisation") or "")
        found.setdefault(str(each.get("reason") or ""), []).append((name, key, kind))
    return found


def rows(board: Item) -> list[Row]:
    """List departments, each followed by its units."""
    found = []
    for department in board.get("departments") or ():
        found.append(row(department, str(department.get("department") or ""), 0))
        found += [
            row(unit, str(unit.get("unit") or ""), 1) for unit in department.get("units") or ()
        ]
    return found


def row(item: Item, code: str = "", level: int = 0) -> Row:
    """Read one line of a board."""
    states = item.get("by_state") or {}
    asked = int(item.get("asked") or 0)
    submitted = asked - int(item.get("missing") or 0)
    report = item.get("report") or {}
    held = [state for state in STATES if (report.get("by_state") or {}).get(state)]
    return Row(
        code=code,
        level=level,
        asked=asked,
        states=tuple(int(states.get(state) or 0) for state in STATES),
        submitted=submitted,
        late=int(item.get("late") or 0),
        overdue=int(item.get("overdue") or 0),
        submitted_bp=rounded(10_000 * submitted, asked) if asked else None,
        coverage_bp=item.get("coverage_bp"),
        name=str(item.get("unit_name") or item.get("department_name") or code or "–"),
        report=held[0] if held else "",
        report_overdue=bool(report.get("overdue")),
    )


def key_of(campaign: Item) -> str:
    """Return the name a campaign has in addresses."""
    return str(campaign.get("key") or f"{campaign['jurisdiction']}/{campaign['id']}")


def choices(campaigns: Sequence[Item]) -> list[tuple[str, str]]:
    """Offer campaigns by what people call them."""
    return [(key_of(campaign), str(campaign["name"])) for campaign in campaigns]
