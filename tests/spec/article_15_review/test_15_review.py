"""第十五条: … 审核分析 … 督促相关部门改进管理: what is explained is reviewed."""

import datetime as dt

import pytest

from contracts.envelope import Part
from contracts.events.alerts import (
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Review,
    Urging,
)
from contracts.vocabulary import ClosingGround, ReasonType, ReviewOutcome, Role
from services.alerts.api.commands import STEPS
from services.alerts.domain.alert import Alert, evolve
from services.alerts.domain.commands import Command, RefusedError, carry_out
from services.alerts.domain.terms import OpenedDay, OpenedDays, due, measures_due
from services.alerts.domain.work import StepKind
from services.chassis.identity import PERMISSIONS
from tests.spec.tables import rows
from tests.unit.alerts.rules import rule
from tests.unit.alerts.test_alert import RED, live

title = "Review and urging: the department and the bureau see to it"

DAY = dt.date(2026, 7, 1)
STEPS_OF: dict[str, tuple[StepKind, Part]] = {
    "explain": (
        StepKind.EXPLAINED,
        Explanation(reason=ReasonType.OTHER, objective=False, text="招标流标"),
    ),
    "plan": (
        StepKind.MEASURE_PLANNED,
        MeasurePlanned(measure="1", text="二次招标", owner="U-1", due=DAY),
    ),
    "accept": (StepKind.REVIEWED, Review(outcome=ReviewOutcome.ACCEPTED)),
    "return": (StepKind.REVIEWED, Review(outcome=ReviewOutcome.RETURNED, note="依据不足")),
    "return without reasons": (StepKind.REVIEWED, Review(outcome=ReviewOutcome.RETURNED)),
    "urge": (StepKind.URGED, Urging()),
    "close": (StepKind.CLOSED, Closing(ground=ClosingGround.CORRECTED, note="已整改")),
}

LIVES = rows("""
    | steps                                   | ends as           |
    |-----------------------------------------|-------------------|
    | accept                                  | nothing_to_review |
    | close                                   | not_explained     |
    | explain, accept                         | accepted          |
    | explain, return                         | returned          |
    | explain, return without reasons         | note_required     |
    | explain, return, explain                | to be reviewed    |
    | explain, accept, plan                   | to be reviewed    |
    | explain, return, plan                   | returned          |
    | explain, return, plan, explain          | to be reviewed    |
    | explain, return, explain, accept, close | accepted          |
    | explain, accept, close, urge            | alert_ended       |
    | urge, urge                              | urged_today       |
    | urge, tomorrow, urge, explain           | to be reviewed    |
""")


def lived(steps: list[str]) -> str:
    """Live through steps; tell the last review, or why the last step may not be."""
    alert, day = _raised(), DAY
    for name in steps:
        if name == "tomorrow":
            day += dt.timedelta(days=1)
            continue
        try:
            changes = carry_out(alert, Command(*STEPS_OF[name]), "wang", day)
        except RefusedError as error:
            return error.code.value
        for change in changes:
            alert = evolve(alert, change)
    return "to be reviewed" if alert.work.review is None else alert.work.review.outcome.value


def _raised() -> Alert:
    alert = live(RED)[0]
    assert alert is not None
    return alert


@pytest.mark.parametrize("row", LIVES, ids=lambda row: row["steps"])
def test_what_is_said_is_reviewed_and_said_anew_reviewed_anew(row: dict[str, str]) -> None:
    """A return has reasons, a new explanation asks for a new review, one is urged once a day."""
    assert row["ends as"] == lived(row["steps"].split(", "))


def test_those_who_review_are_above_those_who_explain() -> None:
    """Units explain; departments and the bureau review, urge and close."""
    needed = {STEPS[name].permission for name in ("urge", "review", "close")}
    able = {role for role, allowed in PERMISSIONS.items() if needed <= allowed}

    assert {
        Role.DEPARTMENT_REVIEWER,
        Role.COUNTERPART_DIVISION,
        Role.PERFORMANCE_DIVISION,
        Role.BUREAU_LEADER,
    } == able


SUPERVISED = rows("""
    | what was done             | whose matter it is in the end |
    |---------------------------|-------------------------------|
    | nothing                   | performance_division          |
    | explain                   | unit                          |
    | explain, plan             | performance_division          |
    | explain, plan, carry out  | unit                          |
    | explain, return           | performance_division          |
    | explain, return, explain  | unit                          |
""")
TAKEN = (StepKind.MEASURE_TAKEN, MeasureTaken(measure="1", taken_on=DAY))
ORDINARY = rule("execution_behind_standard").term


@pytest.mark.parametrize("row", SUPERVISED, ids=lambda row: row["what was done"])
def test_what_nobody_answers_or_carries_out_goes_up(row: dict[str, str]) -> None:
    """督促: level by level in working days, whether it was not explained or not carried out."""
    alert = _raised()
    for name in row["what was done"].split(", "):
        if name == "nothing":
            continue
        for change in carry_out(alert, Command(*{**STEPS_OF, "carry out": TAKEN}[name]), "li", DAY):
            alert = evolve(alert, change)
    opened: list[OpenedDay] = []
    for number in range(1, 41):
        opened.append(OpenedDay(DAY + dt.timedelta(days=number - 1), number, number))
        days, today = OpenedDays(opened), opened[-1].date
        alert = due(alert, ORDINARY, days, today, priority=False).alert
        alert = measures_due(alert, ORDINARY, days, today).alert

    assert row["whose matter it is in the end"] == alert.work.level.value
