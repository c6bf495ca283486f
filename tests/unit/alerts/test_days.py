"""How a batch is cut at days, and what a day does to a case."""

import datetime as dt
from collections import Counter
from dataclasses import replace

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState, MeasurePlanned
from contracts.events.analysis import DayAssessed
from contracts.events.intake import DayOpened
from contracts.events.quarantine import RefusalKind
from contracts.record import Mark
from contracts.vocabulary import FindingKind, PriorityListKind, Severity
from services.alerts.domain.alert import evolve, step
from services.alerts.domain.case import Case, examine
from services.alerts.domain.kept import examine_kept
from services.alerts.domain.noise import QUIET, Noise
from services.alerts.domain.papers import examine_papers, owed_by
from services.alerts.domain.rules import Rule, Term, rules_at
from services.alerts.domain.suppressions import Matcher, Suppression
from services.alerts.domain.terms import OpenedDay, OpenedDays
from services.alerts.domain.work import StepKind
from services.alerts.handlers.days import (
    Noises,
    RulesFor,
    Today,
    opens_with_day,
    parts,
    step_case,
)
from services.alerts.handlers.reading import Reading
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from tests.unit.alerts.builders import (
    JUNE_30,
    NOTED,
    PROJECT,
    YEAR,
    assessment,
    finding,
    kept,
    reminded,
)
from tests.unit.alerts.rules import rule

TERM = Term(explain_within=2, explain_within_priority=1, remind_before=(1,), escalate_after=(1,))
RULE: Rule = rule("over_budget", term=TERM)


def swept(day: dt.date = JUNE_30) -> AnyEvent:
    """End a day."""
    data = DayAssessed(date=day, partition=0, working_day=True, projects=1)
    return new_event(data, event_id=f"{day}", source="t", subject="340700", time=NOTED)


def opened(day: dt.date, jurisdiction: str = "340700") -> AnyEvent:
    """Open a day."""
    data = DayOpened(date=day, working_day=day.weekday() < 5)
    return new_event(data, event_id=f"o{day}", source="t", subject=jurisdiction, time=NOTED)


def marked(position: int, event: AnyEvent) -> tuple[Mark, AnyEvent]:
    """Number an event."""
    return Mark(position, 0, 1, position, event.type), event


def test_a_batch_is_cut_before_every_day() -> None:
    """What comes before a day is written first; positions in between that say nothing count."""
    made = assessment()
    events = [marked(4, made), marked(7, swept()), marked(8, made), marked(9, swept())]
    found = parts(Reading(12, 112, events), 100)

    assert [(6, 100, 1), (8, 100, 2), (12, 112, 1)] == [
        (part.position, part.offset, len(part.events)) for part in found
    ]
    assert [False, True, True] == [opens_with_day(part) for part in found]
    assert [Reading(3, 103, [])] == parts(Reading(3, 103, []), None)
    assert 1 == len(parts(Reading(9, 109, [marked(9, swept())]), None))


def test_days_go_by_within_a_batch() -> None:
    """Each jurisdiction by its own days; one that is known is no news."""
    noises = Noises({}, {"340700": OpenedDay(JUNE_30, 5, 4)})
    made = assessment()
    assert 5 == noises.of(made).opened
    for day in (JUNE_30, JUNE_30 + dt.timedelta(days=4), JUNE_30 + dt.timedelta(days=5)):
        noises.open(opened(day))
    noises.open(opened(JUNE_30, "other"))

    assert 7 == noises.of(made).opened
    assert OpenedDay(dt.date(2026, 7, 5), 7, 4) == noises.days["340700"]
    assert 1 == noises.days["other"].number


def _today(number: int, noise: Noise = QUIET) -> Today:
    days = [OpenedDay(JUNE_30 + dt.timedelta(days=n), n + 1, n + 1) for n in range(number + 1)]
    event = swept(days[-1].date)
    return Today(event, marked(1, event)[0], OpenedDays(days), number + 1, lambda _: (RULE,), noise)


def test_a_day_does_what_is_due_and_says_when_to_look_again() -> None:
    """Of the alerts it was asked to look at, by the rule's term."""
    case = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [RULE]).case
    (alert,) = case.alerts.values()
    wanted = frozenset({alert.id})
    first, none, wakes = step_case(case, _today(0), wanted)
    after, changes, later = step_case(first, _today(1), wanted)
    untouched = step_case(case, _today(9), frozenset())

    assert ((), {alert.id: 2}) == (none, wakes)
    assert ["reminded"] == [str(change.kind) for change in changes]
    assert ({alert.id: 4}, 2) == (later, after.alerts[alert.key].version)
    assert ((), {}) == untouched[1:]


def test_a_day_passes_over_what_only_informs() -> None:
    """Money that awaits its budget lawfully is nobody's to explain (domain-rules 17a)."""
    informing = rule("spending_without_budget", term=TERM)
    found = finding(FindingKind.AWAITING_BUDGET)
    case = examine(Case(PROJECT, YEAR), assessment(findings=(found,)), [informing]).case
    (alert,) = case.alerts.values()
    today = replace(_today(40), rules=lambda _: (informing,))
    _, changes, wakes = step_case(case, today, frozenset({alert.id}))

    assert (Severity.INFO, (), {alert.id: None}) == (alert.severity, changes, wakes)


def test_a_priority_project_is_asked_sooner() -> None:
    """By the case, not by the alert: the list may come later."""
    made = assessment(findings=(finding(),))
    standing = made.data.standing.model_copy(update={"priority": (PriorityListKind.BUREAU,)})
    listed = assessment(findings=(finding(),), standing=standing)
    case = examine(Case(PROJECT, YEAR), listed, [RULE]).case
    (alert,) = case.alerts.values()
    _, changes, _ = step_case(case, _today(0), frozenset({alert.id}))

    assert (PriorityListKind.BUREAU,) == case.priority
    assert ["reminded"] == [str(change.kind) for change in changes]


SUPPRESSED = Suppression(
    suppression="s",
    jurisdiction="340700",
    matcher=Matcher(rule="over_budget"),
    reason="x",
    author="li",
    first=JUNE_30,
    until=JUNE_30 + dt.timedelta(days=20),
)


def test_a_term_rests_while_its_alert_is_suppressed() -> None:
    """Muted on the day it would be reminded, it is reminded on the day after it is told again."""
    case = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [RULE]).case
    (alert,) = case.alerts.values()
    told: list[tuple[int, str]] = []
    wake: int | None = 0
    for number in range(27):
        today = _today(number, Noise((SUPPRESSED,), number + 1))
        # Days look at what is suppressed whether its moment has come or not.
        looked = number >= 1 or wake is not None
        case, changes, wakes = step_case(case, today, frozenset({alert.id} if looked else ()))
        wake = wakes.get(alert.id)
        told += [(number, str(change.kind)) for change in changes]

    assert [
        (0, "muted"), (21, "muted"), (22, "reminded"), (24, "reminded"), (24, "escalated"),
    ] == told  # fmt: skip


def test_a_day_tells_of_measures_also_where_the_alert_has_ended() -> None:
    """Unfinished corrective work moves on (domain-rules 5); the day says when to look again."""
    case = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [RULE]).case
    (alert,) = case.alerts.values()
    plan = MeasurePlanned(measure="1", text="x", owner="U-1", due=JUNE_30)
    alert = evolve(alert, step(alert, StepKind.MEASURE_PLANNED, plan, JUNE_30, "li"))
    case = examine(replace(case, alerts={alert.key: alert}), assessment(), [RULE]).case
    wanted = frozenset({alert.id})
    late, changes, wakes = step_case(case, _today(1), wanted)
    _, none, later = step_case(late, _today(2), wanted)

    assert ["measure_due", "escalated"] == [str(change.kind) for change in changes]
    assert {AlertState.CLEARED} == {change.state for change in changes}
    assert ({alert.id: None}, (), {alert.id: None}) == (wakes, none, later)


SHIPPED = rules_at(load_packs(CelEvaluator()), JUNE_30)
OFF = tuple(one for one in SHIPPED if one.id not in {"forms_due", "fact_in_conflict"})
"""Without the rules of the two alerts below."""


def ended(case: Case, rules: RulesFor) -> bool:
    """Have a day look at the only alert of a case; tell whether it ends it, and nothing else."""
    (alert,) = case.alerts.values()
    today = replace(_today(30), rules=rules)
    after, changes, wakes = step_case(case, today, frozenset({alert.id}))
    closed = [change for change in changes if change.kind is StepKind.CLOSED]
    (found,) = after.alerts.values()

    assert found.version == alert.version + len(changes)
    assert (found.state is AlertState.CLOSED) is found.work.withdrawn is bool(closed)
    assert not closed or (len(changes), wakes) == (1, {alert.id: None})
    return bool(closed)


def test_a_day_ends_what_no_rule_in_force_raises_about_papers() -> None:
    """Of a campaign that is over nothing is ever told again.

    A department that switches a rule of the bureau's off ends nothing.
    """
    event = reminded()
    case = examine_papers(Case(*owed_by(event)), event, SHIPPED).case
    own = replace(case, owner="D-1")

    assert not ended(case, lambda _: SHIPPED)
    assert ended(case, lambda _: OFF)
    assert not ended(own, lambda whose: OFF if whose == "D-1" else SHIPPED)


def test_a_day_ends_what_no_rule_in_force_raises_of_what_is_kept_apart() -> None:
    """An entry may wait for weeks until somebody looks at it."""
    counts: Counter[RefusalKind] = Counter({RefusalKind.CONFLICT: 1})
    case = examine_kept(Case(PROJECT, YEAR), counts, kept(), SHIPPED).case
    own = replace(case, owner="D-1")

    assert not ended(case, lambda _: SHIPPED)
    assert ended(case, lambda _: OFF)
    assert ended(own, lambda whose: OFF if whose == "D-1" else SHIPPED)


def test_a_day_ends_nothing_that_was_told_of_a_later_one() -> None:
    """A rule in force from Monday on raises on Monday, while a partition still opens Friday.

    Nobody would raise it again before the next reminder, a week later.
    """
    monday = _today(30).date + dt.timedelta(days=3)
    told = reminded(date=monday, days_left=-13)
    papers = examine_papers(Case(*owed_by(told)), told, SHIPPED).case
    counts: Counter[RefusalKind] = Counter({RefusalKind.CONFLICT: 1})
    apart = examine_kept(Case(PROJECT, YEAR), counts, kept(date=monday), SHIPPED).case

    assert not ended(papers, lambda _: OFF)
    assert not ended(apart, lambda _: OFF)
