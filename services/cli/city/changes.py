"""What is irregular and yet in order: supplements, cuts, virements, corrections, refunds.

None of it is a deviation; the rules must leave it alone, but for January's payment ahead of its
budget, which they tell for information (domain-rules 17a).
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from services.cli.city.adjusting import adjust, lower_targets, move
from services.cli.city.agenda import Phase
from services.cli.city.chance import part
from services.cli.city.curves import STEADY, late_start
from services.cli.city.paying import pay, reverse
from services.cli.city.setup import ADVANCE, approve, revise_plan
from services.cli.city.town import Town
from services.cli.city.wire import iso, money
from services.cli.city.year import Line, Year

SIZE_BP: Final = (300, 750)
"""How much of a budget changes."""
NET_BP: Final = 900
"""How much of it changes in a year at most, all changes together."""
ANY_DAY: Final = (6, 26)
SEEN_MAX: Final = 60
"""Projects that are looked at for one that can take a virement."""
SUPPLEMENT_MONTH: Final = 6


def plan_month(town: Town, year: Year, month: int, first: int) -> None:
    """Plan at most one change of an undisturbed project's month."""
    draw = town.chance.random() * 1_000
    for change in CHANGES:
        if not change.first <= month <= change.last:
            continue
        draw -= change.per_mille
        if draw < 0:
            day = first + town.chance.between(*ANY_DAY) - 1
            town.later(day, change.phase, change.act, town, year)
            return


def _size(town: Town, year: Year) -> int:
    return part(year.main.budget, town.chance.between(*SIZE_BP))


def _stays_small(year: Year, fen: int) -> bool:
    """Say whether a budget changed once more stays near what was approved.

    Some changes of one year together are a large one, which is a deviation (domain-rules 18).
    """
    approved = year.main.budget - year.adjusted
    return abs(year.adjusted + fen) <= part(approved, NET_BP)


def _supplement(town: Town, year: Year) -> None:
    fen = _size(town, year)
    if not _stays_small(year, fen):
        return
    adjust(town, year, year.main, "supplement", fen, reason="年中追加")
    town.later(town.writer.today + 1, Phase.MORNING, revise_plan, town, year)


def _nightly_supplement(town: Town, year: Year) -> None:
    """A supplement on a new line that is known only after the first payment made on it."""
    main, today = year.main, town.writer.today
    curve = late_start(STEADY, SUPPLEMENT_MONTH + 1)
    line = Line(year.line_id(5), main.account, "treasury_payment", main.unit, main.function,
                main.economic, _size(town, year), curve, 9_800)  # fmt: skip
    year.others.append(line)
    line.spent = part(line.budget, 1_500)
    pay(town, year, line, line.spent, today)
    town.later(today, Phase.NIGHT, approve, town, year, line, "main")
    town.later(today + 1, Phase.MORNING, revise_plan, town, year)


def _cut(town: Town, year: Year) -> None:
    """A cut on objective grounds, and the targets with it (Art. 14(1))."""
    fen = _size(town, year)
    if fen * 2 > year.main.left or not _stays_small(year, -fen):
        return
    share = 10_000 - fen * 10_000 // year.main.budget
    adjust(town, year, year.main, "cut", fen, objective_grounds=True, reason="政策调整")
    revise_plan(town, year)
    day = town.writer.today + town.chance.between(2, 8)
    reason = "预算调减,同步调整绩效目标"
    town.later(day, Phase.MORNING, lower_targets, town, year, share, reason)


def _recover(town: Town, year: Year) -> None:
    fen = part(year.main.budget, 150)
    if fen * 2 <= year.main.left and _stays_small(year, -fen):
        adjust(town, year, year.main, "recovery", fen, reason="收回预计结余")
        revise_plan(town, year)


def _pass_down(town: Town, year: Year) -> None:
    fen = _size(town, year)
    if not _stays_small(year, fen):
        return
    adjust(town, year, year.main, "passed_down", fen, reason="上级转移支付下达")
    revise_plan(town, year)


def _vire(town: Town, giver: Year) -> None:
    """Move money to another project: of its department, if there is one in order."""
    fen = part(giver.main.budget, 250)
    if fen * 2 > giver.main.left or not _stays_small(giver, -fen):
        return
    able = [
        year for year in _some(town, giver)
        if year.plant is None and year is not giver and fen * 12 < year.main.budget
        and _stays_small(year, fen)
        and year.approved <= town.writer.today and year.main.account == giver.main.account
    ]  # fmt: skip
    if able:
        taker = able[0]
        move(town, "virement", giver, [(taker, fen)])
        revise_plan(town, giver)
        revise_plan(town, taker)


def _some(town: Town, giver: Year) -> list[Year]:
    count = len(town.years)
    start = town.chance.between(0, count - 1)
    seen = [town.years[(start + step) % count] for step in range(min(SEEN_MAX, count))]
    home = giver.project.department.code
    seen.sort(key=lambda year: year.project.department.code != home)
    return seen


def _correct(town: Town, year: Year) -> None:
    """更正: a payment under the wrong department class comes back and goes out rightly."""
    line = year.main
    fen = min(part(line.budget, 40), line.left)
    if line.channel != "treasury_payment" or fen <= 0:
        return
    line.spent += fen
    day = town.writer.today
    wrong = {**line.classification, "department_economic": "30201"}
    number = pay(town, year, line, fen, day, {"classification": wrong})
    town.later(day + 2, Phase.DAY, _set_right, town, year, line, fen, number)


def _set_right(town: Town, year: Year, line: Line, fen: int, number: str) -> None:
    day = town.writer.today
    original = {"kind": "payment_certificate", "number": number}
    reverse(town, year, line, fen, day, {"original": original, "reason": "更正部门经济分类"})
    pay(town, year, line, fen, day)


def _refund_of_last_year(town: Town, year: Year) -> None:
    """A payment of last year comes back: shown apart, it reduces nothing of this year."""
    project = year.project
    if not project.lines_before:
        return
    over = {
        "fiscal_year": year.year - 1,
        "line": project.lines_before[0],
        "prior_year": True,
        "reason": "退回以前年度支出",
    }
    fen = part(year.main.budget, 30)
    reverse(town, year, year.main, fen, town.writer.today, over)


def _unnamed(town: Town, year: Year) -> None:
    """January's urgent payment awaits its budget, and is charged to it after the approval."""
    today = town.writer.today
    if year.approved <= today:
        return
    fen = part(year.main.budget, 60)
    pay(town, year, year.main, fen, today, {"line": None, "purpose": "应急支出"})
    if not any(line.line.endswith(ADVANCE) for line in year.others):
        # With a line approved in advance the year counts as approved, and this is no case of it.
        town.noted(year, "awaiting_budget", today)
    after = year.approved + town.chance.between(4, 12)
    town.later(after, Phase.DAY, _name_it, town, year, fen)


def _name_it(town: Town, year: Year, fen: int) -> None:
    day = town.writer.today
    reverse(town, year, year.main, fen, day, {"line": None, "reason": "更正指标"})
    year.main.spent += fen
    pay(town, year, year.main, fen, day)


def _change_contract(town: Town, year: Year) -> None:
    """A part of the contract is no longer needed."""
    fen = part(year.contract_amount, 100)
    if year.contract is None or year.contract_paid > year.contract_amount - fen:
        return
    year.contract_amount -= fen
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "amount": money(fen),
        "released": True,
        "line": year.main.line,
        "unit": year.main.unit,
        "contract": year.contract,
    }
    town.writer.fact("units", "commitment.recorded", year.subject, data)


class Change(NamedTuple):
    """A change, and how often it comes."""

    first: int
    """First month in which it may come."""
    last: int
    """Last month."""
    per_mille: int
    """In so many of a thousand project months."""
    phase: Phase
    act: Callable[[Town, Year], None]


CHANGES: Final = (
    Change(1, 1, 20, Phase.DAY, _refund_of_last_year),
    Change(1, 1, 25, Phase.DAY, _unnamed),
    Change(6, 6, 40, Phase.DAY, _nightly_supplement),
    Change(6, 6, 80, Phase.MORNING, _supplement),
    Change(9, 9, 60, Phase.MORNING, _cut),
    Change(10, 10, 40, Phase.MORNING, _recover),
    Change(4, 12, 10, Phase.NIGHT, _pass_down),
    Change(4, 12, 15, Phase.MORNING, _vire),
    Change(4, 12, 10, Phase.DAY, _correct),
    Change(4, 12, 5, Phase.DAY, _change_contract),
)
