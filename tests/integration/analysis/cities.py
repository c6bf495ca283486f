"""A small city for the tests of lists, sums and comparisons: every kind of group has members."""

from typing import Any

from contracts.envelope import AnyEvent
from tests.support import builders

TODAY = "2026-06-30"
UNITS = ("U1", "U2", "U3")
DEPARTMENTS = {"U1": "DA", "U2": "DA", "U3": "DB"}
PROJECTS = 9


def city(jurisdiction: str) -> list[AnyEvent]:
    """Give its facts, without a day opened: three units of two departments, nine projects."""
    facts: list[AnyEvent] = [
        builders.jurisdiction(jurisdiction),
        *(builders.organisation(code, jurisdiction, name=f"部门 {code}") for code in ("DA", "DB")),
        *(
            builders.organisation(unit, jurisdiction, kind="unit", parent=DEPARTMENTS[unit])
            for unit in UNITS
        ),
    ]
    for number in range(PROJECTS):
        facts += project(jurisdiction, number)
    facts.append(
        builders.project(f"{jurisdiction}/EMPTY", name="无资金", lead_unit="U3", department="DB")
    )
    return facts


def project(jurisdiction: str, number: int) -> list[AnyEvent]:
    """Give one project: two lines, one of a neighbour's unit and of another account."""
    name, unit = f"{jurisdiction}/P{number}", UNITS[number % 3]
    neighbour = UNITS[(number + 1) % 3]
    own: dict[str, Any] = {"unit": unit, "classification": {"function": "2130301"}}
    other: dict[str, Any] = {
        "unit": neighbour,
        "account": "government_funds",
        "classification": {"function": "2120399"},
    }
    paid = builders.expenditure
    return [
        builders.project(
            name,
            name=f"项目 {number}",
            lead_unit=unit,
            department=DEPARTMENTS[unit],
            project_class="construction" if number % 2 else "procurement",
        ),
        builders.budget(name, f"{100 + number}.00", line="L1", **own),
        builders.budget(name, "50.01", line="L2", **other),
        builders.adjustment("supplement", "10.00", subject=name, line="L1"),
        paid(name, f"{10 * number + 1}.11", line="L1", unit=unit),
        paid(name, "7.07", line="L2", unit=neighbour, date="2026-04-15"),
        paid(name, "1.01", line=None, unit=unit, date="2026-05-15"),
        builders.targets(builders.target("K1", "100"), subject=name),
        builders.progress(str(10 * number), subject=name),
    ]
