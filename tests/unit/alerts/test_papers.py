"""Alerts of what is to be handed in: reminded, renewed, urged, cleared (Art. 12)."""

import datetime as dt
from dataclasses import replace

import pytest

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState, Closing
from contracts.vocabulary import Dueness, PaperKind, Severity
from services.alerts.domain.alert import ChangeKind, DataKind
from services.alerts.domain.case import Case
from services.alerts.domain.judging import Key
from services.alerts.domain.layers import Layer, LayerKey, Published, RuleBook, StoredPack
from services.alerts.domain.papers import asked_of, examine_papers, owed_by
from services.alerts.domain.rules import Rule, rules_at
from services.alerts.domain.work import StepKind
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from tests.unit.alerts.builders import JUNE_30, reminded, urged

FORMS = Key("forms_due", "papers", "2026-07:form")


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    """All shipped rules: those on anything else say nothing here."""
    return rules_at(load_packs(CelEvaluator()), JUNE_30)


def through(
    rules: tuple[Rule, ...], *events: AnyEvent
) -> tuple[Case, list[tuple[ChangeKind, Severity]]]:
    """Take a case through events."""
    case = Case(*owed_by(events[0]))
    told: list[tuple[ChangeKind, Severity]] = []
    for event in events:
        found = examine_papers(case, event, rules)
        assert not found.failures
        case = found.case
        told += [(change.kind, change.severity) for change in found.changes]
    return case, told


def test_it_becomes_graver_day_by_day_and_ends_when_all_are_in(rules: tuple[Rule, ...]) -> None:
    """Information, renewed, yellow, red, cleared; the organisation is who sees it."""
    days = [reminded(days_left=left) for left in (14, 7, 3, -1)]
    case, told = through(rules, *days, reminded(missing=0, days_left=-2))

    assert told == [
        (DataKind.RAISED, Severity.INFO),
        (DataKind.UPDATED, Severity.INFO),
        (DataKind.UPDATED, Severity.YELLOW),
        (DataKind.UPDATED, Severity.RED),
        (DataKind.CLEARED, Severity.RED),
    ]
    alert = case.alerts[FORMS]
    assert (alert.state, alert.where.lead_unit) == (AlertState.CLEARED, "U-1")
    assert alert.where.project == "340700/U-1"


def test_the_same_reminder_again_tells_nothing(rules: tuple[Rule, ...]) -> None:
    """A redelivery, or the same figures on the same day."""
    _, told = through(rules, reminded(), reminded())

    assert [kind for kind, _ in told] == [DataKind.RAISED]


def test_an_urging_is_passed_on_once_a_day(rules: tuple[Rule, ...]) -> None:
    """Where nothing was reminded yet, it begins the alert."""
    day = dt.date(2026, 7, 21)
    case, told = through(rules, urged(day), urged(day))

    assert told == [(DataKind.RAISED, Severity.RED), (StepKind.URGED, Severity.RED)]
    assert case.alerts[FORMS].work.urged_on == day


def test_a_closed_campaign_ends_it_whatever_is_missing(rules: tuple[Rule, ...]) -> None:
    """Nothing more is taken in: nobody is reminded of it."""
    _, told = through(rules, reminded(), reminded(days_left=2, dueness=Dueness.DONE))

    assert [kind for kind, _ in told] == [DataKind.RAISED, DataKind.CLEARED]


def test_what_no_rule_in_force_raises_ends_with_the_next_reminder(
    rules: tuple[Rule, ...],
) -> None:
    """Also of another campaign, and with what is all in; in force again, it is raised anew.

    Papers of the other kind are judged by rules of their own.
    """
    off = [rule for rule in rules if rule.id != "forms_due"]
    report = reminded(kind=PaperKind.REPORT)
    case, _ = through(rules, reminded(), reminded(campaign="2026-09"), report)
    without = [rule for rule in rules if rule.id != "report_due"]
    other = examine_papers(case, reminded(), without)
    done = examine_papers(case, reminded(missing=0, days_left=7), off)
    again = examine_papers(done.case, reminded(days_left=3), rules)

    assert () == other.changes
    assert [(change.kind, change.key.subject, change.by) for change in done.changes] == [
        (StepKind.CLOSED, subject, None) for subject in sorted_by_id(case, "form")
    ]
    assert {change.state for change in done.changes} == {AlertState.CLOSED}
    notes = [one.detail.note for one in done.changes if isinstance(one.detail, Closing)]
    assert ["forms_due" in note for note in notes] == [True, True]
    assert ["raised", "regressed"] == [str(change.kind) for change in again.changes]


def sorted_by_id(case: Case, kind: str) -> list[str]:
    """Name what alerts about papers of a kind are about, in the order of their ids."""
    found = sorted(case.alerts.values(), key=lambda alert: alert.id)
    return [alert.key.subject for alert in found if alert.key.subject.endswith(f":{kind}")]


def test_reports_are_departments(rules: tuple[Rule, ...]) -> None:
    """Two kinds of one organisation are two alerts."""
    case, _ = through(rules, reminded(), reminded(kind=PaperKind.REPORT, days_left=3))

    report = case.alerts[Key("report_due", "papers", "2026-07:report")]
    assert (report.severity, report.where.department) == (Severity.YELLOW, "U-1")
    assert case.alerts[FORMS].severity is Severity.INFO


def test_a_department_changes_what_the_bureau_asks_by_and_does_not_silence_it(
    rules: tuple[Rule, ...],
) -> None:
    """Switched off or stated anew, the bureau's rule holds; changed, it is taken as changed."""
    forms = next(rule for rule in rules if rule.id == "forms_due")
    others = [rule for rule in rules if rule is not forms]
    graver = replace(forms, severity=Severity.RED)
    anew = replace(graver, pack="own", layers=("own@1",), organisation="D-1")

    assert forms in asked_of(rules, others)
    assert forms in asked_of(rules, [*others, anew])
    assert graver in asked_of(rules, [*others, graver])
    assert len(asked_of(rules, rules)) == len(asked_of(rules, [*others, anew]))


def test_a_departments_whole_pack_of_the_bureaus_name_does_not_silence_it() -> None:
    """By id and version it is the bureau's own, and takes its place; what it adds is asked too."""
    shipped = load_packs(CelEvaluator())
    bureau = next(pack for pack in shipped if pack.id == "reporting")
    (forms,) = (one for one in bureau.rules if one.id == "forms_due")
    lax, more = replace(forms, severity=Severity.INFO, red_when=None), replace(forms, id="more")
    layer = Layer(
        pack=bureau.id,
        version=bureau.version,
        effective_from=bureau.effective_from,
        effective_to=None,
        title_zh="部门规则",
        title_en="A department's rules",
        extends=None,
        overrides=(),
        rules=(lax, more),
    )
    key = LayerKey("340700", "D-1", bureau.id, int(bureau.version))
    laid = StoredPack(key, bureau.effective_from, None, "", "", JUNE_30).laid(layer)
    book = RuleBook(shipped, Published({key: laid}))
    asked, own = (book.at("340700", whose, JUNE_30).rules for whose in (None, "D-1"))
    found = {rule.id: rule for rule in asked_of(asked, own)}

    assert "report_due" not in {rule.id for rule in own}
    assert found.keys() == {"forms_due", "report_due", "more"}
    assert (found["forms_due"], found["more"].organisation) == (forms, "D-1")
