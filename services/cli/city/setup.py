"""The beginning of a project's year: approval, carryover, plan, targets, contract."""

import datetime as dt
from typing import Any, Final

from services.cli.city.agenda import Phase
from services.cli.city.chance import part
from services.cli.city.character import character
from services.cli.city.curves import DECEMBER
from services.cli.city.indicators import terms
from services.cli.city.town import Town
from services.cli.city.wire import iso, money
from services.cli.city.year import Line, Year, plan_periods

ADVANCE: Final = "03"
CARRIED: Final = "02"
NIGHTLY_PERCENT: Final = 30
"""Approvals that come with the nightly file."""
QUARTERS: Final = (3, 6, 9, 12)
TITLES: Final = {"advance": "提前下达部分预算", "main": "关于批复部门预算的通知"}


def plan_year(town: Town, year: Year) -> None:
    """Put the beginnings of a project's year on the agenda."""
    january = dt.date(year.year, 1, 1).toordinal()
    chance = town.chance
    year.supplier = chance.between(0, len(town.suppliers) - 1)
    for line in year.others:
        place = line.line[-2:]
        if place == CARRIED:
            day = january + chance.between(1, 4)
            town.later(day, Phase.MORNING, carry_over, town, year, line, year.year - 1)
        else:
            day = january + chance.between(1, 3) if place == ADVANCE else year.approved
            town.later(day, Phase.MORNING, approve, town, year, line, "advance")
    phase = Phase.NIGHT if chance.percent(NIGHTLY_PERCENT) else Phase.MORNING
    town.later(year.approved, phase, approve, town, year, year.main, "main")
    day = year.approved + 1
    town.later(day, Phase.MORNING, approve_targets, town, year)
    if year.planned:
        town.later(day, Phase.MORNING, approve_plan, town, year)
    if year.contracted:
        # Signed before anything is paid on it.
        signed = year.approved + chance.between(2, 4)
        town.later(signed, Phase.DAY, sign, town, year)


def approve(town: Town, year: Year, line: Line, title: str) -> None:
    """State that a line's budget is approved."""
    data: dict[str, Any] = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "line": line.line,
        "amount": money(line.budget),
        "account": line.account,
        "channel": line.channel,
        "unit": line.unit,
        "classification": line.classification,
        "document": town.writer.paper("budget", f"合财预〔{year.year}〕"),
        "title": TITLES[title],
    }
    if line.at_once:
        data["allocation_is_expenditure"] = True
    if year.project.project_class == "reserve":
        data["undistributed"] = True
    if title == "advance" and line.line.endswith(ADVANCE):
        data["origin"] = "transfer_from_above"
    town.writer.fact("budget", "budget.approved", year.subject, data)


def carry_over(town: Town, year: Year, line: Line, from_year: int) -> None:
    """State that last year's unspent money is available again."""
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "from_year": from_year,
        "line": line.line,
        "amount": money(line.budget),
        "account": line.account,
        "channel": line.channel,
        "unit": line.unit,
        "classification": line.classification,
        "document": town.writer.paper("budget", f"合财结〔{year.year}〕"),
    }
    town.writer.fact("budget", "carryover.registered", year.subject, data)


def approve_plan(town: Town, year: Year) -> None:
    """State the spending plan as the lines stand now; a later one replaces it."""
    year.plan = year.plan or f"PLAN{year.year}{year.project.number:07d}"
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "plan": year.plan,
        "periods": plan_periods(year),
        "document": town.writer.paper("plan", f"YK{year.year}"),
    }
    town.writer.fact("budget", "spending_plan.approved", year.subject, data)


def revise_plan(town: Town, year: Year) -> None:
    """Approve the plan again, if there is one, after the budget changed."""
    if year.plan is not None:
        approve_plan(town, year)


def approve_targets(town: Town, year: Year) -> None:
    """State what the project promises for the year."""
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "goal": f"{year.year}年度按期完成{year.project.name}",
        "targets": [terms(indicator, year.year) for indicator in year.indicators],
        "document": town.writer.paper("budget", f"合财绩〔{year.year}〕"),
    }
    town.writer.fact("performance", "targets.approved", year.subject, data)


def sign(town: Town, year: Year) -> None:
    """State the contract: nearly all of the budget, due as the money is to go out."""
    day = town.writer.today
    year.contract = town.writer.number(f"HT{year.year}")
    line = year.main
    year.contract_amount = part(line.budget, town.chance.between(9_200, 9_800))
    if character(year.year).signed_within:
        paid = part(part(line.budget, line.curve[-1]), line.pace)
        year.contract_amount = min(year.contract_amount, paid)
    data = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(year.contract_amount),
        "line": year.main.line,
        "unit": year.main.unit,
        "contract": year.contract,
        "supplier": town.suppliers[year.supplier],
        "schedule": _instalments(year),
        "document": {"kind": "contract", "number": year.contract},
    }
    town.writer.fact("units", "commitment.recorded", year.subject, data)


def _instalments(year: Year) -> list[dict[str, str]]:
    found, before = [], 0
    curve = year.main.curve if year.main.curve[-1] else DECEMBER
    for month in QUARTERS:
        due = part(year.contract_amount, curve[month - 1])
        if due > before:
            found.append({"due": f"{year.year}-{month:02d}-28", "amount": money(due - before)})
            before = due
    return found
