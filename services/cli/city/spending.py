"""A month of a project's money: what is due by its end, cut into payments."""

from typing import Final

from services.cli.city.agenda import Phase
from services.cli.city.chance import part
from services.cli.city.paying import disburse, pay_batch, plan_payment, request
from services.cli.city.town import Town
from services.cli.city.year import Line, Year

FIRST_DAY: Final = 5
LAST_DAY: Final = 22
"""Days of the month on which payments are made: what comes some days late is still of it."""
LEAST_FEN: Final = 50_000
"""Smaller needs wait for the next month."""
PAYMENTS_MAX: Final = {"recurrent": 4, "procurement": 3, "construction": 3, "one_off": 2,
                       "subsidy": 2}  # fmt: skip
PAYEES: Final = (12, 30)
"""Persons in a batch."""
WEEK_DAYS: Final = 7
SATURDAY: Final = 5
REQUEST_PERCENT: Final = 45
REQUEST_DAYS: Final = 3
RESERVE_SHARE_BP: Final = 10_800
"""A unit gets a little more than it is about to spend."""


def working(day: int) -> int:
    """Return the day, or the Monday after it if it falls on a weekend."""
    weekday = (day - 1) % WEEK_DAYS
    return day + WEEK_DAYS - weekday if weekday >= SATURDAY else day


def plan_month(town: Town, year: Year, month: int, first: int) -> None:
    """Plan what a project spends in a month whose first day is `first` (ordinal)."""
    for line in year.lines:
        due = part(part(line.budget, line.curve[month - 1]), line.pace)
        need = min(due - line.spent, line.left)
        if need < LEAST_FEN:
            continue
        line.spent += need
        if line.channel == "allocation":
            _transfer(town, year, line, need, first)
            if line.at_once:
                continue
        if year.project.project_class == "subsidy" and line is year.main:
            day = working(first + town.chance.between(FIRST_DAY, LAST_DAY) - 1)
            payees = town.chance.between(*PAYEES)
            town.later(day, Phase.DAY, pay_batch, town, year, line, need, day, payees)
        else:
            _payments(town, year, line, need, first)


def _transfer(town: Town, year: Year, line: Line, need: int, first: int) -> None:
    """Transfer the month's money before the unit spends it (实拨)."""
    wanted = need if line.at_once else part(line.spent, RESERVE_SHARE_BP) - line.disbursed
    fen = min(wanted, line.budget - line.disbursed)
    if fen > 0:
        day = working(first + town.chance.between(1, FIRST_DAY - 3))
        town.later(day, Phase.MORNING, disburse, town, year, line, fen, day)


def _payments(town: Town, year: Year, line: Line, need: int, first: int) -> None:
    chance = town.chance
    left = need
    count = chance.between(1, PAYMENTS_MAX[year.project.project_class])
    for rest in range(count, 0, -1):
        fen = left if rest == 1 else part(left, chance.between(2_000, 9_000) // rest + 1_000)
        left -= fen
        if fen <= 0:
            continue
        day = working(first + chance.between(FIRST_DAY, LAST_DAY) - 1)
        if line.channel == "treasury_payment" and chance.percent(REQUEST_PERCENT):
            asked = working(day - REQUEST_DAYS)
            town.later(asked, Phase.DAY, request, town, year, line, fen, asked)
        plan_payment(town, year, line, fen, day)
