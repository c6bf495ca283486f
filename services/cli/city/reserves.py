"""Money that is approved undistributed (待分配) and distributed to projects in spring."""

import datetime as dt
from typing import Final

from services.cli.city.adjusting import move
from services.cli.city.agenda import Phase
from services.cli.city.chance import Chance, part
from services.cli.city.curves import ZERO
from services.cli.city.planting import PLANTS, Plant
from services.cli.city.projects import Project
from services.cli.city.setup import approve, revise_plan
from services.cli.city.town import Town
from services.cli.city.year import ECONOMIC, Line, Year, line_id

APPROVED_DAY: Final = 10
ROUNDS: Final = (4, 5, 6)
"""Months in which it is distributed."""
LATE_ROUND: Final = 10
"""Month of the last distribution of money that is distributed too late."""
TAKERS_MAX: Final = 3
"""Projects that get some in one distribution."""
SHARE_BP: Final = (200, 500)
LATE: Final = next(plant for plant in PLANTS if plant.kind == "undistributed_late")


def plan(town: Town, project: Project, year: int, *, late: bool) -> None:
    """Approve a reserve of the year and plan to whom it goes."""
    chance = town.chance
    takers = [one for one in town.years if one.plant is None and one.main.account
              == "general_public"]  # fmt: skip
    if not takers:
        return
    rounds = [_round(takers, chance) for _ in ROUNDS]
    total = sum(fen for one in rounds for _, fen in one)
    reserve = _year(project, year, total, LATE if late else None)
    town.reserves.append(reserve)
    town.later(reserve.approved, Phase.MORNING, approve, town, reserve, reserve.main, "main")
    for number, month in enumerate(ROUNDS):
        last = number == len(ROUNDS) - 1
        date = dt.date(year, LATE_ROUND if late and last else month, chance.between(5, 25))
        town.later(date.toordinal(), Phase.MORNING, _distribute, town, reserve, rounds[number])
    if late:
        seen = dt.date(year, 9, 30).toordinal()
        town.later(seen, Phase.NIGHT, _note, town, reserve, seen)


def _round(takers: list[Year], chance: Chance) -> list[tuple[Year, int]]:
    chosen = {chance.between(0, len(takers) - 1) for _ in range(TAKERS_MAX)}
    return [
        (takers[place], part(takers[place].main.budget, chance.between(*SHARE_BP)))
        for place in sorted(chosen)
    ]


def _year(project: Project, year: int, fen: int, plant: Plant | None) -> Year:
    main = Line(
        line_id(project, year, 1),
        "general_public",
        "treasury_payment",
        project.unit.code,
        project.department.domain.function,
        ECONOMIC["reserve"],
        fen,
        ZERO,
        0,
    )
    approved = dt.date(year, 1, APPROVED_DAY).toordinal()
    return Year(project, year, plant, approved, planned=False, contracted=False, main=main,
                plan_curve=ZERO)  # fmt: skip


def _distribute(town: Town, reserve: Year, takers: list[tuple[Year, int]]) -> None:
    move(town, "distributed", reserve, takers)
    for taker, _ in takers:
        revise_plan(town, taker)


def _note(town: Town, reserve: Year, day: int) -> None:
    town.planted(reserve, day, line=reserve.main.line)
