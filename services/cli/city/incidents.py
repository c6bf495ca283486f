"""What is planted as a single thing that happens: each one states its facts and notes itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.cli.city.adjusting import adjust, lower_targets
from services.cli.city.agenda import Phase
from services.cli.city.chance import part
from services.cli.city.curves import CRAWL, EARLY
from services.cli.city.paying import pay, reverse
from services.cli.city.setup import approve, carry_over, revise_plan
from services.cli.city.town import Town
from services.cli.city.wire import iso, money
from services.cli.city.year import Line, Year, line_id

Incident = Callable[[Town, Year], None]

FEN: Final = 100
SPLIT_BELOW_YUAN: Final = (400_000, 120_000)
ROUND_YUAN: Final = (200_000, 10_000)
SPLIT_INTO: Final = 4
ROUND_TIMES: Final = 3
TIMES_LEFT: Final = 10
"""The larger sum is taken where the line has so many times of it left."""
OTHER_FUNCTION: Final = "2290201"
OTHER_ECONOMIC: Final = "50199"


def _pay_planted(town: Town, year: Year, over: Mapping[str, Any], **more: Any) -> None:
    """Pay a small part of the budget with something wrong about it."""
    fen = part(year.main.budget, town.chance.between(150, 400))
    if "line" not in over:
        year.main.spent += fen
    pay(town, year, year.main, fen, town.writer.today, over)
    town.planted(year, town.writer.today, **more)


def _charge_wrongly(town: Town, year: Year, line: str | None) -> None:
    _pay_planted(town, year, {"line": line}, line=line)


def _unknown_line(town: Town, year: Year) -> None:
    _charge_wrongly(town, year, f"BGT{year.year}99{town.writer.number('')}")


def _closed_line(town: Town, year: Year) -> None:
    before = year.project.lines_before or (line_id(year.project, year.year - 1, 1),)
    _charge_wrongly(town, year, before[0])


def _no_line(town: Town, year: Year) -> None:
    # With a second line nobody can say which one the money belongs to.
    _side(town, year, 10, part(year.main.budget, 300))
    _charge_wrongly(town, year, None)


def _other_project(town: Town, year: Year) -> None:
    others = [other for other in town.years if other is not year]
    other = town.chance.one(others) if others else year
    _charge_wrongly(town, year, other.main.line)


def _over_budget(town: Town, year: Year) -> None:
    line = year.main
    fen = max(0, line.left) + part(line.budget, town.chance.between(600, 1_500))
    line.spent += fen
    pay(town, year, line, fen, town.writer.today)
    town.planted(year, town.writer.today, line=line.line)


def _side(town: Town, year: Year, place: int, fen: int) -> Line:
    """Approve one more line for what is to happen on it."""
    main = year.main
    line = Line(year.line_id(place), main.account, "treasury_payment", main.unit, main.function,
                main.economic, fen, CRAWL, 0)  # fmt: skip
    approve(town, year, line, "main")
    return line


def _zero_budget(town: Town, year: Year) -> None:
    line = _side(town, year, 7, 0)
    _on_side(town, year, line)


def _on_side(town: Town, year: Year, line: Line) -> None:
    pay(town, year, line, part(year.main.budget, 120), town.writer.today)
    town.planted(year, town.writer.today, line=line.line)


def _negative_net(town: Town, year: Year) -> None:
    fen = part(year.main.budget, 150)
    line = _side(town, year, 8, 3 * fen)
    pay(town, year, line, fen, town.writer.today)
    town.later(town.writer.today + 1, Phase.DAY, _return_too_much, town, year, line, 2 * fen)


def _return_too_much(town: Town, year: Year, line: Line, fen: int) -> None:
    reverse(town, year, line, fen, town.writer.today, {"reason": "退款"})
    town.planted(year, town.writer.today, line=line.line)


def _classified(town: Town, year: Year, **codes: str) -> None:
    over = {"classification": {**year.main.classification, **codes}}
    _pay_planted(town, year, over, line=year.main.line)


def _function_mismatch(town: Town, year: Year) -> None:
    _classified(town, year, function=OTHER_FUNCTION)


def _economic_mismatch(town: Town, year: Year) -> None:
    _classified(town, year, government_economic=OTHER_ECONOMIC)


def _fund_mismatch(town: Town, year: Year) -> None:
    general = year.main.account == "general_public"
    account, fund = ("government_funds", "121") if general else ("general_public", "111")
    codes = {**year.main.classification, "fund_type": fund}
    over = {"classification": codes, "account": account}
    _pay_planted(town, year, over, line=year.main.line)


def _pay_within(town: Town, year: Year, fen: int, over: Mapping[str, Any] | None = None) -> None:
    year.main.spent += fen
    pay(town, year, year.main, fen, town.writer.today, over)


def _duplicate(town: Town, year: Year) -> None:
    fen = part(year.main.left, 900) + 37
    purpose = {"purpose": "合同款"}
    _pay_within(town, year, fen, purpose)
    _pay_within(town, year, fen, purpose)
    town.planted(year, town.writer.today, line=year.main.line)


def _size(year: Year, sizes: tuple[int, int]) -> int:
    large, small = sizes
    return (large if year.main.left > large * FEN * TIMES_LEFT else small) * FEN


def _split(town: Town, year: Year) -> None:
    below = _size(year, SPLIT_BELOW_YUAN)
    for _ in range(SPLIT_INTO):
        _pay_within(town, year, below - town.chance.between(1_000, below // 40))
    town.planted(year, town.writer.today, line=year.main.line)


def _round_sums(town: Town, year: Year) -> None:
    for _ in range(ROUND_TIMES):
        _pay_within(town, year, _size(year, ROUND_YUAN))
    town.planted(year, town.writer.today, line=year.main.line)


def _other_payee(town: Town, year: Year) -> None:
    other = town.suppliers[(year.supplier + 1) % len(town.suppliers)]
    over = {"payee": other, "contract": year.contract}
    _pay_planted(town, year, over, line=year.main.line)


def _over_contract(town: Town, year: Year) -> None:
    """Pay more on the contract than it is about, though the budget would still allow it."""
    line = year.main
    fen = max(0, year.contract_amount - year.contract_paid) + part(line.budget, 100)
    _pay_within(town, year, fen, {"contract": year.contract})
    town.planted(year, town.writer.today, line=line.line)


def _above_disbursement(town: Town, year: Year) -> None:
    line = year.main
    _pay_within(town, year, max(0, line.disbursed - line.spent) + part(line.budget, 700))
    town.planted(year, town.writer.today, line=line.line)


def _above_plan(town: Town, year: Year) -> None:
    _pay_within(town, year, part(year.main.budget, town.chance.between(1_200, 1_800)))
    town.planted(year, town.writer.today, line=year.main.line)


def _spanning_period(town: Town, year: Year) -> None:
    main = year.main
    line = year.line_id(9)
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "line": line,
        "amount": money(part(main.budget, 800)),
        "account": main.account,
        "unit": main.unit,
        "classification": main.classification,
        "period": {"start": f"{year.year}-07-01", "end": f"{year.year + 1}-06-30"},
        "document": town.writer.paper("budget", f"合财预〔{year.year}〕"),
    }
    town.writer.fact("budget", "budget.approved", year.subject, data)
    town.planted(year, town.writer.today, line=line)


def _carryover_two_years(town: Town, year: Year) -> None:
    main = year.main
    line = Line(year.line_id(6), main.account, "treasury_payment", main.unit, main.function,
                main.economic, part(main.budget, 900), EARLY, 9_000)  # fmt: skip
    year.others.append(line)
    carry_over(town, year, line, year.year - 2)
    town.planted(year, town.writer.today, line=line.line)


def _large_adjustment(town: Town, year: Year) -> None:
    fen = part(year.main.budget, town.chance.between(2_500, 4_500))
    adjust(town, year, year.main, "supplement", fen, reason="工作内容重大调整")
    revise_plan(town, year)
    town.planted(year, town.writer.today, line=year.main.line)


def _targets_reset(town: Town, year: Year) -> None:
    lower_targets(town, year, town.chance.between(4_500, 6_500), "重新核定年度任务")
    town.planted(year, town.writer.today, indicator=year.indicators[0].indicator)


def _unpaired_cut(town: Town, year: Year) -> None:
    line = year.main
    fen = min(part(line.budget, town.chance.between(600, 900)), max(1, line.left // 2))
    adjust(town, year, line, "cut", fen, objective_grounds=True, reason="客观因素调减")
    revise_plan(town, year)
    town.planted(year, town.writer.today, line=line.line)


INCIDENTS: Final[Mapping[str, Incident]] = {
    incident.__name__.removeprefix("_"): incident
    for incident in (
        _unknown_line, _closed_line, _no_line, _other_project, _over_budget, _zero_budget,
        _negative_net, _function_mismatch, _economic_mismatch, _fund_mismatch, _duplicate,
        _split, _round_sums, _other_payee, _over_contract, _above_disbursement, _above_plan,
        _spanning_period, _carryover_two_years, _large_adjustment, _targets_reset,
        _unpaired_cut,
    )
}  # fmt: skip
"""By the name that planting uses."""
