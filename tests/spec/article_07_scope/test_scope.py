"""第七条: 四本预算安排的所有项目支出; 发现问题较多、绩效水平不高、管理薄弱的项目予以重点监控."""

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, expenditure, jurisdiction
from tests.support.watching import check, problem, resolution

title = "Scope: projects of all four budgets; projects with many problems are seen to have them"

BUDGETS = rows("""
    | account          | budget | spent | rate | light |
    |------------------|--------|-------|------|-------|
    | general_public   | 100.00 | 50.00 | 5000 | green |
    | government_funds | 100.00 | 35.00 | 3500 | yellow |
    | state_capital    | 100.00 | 29.00 | 2900 | red   |
    | social_insurance | 100.00 | 60.00 | 6000 | green |
""")


def test_projects_of_every_budget_are_monitored_alike(engine: Engine) -> None:
    """一般公共、政府性基金、国有资本经营、社保基金: half a year over."""
    engine.given(jurisdiction())
    told = []
    for row in BUDGETS:
        code = f"610100/{row['account']}"
        engine.given(
            budget(code, amount=row["budget"], account=row["account"]),
            expenditure(code, amount=row["spent"]),
        )
        execution = engine.assessment(project=code).execution
        (line,) = execution.lines
        told.append(
            {
                "account": str(line.account),
                "budget": f"{line.money.adjusted_budget / 100:.2f}",
                "spent": f"{line.money.spent / 100:.2f}",
                "rate": str(execution.money.execution_rate_bp),
                "light": str(execution.light),
            }
        )

    assert BUDGETS == told


FOUND = rows("""
    | as of      | open | serious | overdue | money  | checks | failed |
    |------------|------|---------|---------|--------|--------|--------|
    | 2026-02-28 | 1    | 0       | 0       | 0.00   | 0      | 0      |
    | 2026-03-31 | 3    | 1       | 0       | 150.00 | 1      | 1      |
    | 2026-04-30 | 5    | 1       | 0       | 150.00 | 1      | 1      |
    | 2026-05-01 | 5    | 1       | 1       | 150.00 | 1      | 1      |
    | 2026-05-31 | 3    | 0       | 0       | 30.00  | 2      | 1      |
""")


def test_problems_are_counted_whoever_found_them_until_they_have_ended(engine: Engine) -> None:
    """巡视巡察、审计、有关监督检查、绩效评价、日常管理, with their term 整改期限."""
    engine.given(
        jurisdiction(),
        problem("P1", date="2026-02-10", origin="routine_management", kind="slow_execution"),
        problem("P2", "red", "2026-03-05", origin="inspection", amount="120.00", due="2026-04-30"),
        check(result="failed", date="2026-03-15"),
        problem("P3", date="2026-03-20", origin="audit", amount="30.00"),
        problem("P4", date="2026-04-02", origin="supervision", kind="procedure"),
        problem("P5", "info", "2026-04-20", origin="evaluation", kind="performance"),
        resolution("P2", date="2026-05-12"),
        resolution("P4", date="2026-05-20", outcome="unfounded"),
        check("CH2", date="2026-05-20", mode="priority"),
    )
    told = []
    for row in FOUND:
        found = engine.assessment(as_of=row["as of"]).extended
        told.append(
            {
                "as of": row["as of"],
                "open": str(found.problems_open),
                "serious": str(found.problems_serious),
                "overdue": str(found.problems_overdue),
                "money": f"{found.problems_amount / 100:.2f}",
                "checks": str(found.checks),
                "failed": str(found.checks_failed),
            }
        )

    assert FOUND == told
