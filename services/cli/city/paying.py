"""Payments: application, settlement, return, and the same for money of other channels."""

from collections.abc import Mapping
from typing import Any, Final

from services.cli.city.agenda import Phase
from services.cli.city.names import SURNAMES
from services.cli.city.town import Payee, Town, account_hash
from services.cli.city.wire import iso, money
from services.cli.city.year import Line, Year

LATE_PERCENT: Final = 4
"""Payments that become known some days after they were made."""
LATE_DAYS: Final = (1, 5)
BACKDATED_PERCENT: Final = 0.4
"""Payments that become known weeks after."""
BACKDATED_DAYS: Final = (18, 35)
RETURNED_PERCENT: Final = 0.8
"""Payments that the bank returns, to be paid again."""
SMALL_SHARE: Final = 60
"""Only payments below this part of what is spent become known weeks late."""


def pay(
    town: Town,
    year: Year,
    line: Line,
    fen: int,
    day: int,
    over: Mapping[str, Any] | None = None,
) -> str:
    """State a settled payment of a day and return its number; `over` replaces fields."""
    number = town.writer.number(f"ZF{year.year}")
    data: dict[str, Any] = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(fen),
        "channel": line.channel,
        "line": line.line,
        "unit": line.unit,
        "account": line.account,
        "classification": line.classification,
        "payee": town.suppliers[year.supplier],
        "document": {"kind": "payment_certificate", "number": number},
    }
    if line.channel == "treasury_payment":
        data["pay_type"] = "1"
    if line is year.main and year.contract_paid + fen <= year.contract_amount:
        # What goes beyond it is other costs.
        data["contract"] = year.contract
    if over is not None:
        data.update(over)
        if data["line"] is None:
            del data["line"]
    if data.get("contract") is not None:
        year.contract_paid += fen
    system = "treasury" if line.channel == "treasury_payment" else "units"
    town.writer.fact(system, "expenditure.recorded", year.subject, data)
    return number


def reverse(
    town: Town, year: Year, line: Line, fen: int, day: int, over: Mapping[str, Any] | None = None
) -> None:
    """State that spent money came back."""
    data: dict[str, Any] = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(fen),
        "channel": line.channel,
        "line": line.line,
        "unit": line.unit,
        "document": town.writer.paper("refund", f"TK{year.year}"),
    }
    under = line is year.main and year.contract is not None and year.contract_paid >= fen
    if under and not (over or {}).get("prior_year"):
        data["contract"] = year.contract
        year.contract_paid -= fen
    if over is not None:
        data.update(over)
        if data["line"] is None:
            del data["line"]
    system = "treasury" if line.channel == "treasury_payment" else "units"
    town.writer.fact(system, "expenditure.reversed", year.subject, data)


def request(town: Town, year: Year, line: Line, fen: int, day: int) -> None:
    """State that a payment was applied for: no money has moved."""
    data: dict[str, Any] = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(fen),
        "line": line.line,
        "unit": line.unit,
        "status": "待审",
        "payee": town.suppliers[year.supplier],
        "document": town.writer.paper("payment_application", f"SQ{year.year}"),
    }
    if year.contract is not None:
        data["contract"] = year.contract
    town.writer.fact("treasury", "payment.requested", year.subject, data)


def disburse(town: Town, year: Year, line: Line, fen: int, day: int) -> None:
    """State that the treasury transferred money to the unit (实拨)."""
    line.disbursed += fen
    data = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(fen),
        "line": line.line,
        "unit": line.unit,
        "document": town.writer.paper("allocation_certificate", f"BK{year.year}"),
    }
    town.writer.fact("treasury", "funds.disbursed", year.subject, data)


def plan_payment(town: Town, year: Year, line: Line, fen: int, day: int) -> None:
    """Plan a payment of a day: it becomes known then, or later; a few come back."""
    chance = town.chance
    known = day
    if chance.percent(LATE_PERCENT):
        known += chance.between(*LATE_DAYS)
    elif fen * SMALL_SHARE < line.spent and chance.random() * 100 < BACKDATED_PERCENT:
        known += chance.between(*BACKDATED_DAYS)
    town.later(known, Phase.DAY, _settle, town, year, line, fen, day)


def _settle(town: Town, year: Year, line: Line, fen: int, day: int) -> None:
    number = pay(town, year, line, fen, day)
    if town.chance.random() * 100 >= RETURNED_PERCENT:
        return
    # 退票: the bank gives it back, and it is paid again under a new number.
    back = town.writer.today + town.chance.between(1, 3)
    original = {
        "original": {"kind": "payment_certificate", "number": number},
        "reason": "退票:收款账户信息有误",
    }
    town.later(back, Phase.DAY, reverse, town, year, line, fen, back, original)
    town.later(back + 1, Phase.DAY, pay, town, year, line, fen, back + 1)


def pay_batch(town: Town, year: Year, line: Line, fen: int, day: int, payees: int) -> None:
    """State a batch voucher: one number, a line and an amount for each person."""
    chance = town.chance
    number = town.writer.number(f"PL{year.year}")
    share = fen // payees
    for place in range(1, payees + 1):
        amount = share if place < payees else fen - share * (payees - 1)
        over = {
            "payee": _person(chance.between(0, 999_999)),
            "batch": True,
            "purpose": "补助资金发放",
            "document": {"kind": "payment_certificate", "number": number, "line": f"{place:04d}"},
        }
        _one_of_batch(town, year, line, amount, day, over)


def _one_of_batch(
    town: Town, year: Year, line: Line, fen: int, day: int, over: Mapping[str, Any]
) -> None:
    data = {
        "date": iso(day),
        "fiscal_year": year.year,
        "amount": money(fen),
        "channel": line.channel,
        "line": line.line,
        "unit": line.unit,
        "classification": line.classification,
        **over,
    }
    system = "treasury" if line.channel == "treasury_payment" else "units"
    town.writer.fact(system, "expenditure.recorded", year.subject, data)


def _person(number: int) -> Payee:
    surname = SURNAMES[number % len(SURNAMES)]
    return {
        "name": f"{surname}*",
        "account_hash": account_hash(f"person {number}"),
        "natural_person": True,
    }
