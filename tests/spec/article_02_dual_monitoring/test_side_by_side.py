"""第二条: 对预算执行进度和绩效目标实现程度开展"双监控"."""

from contracts.vocabulary import Quadrant, fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    budget,
    expenditure,
    jurisdiction,
    progress,
    project,
    target,
    targets,
)

title = "Budget execution and the degree to which targets are met, side by side at every moment"

FACTS = rows("""
    | date       | fact        | amount |
    |------------|-------------|--------|
    | 2026-02-15 | expenditure | 10.00  |
    | 2026-03-31 | progress    | 5      |
    | 2026-05-10 | expenditure | 40.00  |
    | 2026-06-30 | progress    | 20     |
    | 2026-09-20 | expenditure | 45.00  |
    | 2026-11-30 | progress    | 95     |
    | 2026-12-20 | expenditure | 5.00   |
    | 2026-12-31 | progress    | 120    |
""")

MOMENTS = rows("""
    | as of      | spent  | rate  | money light | actual | done  | results light | quadrant       |
    |------------|--------|-------|-------------|--------|-------|---------------|----------------|
    | 2026-01-15 | 0.00   | -     | -           | -      | -     | -             | -              |
    | 2026-02-28 | 10.00  | 1000  | yellow      | -      | -     | -             | -              |
    | 2026-03-31 | 10.00  | 1000  | red         | 5      | 500   | red           | both_behind    |
    | 2026-05-31 | 50.00  | 5000  | green       | 5      | 500   | red           | results_behind |
    | 2026-07-31 | 50.00  | 5000  | green       | 20     | 2000  | red           | results_behind |
    | 2026-09-30 | 95.00  | 9500  | green       | 20     | 2000  | red           | results_behind |
    | 2026-11-30 | 95.00  | 9500  | green       | 95     | 9500  | green         | on_track       |
    | 2026-12-31 | 100.00 | 10000 | green       | 120    | 10000 | blue          | on_track       |
""")


def test_both_monitors_stand_side_by_side_at_every_moment(engine: Engine) -> None:
    """One project of 100.00, one quantity of 100; any date can be asked for, also afterwards."""
    engine.given(jurisdiction(), project(), budget(amount="100.00", date="2026-01-20"), targets())
    for fact in FACTS:
        if fact["fact"] == "expenditure":
            engine.given(expenditure(amount=fact["amount"], date=fact["date"]))
        else:
            engine.given(progress(fact["amount"], date=fact["date"]))

    told = [_row(engine, moment["as of"]) for moment in MOMENTS]

    assert MOMENTS == told


def _row(engine: Engine, as_of: str) -> dict[str, str]:
    made = engine.assessment(as_of=as_of)
    shown = made.attainment.indicators[0] if made.attainment.indicators else None
    cells = (
        as_of,
        fen_to_wire(made.execution.money.spent),
        made.execution.money.execution_rate_bp,
        made.execution.light,
        shown and shown.actual,
        made.attainment.attainment_rate_bp,
        made.attainment.light,
        made.quadrant,
    )
    return {
        name: "-" if cell is None else str(cell)
        for name, cell in zip(MOMENTS[0], cells, strict=True)
    }


QUADRANTS = rows("""
    | spent | reached | quadrant       |
    |-------|---------|----------------|
    | 50.00 | 50      | on_track       |
    | 39.00 | 60      | money_behind   |
    | 50.00 | 39      | results_behind |
    | 10.00 | 10      | both_behind    |
""")


def test_the_two_monitors_together_say_where_a_project_stands(engine: Engine) -> None:
    """Half a year over, 100.00 of money and 100 of results promised."""
    engine.given(jurisdiction())
    told = []
    for number, row in enumerate(QUADRANTS):
        code = f"610100/Q{number}"
        engine.given(
            project(code),
            budget(code),
            targets(subject=code),
            expenditure(code, amount=row["spent"]),
            progress(row["reached"], subject=code),
        )
        told.append(engine.assessment(project=code).quadrant)

    assert [Quadrant(row["quadrant"]) for row in QUADRANTS] == told


def test_money_ahead_of_results_is_measured(engine: Engine) -> None:
    """花钱没办成事: 70 % of the money, 20 % of the result: 50 points."""
    engine.given(jurisdiction(), budget(), targets(), expenditure(amount="70.00"), progress("20"))

    assert 5_000 == engine.assessment().money_ahead_bp


def test_one_monitor_without_the_other_is_said_to_be_alone(engine: Engine) -> None:
    """Nothing is made up where nothing is known: no target, no report, no budget."""
    engine.given(
        jurisdiction(),
        budget("610100/MONEY"),
        expenditure("610100/MONEY", amount="50.00"),
        targets(subject="610100/RESULTS"),
        progress("50", subject="610100/RESULTS"),
        budget("610100/UNREPORTED"),
        targets(target(due=["2026-03-31"]), subject="610100/UNREPORTED"),
    )
    told = {}
    for code in ("MONEY", "RESULTS", "UNREPORTED"):
        made = engine.assessment(project=f"610100/{code}")
        told[code] = (made.execution.light, made.attainment.light, made.light, made.quadrant)

    assert {
        "MONEY": ("green", None, "green", None),
        "RESULTS": (None, "green", "green", None),
        "UNREPORTED": ("red", None, "red", None),
    } == told


def test_the_worst_of_both_is_the_projects_light(engine: Engine) -> None:
    """Red before yellow before green before blue."""
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="35.00"),
        targets(target("A"), target("B")),
        progress("60", indicator="A"),
        progress("65", indicator="B"),
    )
    made = engine.assessment()

    assert ("yellow", "blue", "yellow") == (
        made.execution.light,
        made.attainment.light,
        made.light,
    )
