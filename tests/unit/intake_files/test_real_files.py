"""The two real files of the demonstration, folded here by hand and compared with known figures."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from contracts.codec import decode
from services.intake.domain.admission import Admitted, admit
from services.intake.files.iati import map_iati
from services.intake.files.options import ImportOptions
from tests.unit.intake_files.iati_files import GB, demo_file, mapped, of_type

BEIS = "beis-activity.xml"
GDIHUB = "gdihub-activity.xml"
ODART = "GB/GB-GOV-13-GCRF-BF-7TNK9LD-CJV6BWG"
EVALUATION = "GB/GB-GOV-13-GCRF-BF-7TNK9LD-NLFLATK"


def _sum(thing: str, project: str, until: str, year: int = 2021) -> Decimal:
    """Add up a project's amounts of a fiscal year that are dated up to a day."""
    found = of_type(mapped(demo_file(BEIS)), thing)
    return sum(
        (
            Decimal(event["data"]["amount"])
            for event in found
            if event["subject"] == project
            and event["data"]["fiscal_year"] == year
            and event["data"]["date"] <= until
        ),
        Decimal(0),
    )


@pytest.mark.parametrize(
    ("project", "budget", "spent", "rate_bp"),
    [(ODART, "978360.59", "580603.01", 5934), (EVALUATION, "768233.99", "102720.00", 1337)],
)
def test_the_first_half_of_2021_is_what_the_publisher_says(
    project: str, budget: str, spent: str, rate_bp: int
) -> None:
    """Budget, spending to 30 September 2021 and their ratio are the golden figures."""
    approved = _sum("budget.approved", project, "2021-09-30")
    paid = _sum("expenditure.recorded", project, "2021-09-30")

    assert (Decimal(budget), Decimal(spent)) == (approved, paid)
    assert rate_bp == int((paid * 10_000 / approved).quantize(Decimal(1)))


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (
            BEIS,
            {
                "jurisdiction.registered": 1,
                "organisation.registered": 1,
                "project.registered": 9,
                "budget.approved": 23,
                "spending_plan.approved": 10,
                "commitment.recorded": 9,
                "expenditure.recorded": 41,
            },
        ),
        (
            GDIHUB,
            {
                "jurisdiction.registered": 1,
                "organisation.registered": 1,
                "project.registered": 4,
                "budget.approved": 4,
                "funds.disbursed": 12,
                "targets.approved": 34,
                "target_progress.reported": 34,
            },
        ),
    ],
)
def test_every_row_of_a_file_becomes_an_event_that_intake_admits(
    name: str, counts: dict[str, int]
) -> None:
    """None is refused, and there are as many of each kind as the file has rows."""
    admitted = [admit(raw) for raw in map_iati(demo_file(name), GB)]
    events = [event for event in admitted if isinstance(event, Admitted)]

    assert len(admitted) == len(events)
    assert {f"dualwatch.{thing}.v1": number for thing, number in counts.items()} == Counter(
        event.event_type for event in events
    )


@pytest.mark.parametrize("name", [BEIS, GDIHUB])
def test_the_same_file_gives_the_same_bytes(name: str) -> None:
    """Mapping has no clock and no chance in it, so a second import is all duplicates."""
    first, second = (list(map_iati(demo_file(name), GB)) for _ in range(2))

    assert first == second
    assert len(first) == len({decode(raw).id for raw in first})


def test_both_files_state_the_jurisdiction_in_the_same_bytes() -> None:
    """The second file of a jurisdiction does not conflict with the first one's registration."""
    first, second = (next(iter(map_iati(demo_file(name), GB))) for name in (BEIS, GDIHUB))

    assert first == second
    assert b'"clock":"manual"' in first


def test_jurisdiction_organisation_and_projects_come_before_the_facts_that_name_them() -> None:
    """An unknown jurisdiction is refused, so it is stated first."""
    things = [event["type"].split(".")[1] for event in mapped(demo_file(BEIS))]

    assert ["jurisdiction", "organisation"] + ["project"] * 9 == things[:11]
    assert not {"jurisdiction", "organisation", "project"} & set(things[11:])


def test_a_file_without_options_speaks_for_its_reporting_organisation() -> None:
    """The reporting organisation's identifier is the jurisdiction, its name the name."""
    head = mapped(demo_file(GDIHUB), ImportOptions())[0]

    assert head["subject"] == "GB-COH-11126312"
    assert {
        "name": "Global Disability Innovation Hub",
        "currency": "GBP",
        "fiscal_year_start": "01-01",
        "time_zone": "UTC",
    }.items() <= head["data"].items()


def test_plans_name_the_first_day_of_their_year_and_keep_every_quarter() -> None:
    """Revised quarters (type 2) stand where no original one does."""
    plans = list(of_type(mapped(demo_file(BEIS)), "spending_plan.approved"))
    plan = next(e for e in plans if e["subject"] == ODART and e["data"]["fiscal_year"] == 2021)

    assert plan["data"]["date"] == "2021-04-01"
    assert ["169785.00", "239510.00"] == [row["amount"] for row in plan["data"]["periods"]]
    assert 23 == sum(len(event["data"]["periods"]) for event in plans)


def _targets_by_name(year: int) -> dict[str, dict[str, Any]]:
    events = of_type(mapped(demo_file(GDIHUB)), "targets.approved")
    return {
        event["data"]["targets"][0]["name"]: {**event["data"]["targets"][0], **event["data"]}
        for event in events
        if event["data"]["fiscal_year"] == year
    }


def test_a_period_belongs_to_the_year_with_most_of_its_days_or_else_the_later() -> None:
    """April 2020 to March 2022 is 2021's; one day more at either end changes nothing."""
    targets = _targets_by_name(2021)

    assert 11 == len(targets)
    assert targets["Number of country capacity assessments"]["date"] == "2020-04-01"
    plans = targets["Number of countries delivering CCA action plans"]
    assert ("2021-03-31", ["2022-04-01"]) == (plans["date"], plans["due"])


def test_text_targets_stay_text_and_numbers_become_numbers() -> None:
    """£13,000,000 is not a number; it waits for a person's grade (domain-rules 14)."""
    targets = _targets_by_name(2021)
    money = targets["Value of matched funding provided through partnerships"]
    papers = targets["Number of peer reviewed / journal articles published"]

    assert ("text", "£13,000,000", None) == (
        money["value_kind"],
        money["target_text"],
        money.get("target"),
    )
    assert ("number", "30", "progress", "point_in_time", "at_least") == tuple(
        papers[name] for name in ("value_kind", "target", "behaviour", "accumulation", "direction")
    )


def test_event_time_is_the_business_date() -> None:
    """Descriptions and release dates of a file may change; its unchanged rows do not."""
    events = [decode(raw) for raw in map_iati(demo_file(BEIS), GB)]

    assert all(
        event.time == dt.datetime.combine(event.data.date, dt.time(), dt.UTC) for event in events
    )
