"""第八条(三): 重点政策和重大项目绩效延伸监控."""

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import jurisdiction
from tests.support.watching import asset, check, disposition, milestone, plan_change

title = "Extended monitoring: tasks, plan changes, procurement, acceptance, assets, at any date"

MOMENTS = rows("""
    | as of      | milestones | met | overdue | progress | plan changes | checks | assets |
    |------------|------------|-----|---------|----------|--------------|--------|--------|
    | 2026-01-31 | 3          | 0   | 0       | -        | 0            | 0      | 0      |
    | 2026-03-31 | 3          | 1   | 0       | -        | 0            | 0      | 0      |
    | 2026-06-30 | 3          | 1   | 0       | 3500     | 0            | 1      | 0      |
    | 2026-07-01 | 3          | 1   | 1       | 3500     | 0            | 1      | 0      |
    | 2026-07-31 | 3          | 1   | 0       | 3500     | 1            | 1      | 0      |
    | 2026-10-31 | 3          | 2   | 0       | 8000     | 1            | 2      | 1      |
""")


def test_the_work_itself_is_followed_at_every_moment(engine: Engine) -> None:
    """政府采购、工程招标、监理和验收: a tender in time, a building late and replanned, an asset."""
    engine.given(
        jurisdiction(),
        milestone("M1", date="2026-01-10", topic="tendering", planned_on="2026-03-31"),
        milestone("M2", date="2026-01-10", topic="tasks", planned_on="2026-06-30"),
        milestone(
            "M3", date="2026-01-10", topic="supervision_and_acceptance", planned_on="2026-12-15"
        ),
        milestone("M1", "met", "2026-03-28", topic="tendering", planned_on="2026-03-31"),
        milestone("M2", "partly_met", "2026-06-15", planned_on="2026-06-30", progress_bp=3_500),
        check("C1", "remarks", "2026-06-20", topic="disclosure"),
        plan_change("schedule", "2026-07-20", planned_end="2026-10-31"),
        milestone("M2", "partly_met", "2026-07-20", planned_on="2026-10-31"),
        asset("A1", "48000.00", "2026-09-05"),
        check("C2", "passed", "2026-09-30", topic="assets"),
        milestone("M2", "met", "2026-10-25", planned_on="2026-10-31", progress_bp=8_000),
    )
    told = []
    for row in MOMENTS:
        found = engine.assessment(as_of=row["as of"]).extended
        cells = (
            row["as of"],
            found.milestones,
            found.milestones_met,
            found.milestones_overdue,
            "-" if found.progress_bp is None else found.progress_bp,
            found.plan_changes,
            found.checks,
            found.assets,
        )
        told.append({name: str(cell) for name, cell in zip(row, cells, strict=True)})

    assert MOMENTS == told


def test_it_is_followed_without_budget_and_targets_too(engine: Engine) -> None:
    """Nothing of the two monitors is made up for it: null, never zero."""
    engine.given(jurisdiction(), milestone())
    made = engine.assessment()

    assert (1, None, None, None, None) == (
        made.extended.milestones,
        made.light,
        made.execution.money.execution_rate_bp,
        made.attainment.attainment_rate_bp,
        made.earned_value,
    )


def test_a_stop_of_disbursing_holds_until_it_is_lifted(engine: Engine) -> None:
    """第十四条(二): recorded with the day of its effect; Dualwatch stops no payment."""
    engine.given(
        jurisdiction(),
        disposition(name="D1", date="2026-07-10", effective_from="2026-07-15"),
        disposition("disbursement_resumed", "D2", date="2026-09-01"),
    )
    told = {
        as_of: engine.assessment(as_of=as_of).extended.disbursement_stopped
        for as_of in ("2026-07-14", "2026-07-15", "2026-08-31", "2026-09-01")
    }

    assert {
        "2026-07-14": False,
        "2026-07-15": True,
        "2026-08-31": True,
        "2026-09-01": False,
    } == told
