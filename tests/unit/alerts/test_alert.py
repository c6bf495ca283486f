"""An alert's life: raise, update, clear, raise again; replay of the changes gives the state."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.alerts import (
    AlertCleared,
    AlertRaised,
    AlertState,
    AlertUpdated,
    Note,
    Regression,
)
from contracts.vocabulary import Severity
from services.alerts.domain.alert import (
    Alert,
    Change,
    ChangeKind,
    Circumstances,
    DataKind,
    ImpossibleChangeError,
    alert_id,
    decide,
    evolve,
    step,
)
from services.alerts.domain.case import circumstances
from services.alerts.domain.judging import Key, Outcome, Verdict
from services.alerts.domain.work import StepKind
from tests.unit.alerts.builders import PROJECT, YEAR, assessment
from tests.unit.alerts.rules import rule

RULE = rule("over_budget")
WHERE: Circumstances = circumstances(assessment())


def verdict(outcome: Outcome, severity: Severity | None = None) -> Verdict:
    """Make a verdict on one line."""
    return Verdict(RULE, "L-1", outcome, severity, {"finding.subject": "L-1"})


RED = verdict(Outcome.RAISED, Severity.RED)
INFO = verdict(Outcome.RAISED, Severity.INFO)
SILENT = verdict(Outcome.SILENT)
HELD = verdict(Outcome.HELD)
FAILED = verdict(Outcome.FAILED)


def live(*verdicts: Verdict) -> tuple[Alert | None, list[Change]]:
    """Let an alert live through verdicts; return it and everything that happened."""
    alert: Alert | None = None
    happened: list[Change] = []
    for said in verdicts:
        for change in decide(alert, said, WHERE):
            alert = evolve(alert, change)
            happened.append(change)
    return alert, happened


def told(*verdicts: Verdict) -> list[tuple[ChangeKind, Severity, int]]:
    """Return kind, severity and occurrence of everything that happened."""
    return [(c.kind, c.severity, c.occurrence) for c in live(*verdicts)[1]]


def test_is_raised_once() -> None:
    """The same deviation again is no news."""
    assert [(DataKind.RAISED, Severity.RED, 1)] == told(RED, RED, RED)


def test_tells_a_change_of_severity() -> None:
    """Up and down."""
    assert [
        (DataKind.RAISED, Severity.INFO, 1),
        (DataKind.UPDATED, Severity.RED, 1),
        (DataKind.UPDATED, Severity.INFO, 1),
    ] == told(INFO, RED, RED, INFO)


def test_is_cleared_by_data_and_raised_anew() -> None:
    """A deviation that returns is a new occurrence with its own id."""
    alert, happened = live(RED, SILENT, SILENT, INFO)

    assert [
        (DataKind.RAISED, Severity.RED, 1),
        (DataKind.CLEARED, Severity.RED, 1),
        (DataKind.RAISED, Severity.INFO, 2),
        (StepKind.REGRESSED, Severity.INFO, 2),
    ] == told(RED, SILENT, SILENT, INFO)
    assert happened[0].alert_id == happened[1].alert_id != happened[2].alert_id
    assert alert is not None
    assert (AlertState.OPEN, 2, 2) == (alert.state, alert.occurrence, alert.version)


def test_what_is_done_after_its_end_does_not_move_its_end() -> None:
    """It is told on its own day; the alert ended on the day it ended, also for the next one."""
    ended, _ = live(RED, SILENT)
    assert ended is not None
    end = ended.where.as_of
    late = step(ended, StepKind.COMMENTED, Note(note="x"), end + dt.timedelta(days=26), "li")
    after = evolve(ended, late)
    where = replace(WHERE, as_of=end + dt.timedelta(days=40))
    _, regressed = decide(after, RED, where)

    assert end + dt.timedelta(days=26) == late.fact(1).date
    assert (end, 3, 1) == (after.where.as_of, after.version, after.work.comments)
    assert isinstance(regressed.detail, Regression)
    assert (end, AlertState.CLEARED) == (regressed.detail.ended_on, regressed.detail.ended_as)


@pytest.mark.parametrize("pending", [HELD, FAILED])
def test_no_decision_changes_nothing(pending: Verdict) -> None:
    """Neither raises nor clears."""
    assert [] == told(pending)
    assert 1 == len(told(RED, pending, RED))


def test_ids_derive_from_what_the_alert_is_about() -> None:
    """The same always, and another for each part."""
    key = Key("over_budget", "finding", "L-1")
    ids = {
        alert_id(PROJECT, YEAR, key, 1),
        alert_id(PROJECT, YEAR, key, 2),
        alert_id(PROJECT, YEAR + 1, key, 1),
        alert_id("340700/P-2", YEAR, key, 1),
        alert_id(PROJECT, YEAR, Key("over_budget", "finding", "L-2"), 1),
        alert_id(PROJECT, YEAR, Key("other", "finding", "L-1"), 1),
        alert_id(PROJECT, YEAR, Key("over_budget", "project", "L-1"), 1),
    }

    assert 7 == len(ids)
    assert alert_id(PROJECT, YEAR, key, 1) in ids


def test_changes_tell_themselves_in_the_contracts_words() -> None:
    """One event type per kind, with the place in the feed."""
    facts = [change.fact(cursor) for cursor, change in enumerate(live(INFO, RED, SILENT)[1], 1)]

    assert [AlertRaised, AlertUpdated, AlertCleared] == [type(fact) for fact in facts]
    assert [1, 2, 3] == [fact.cursor for fact in facts]
    assert ("10", "city", "超预算开支") == (facts[0].article, facts[0].pack, facts[0].title_zh)


@pytest.mark.parametrize(
    ("history", "change"),
    [((), 1), ((0,), 0), ((0, 1), 1), ((0, 1), 2)],
    ids=["clear_nothing", "raise_twice", "clear_twice", "update_cleared"],
)
def test_a_damaged_history_is_refused(history: tuple[int, ...], change: int) -> None:
    """Evolve never invents a state."""
    raised, cleared = live(RED, SILENT)[1]
    changes = [raised, cleared, live(INFO, RED)[1][1]]
    alert: Alert | None = None
    for number in history:
        alert = evolve(alert, changes[number])

    with pytest.raises(ImpossibleChangeError):
        evolve(alert, changes[change])


VERDICTS = st.lists(st.sampled_from([RED, INFO, SILENT, HELD, FAILED]), max_size=30)


@given(VERDICTS)
def test_replay_gives_the_state(verdicts: list[Verdict]) -> None:
    """The changes alone rebuild the alert."""
    alert, happened = live(*verdicts)
    replayed: Alert | None = None
    for change in happened:
        replayed = evolve(replayed, change)

    assert alert == replayed


@given(VERDICTS)
def test_raised_and_cleared_alternate(verdicts: list[Verdict]) -> None:
    """Never two open at once, cleared only if open, occurrences and versions without gaps."""
    opened = version = occurrences = 0
    for change in live(*verdicts)[1]:
        if change.kind is DataKind.RAISED:
            opened, version, occurrences = opened + 1, 0, occurrences + 1
        assert 1 == opened
        version += 1
        assert (occurrences, version) == (change.occurrence, change.version)
        opened -= change.kind is DataKind.CLEARED


@given(VERDICTS)
def test_is_open_exactly_while_the_last_decision_says_so(verdicts: list[Verdict]) -> None:
    """The state is that of the last verdict that decided anything."""
    decided = [said for said in verdicts if said.outcome in {Outcome.RAISED, Outcome.SILENT}]
    alert, _ = live(*verdicts)
    standing = alert is not None and alert.state is AlertState.OPEN

    assert bool(decided and decided[-1].outcome is Outcome.RAISED) is standing
    if alert is not None and standing:
        assert decided[-1].severity == alert.severity
