"""第八条(一): 预计产出的完成程度及趋势、预计效果的实现程度及趋势; 第十四条(二)."""

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import jurisdiction, progress, target, targets
from tests.support.measuring import state_changed

title = "Targets: where results are heading, what is overdue, what a standstill does not expect"

TREND = rows("""
    | results        | trend           | slope | forecast   | probability | possibility |
    |----------------|-----------------|-------|------------|-------------|-------------|
    | 10             | not_enough_data | -     | -          | -           | -           |
    | 10 20          | not_enough_data | -     | -          | -           | -           |
    | 10 20 30       | rising          | 10    | 111.666667 | 10000       | certain     |
    | 10 12 30       | rising          | 10    | 111.666667 | 6667        | possible    |
    | 10 12 14       | rising          | 2     | 30.333333  | 0           | impossible  |
    | 30 30 30       | steady          | 0     | 30         | 0           | impossible  |
    | 10 100         | not_enough_data | -     | -          | 10000       | certain     |
""")

DAYS = ("2026-03-01", "2026-03-31", "2026-04-30")


def test_results_say_where_they_are_heading(engine: Engine) -> None:
    """A hundred promised, results every thirty days; three make a trend."""
    engine.given(jurisdiction())
    told = []
    for number, row in enumerate(TREND):
        code = f"610100/T{number}"
        engine.given(targets(subject=code))
        for value, on in zip(row["results"].split(), DAYS, strict=False):
            engine.given(progress(value, on, subject=code))
        (found,) = engine.assessment(project=code).attainment.indicators
        cells = (
            row["results"],
            found.trend,
            found.slope,
            found.forecast,
            found.probability_bp,
            found.possibility,
        )
        told.append(
            {n: "-" if cell is None else str(cell) for n, cell in zip(row, cells, strict=True)}
        )

    assert TREND == told


OVERDUE = rows("""
    | as of      | state        | overdue on |
    |------------|--------------|------------|
    | 2026-03-30 | not_yet_due  | -          |
    | 2026-03-31 | not_reported | 2026-04-14 |
    | 2026-04-20 | judged       | -          |
    | 2026-06-30 | not_reported | 2026-07-14 |
    | 2026-07-20 | judged       | -          |
""")


def test_a_missing_report_is_overdue_after_ten_working_days(engine: Engine) -> None:
    """Of every period's own due date."""
    engine.given(
        jurisdiction(),
        targets(target(accumulation="per_period", due=["2026-03-31", "2026-06-30"])),
        progress("100", "2026-04-15", due="2026-03-31"),
        progress("90", "2026-07-16", due="2026-06-30"),
    )
    told = []
    for row in OVERDUE:
        (found,) = engine.assessment(as_of=row["as of"]).attainment.indicators
        told.append(
            {
                "as of": row["as of"],
                "state": str(found.state),
                "overdue on": str(found.overdue_on or "-"),
            }
        )

    assert OVERDUE == told


STANDSTILL = rows("""
    | as of      | cumulative | stages | per quarter: state | next due   | overdue on |
    |------------|------------|--------|--------------------|------------|------------|
    | 2026-03-31 | 25         | 20     | not_reported       | 2026-06-30 | 2026-04-14 |
    | 2026-05-31 | 33.333333  | 20     | not_reported       | -          | 2026-04-14 |
    | 2026-06-30 | 33.333333  | 20     | not_reported       | -          | 2026-04-14 |
    | 2026-07-31 | 41.666667  | 20     | not_reported       | 2026-09-30 | 2026-04-14 |
    | 2026-09-30 | 58.333333  | 80     | not_reported       | 2026-12-31 | 2026-10-14 |
    | 2026-12-31 | 83.333333  | 100    | not_reported       | -          | 2027-01-14 |
""")


def test_what_falls_due_while_a_project_stands_still_is_not_expected(engine: Engine) -> None:
    """暂停实施 from 10 May to 14 July: two months' ends and one quarter's."""
    quarters = ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]
    engine.given(
        jurisdiction(),
        targets(
            target("A"),
            target(
                "B",
                stages=[
                    {"due": d, "value": str(v)}
                    for d, v in zip(quarters, (20, 50, 80, 100), strict=True)
                ],
            ),
            target("C", accumulation="per_period", due=quarters),
        ),
        state_changed("suspended", "2026-05-10"),
        state_changed("resumed", "2026-07-15"),
    )
    told = []
    for row in STANDSTILL:
        a, b, c = engine.assessment(as_of=row["as of"]).attainment.indicators
        cells = (row["as of"], a.expected, b.expected, c.state, c.next_due, c.overdue_on)
        told.append({n: str(cell or "-") for n, cell in zip(row, cells, strict=True)})

    assert STANDSTILL == told
