"""What mutes alerts: inhibition, suppression, flapping; and that muting takes nothing away."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Aspect, MuteGround, Severity
from services.alerts.domain.alert import Alert, Change, DataKind
from services.alerts.domain.case import Case, examine
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import Key
from services.alerts.domain.noise import (
    FLAP_DAYS,
    FLAPS,
    QUIET,
    STEADY_DAYS,
    Noise,
    flapping,
    muted,
    returned,
    settle,
)
from services.alerts.domain.rules import Rule
from services.alerts.domain.suppressions import (
    Matcher,
    Suppression,
    SuppressionState,
    suppression_id,
)
from services.alerts.domain.work import StepKind
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import rule

BASE = rule("over_budget", inhibits=())
SEVERITIES = (Severity.INFO, Severity.YELLOW, Severity.RED)


def inhibiting(name: str, *others: str, scope: Scope = Scope.PROJECT) -> Rule:
    """Make a rule that inhibits others."""
    return replace(BASE, id=name, scope=scope, inhibits=others)


def an_alert(name: str, severity: Severity = Severity.YELLOW, subject: str = PROJECT) -> Alert:
    """Make an open alert of a rule."""
    made = assessment(findings=(finding(),))
    (found,) = examine(Case(PROJECT, YEAR), made, [BASE]).case.alerts.values()
    scope = "project" if subject == PROJECT else "indicator"
    return replace(
        found, id=f"id-{name}-{subject}", key=Key(name, scope, subject), severity=severity
    )


def by_key(*alerts: Alert) -> dict[Key, Alert]:
    """Put alerts into a case."""
    return {alert.key: alert for alert in alerts}


def said(changes: tuple[Change, ...]) -> dict[str, Any]:
    """Say who is muted by what."""
    found = {}
    for change in changes:
        mute = change.work.mute
        found[change.key.rule] = None if mute is None else mute.inhibited_by or mute.ground
    return found


def suppression(**changes: Any) -> Suppression:
    """Suppress a rule for a week."""
    known: dict[str, Any] = {
        "suppression": "s-1",
        "jurisdiction": "340700",
        "matcher": Matcher(rule="over_budget"),
        "reason": "audit under way",
        "author": "li",
        "first": JUNE_30,
        "until": JUNE_30 + dt.timedelta(days=7),
    }
    return Suppression(**(known | changes))


def test_a_graver_alert_says_it_already() -> None:
    """Muted with its id; no less grave is enough, graver is not muted."""
    rules = [inhibiting("a", "b", "c"), inhibiting("b"), inhibiting("c")]
    alerts = by_key(an_alert("a"), an_alert("b"), an_alert("c", Severity.RED))
    changes = settle(alerts, rules, {}, QUIET, JUNE_30)

    assert {"b": f"id-a-{PROJECT}"} == said(changes)
    assert () == settle(muted(alerts, changes), rules, {}, QUIET, JUNE_30)


def test_it_is_told_again_when_the_other_ends() -> None:
    """Unmuted in the same go."""
    rules = [inhibiting("a", "b"), inhibiting("b")]
    alerts = by_key(an_alert("a"), an_alert("b"))
    after = muted(alerts, settle(alerts, rules, {}, QUIET, JUNE_30))
    ended = {key: alert for key, alert in after.items() if key.rule != "a"}

    assert {"b": None} == said(settle(ended, rules, {}, QUIET, JUNE_30))


def test_subjects_are_kept_apart_where_both_have_one() -> None:
    """Another indicator's alert says nothing of this one; the project's does."""
    rules = [
        inhibiting("a", "b", scope=Scope.INDICATOR),
        inhibiting("b", scope=Scope.INDICATOR),
        inhibiting("p", "b"),
    ]
    apart = by_key(an_alert("a", subject="I-1"), an_alert("b", subject="I-2"))
    same = by_key(an_alert("a", subject="I-1"), an_alert("b", subject="I-1"))
    whole = by_key(an_alert("p"), an_alert("b", subject="I-2"))

    assert {} == said(settle(apart, rules, {}, QUIET, JUNE_30))
    assert {"b": "id-a-I-1"} == said(settle(same, rules, {}, QUIET, JUNE_30))
    assert {"b": f"id-p-{PROJECT}"} == said(settle(whole, rules, {}, QUIET, JUNE_30))


def test_who_is_suppressed_says_nothing() -> None:
    """Suppressing one alert does not silence those it would have inhibited."""
    rules = [inhibiting("a", "b"), inhibiting("b")]
    noise = Noise((suppression(matcher=Matcher(rule="a")),))
    found = settle(by_key(an_alert("a"), an_alert("b")), rules, {}, noise, JUNE_30)

    assert {"a": MuteGround.SUPPRESSED} == said(found)


@given(
    edges=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20),
    grave=st.lists(st.sampled_from(SEVERITIES), min_size=6, max_size=6),
)
def test_somebody_always_says_it(edges: set[tuple[int, int]], grave: list[Severity]) -> None:
    """Rings do not silence each other: who is muted leads to one that is told, no less grave."""
    names = "abcdef"
    rules = [
        inhibiting(name, *(names[to] for at, to in sorted(edges) if at == number))
        for number, name in enumerate(names)
    ]
    alerts = by_key(*(an_alert(name, grave[number]) for number, name in enumerate(names)))
    after = muted(alerts, settle(alerts, rules, {}, QUIET, JUNE_30))
    by_id = {alert.id: alert for alert in after.values()}
    for first in after.values():
        alert, seen = first, 0
        while alert.work.mute is not None:
            other = by_id[alert.work.mute.inhibited_by or ""]
            assert SEVERITIES.index(other.severity) >= SEVERITIES.index(alert.severity)
            alert, seen = other, seen + 1
            assert seen <= len(names)


@pytest.mark.parametrize(
    ("matcher", "hits"),
    [
        (Matcher(rule="over_budget"), True),
        (Matcher(rule="other"), False),
        (Matcher(aspect=Aspect.COMPLIANCE), True),
        (Matcher(aspect=Aspect.TIMELINESS), False),
        (Matcher(scope=Scope.FINDING), True),
        (Matcher(scope=Scope.PROJECT), False),
        (Matcher(project="P-1"), True),
        (Matcher(project="P-2"), False),
        (Matcher(organisation="U-1"), True),
        (Matcher(organisation="D-1"), True),
        (Matcher(organisation="D-2"), False),
        (Matcher(rule="over_budget", severity_at_most=Severity.YELLOW), False),
    ],
)
def test_everything_given_must_be_so(matcher: Matcher, *, hits: bool) -> None:
    """A red compliance alert of project P-1, unit U-1, department D-1."""
    made = assessment(findings=(finding(),))
    (alert,) = examine(Case(PROJECT, YEAR), made, [BASE]).case.alerts.values()

    assert Severity.RED is alert.severity
    assert hits is suppression(matcher=matcher).hits(alert)
    assert not suppression(matcher=matcher, jurisdiction="elsewhere").hits(alert)
    # Made by whoever sees only a part: never red compliance, never beyond that part.
    assert not suppression(matcher=matcher, within=("U-1",)).hits(alert)
    yellow = replace(alert, severity=Severity.YELLOW)
    assert not suppression(matcher=matcher, within=("U-2",)).hits(yellow)
    assert (hits or matcher.severity_at_most is Severity.YELLOW) is suppression(
        matcher=matcher, within=("U-1",)
    ).hits(yellow)


def test_everything_at_once_is_refused() -> None:
    """A matcher names something."""
    with pytest.raises(ValueError, match="not everything at once"):
        Matcher()


def test_a_suppression_ends_by_itself() -> None:
    """On the opened day after its last one; or when somebody ends it."""
    made = suppression()
    after = made.until + dt.timedelta(days=1)

    assert SuppressionState.ACTIVE is made.state(made.until)
    assert SuppressionState.EXPIRED is made.state(after)
    ended = made.model_copy(update={"ended_on": JUNE_30})
    assert SuppressionState.ENDED is ended.state(JUNE_30)
    assert suppression_id("j", "a", "k") == suppression_id("j", "a", "k")
    assert suppression_id("j", "a", "k") != suppression_id("j", "b", "k")


def test_what_is_raised_under_a_suppression_is_told_muted() -> None:
    """Nobody is notified in between; the alert stands, and is told again at the end."""
    noise = Noise((suppression(),))
    first = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [BASE], noise)
    later = assessment(findings=(finding(),), date=JUNE_30 + dt.timedelta(days=8))
    after = examine(first.case, later, [BASE], noise)

    kinds = [(str(change.kind), change.work.muted) for change in first.changes]
    assert [("raised", "suppressed"), ("muted", "suppressed")] == kinds
    assert [("muted", None)] == [(str(c.kind), c.work.muted) for c in after.changes]
    detail = first.changes[1].fact(1).model_dump(mode="json")["detail"]
    assert ("s-1", "2026-07-07") == (detail["suppression"], detail["until"])


def _flap(case: Case, times: int, opened: int) -> tuple[Case, list[Change]]:
    """Clear and raise so many times on an opened day."""
    told: list[Change] = []
    for _ in range(times):
        position = 1 + (case.judged.position if case.judged else 0)
        for findings in ((), (finding(),)):
            made = assessment(findings=findings, ledger_position=position)
            found = examine(case, made, [BASE], Noise((), opened))
            case, position = found.case, position + 1
            told += found.changes
    return case, told


def test_what_comes_and_goes_is_muted_until_it_is_steady() -> None:
    """Three returns within thirty opened days; told again after five steady ones."""
    case = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [BASE]).case
    case, told = _flap(case, FLAPS - 1, 10)
    assert StepKind.MUTED not in {change.kind for change in told}
    case, told = _flap(case, 1, 12)
    raised = next(change for change in told if change.kind is DataKind.RAISED)
    assert (MuteGround.FLAPPING, FLAPS + 1) == (raised.work.muted, raised.occurrence)

    (alert,) = case.alerts.values()
    for opened, ground in ((12 + STEADY_DAYS - 1, MuteGround.FLAPPING), (12 + STEADY_DAYS, None)):
        found = settle(case.alerts, [BASE], case.returns, Noise((), opened), JUNE_30)
        after = muted(case.alerts, found)
        assert ground is after[alert.key].work.muted


def test_old_returns_do_not_count() -> None:
    """Within so many opened days; only the last ones are remembered."""
    assert flapping((1, 2, 3), 3)
    assert not flapping((1, 2, FLAP_DAYS + 1), FLAP_DAYS + 1)
    assert flapping((2, 2, FLAP_DAYS + 1), FLAP_DAYS + 1)
    assert not flapping((3, 3), 3)
    assert (2, 3, 4) == returned((1, 2, 3), 4)


def test_replays_are_equal() -> None:
    """The same assessments under the same noise tell the same, to the id and version."""
    noise = Noise((suppression(),), 3)
    runs = []
    for _ in range(2):
        case = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), [BASE], noise).case
        runs.append([(c.alert_id, c.version, c.fact(1)) for c in _flap(case, 4, 3)[1]])
    assert runs[0] == runs[1]
