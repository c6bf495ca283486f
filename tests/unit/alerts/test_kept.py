"""Alerts from the quarantine: what is counted together, what raises, what clears."""

from collections import Counter

import pytest

from contracts.events.alerts import AlertState
from contracts.events.quarantine import QuarantineDiscarded, QuarantineReleased, RefusalKind
from contracts.vocabulary import Severity
from services.alerts.domain.case import Case
from services.alerts.domain.judging import Key
from services.alerts.domain.kept import Group, KeptEntry, entry_after, examine_kept, group_of
from services.alerts.domain.rules import Rule, rules_at
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, kept

CONFLICT = Key("fact_in_conflict", "quarantine", "conflict")


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    """All shipped rules: those on assessments say nothing here."""
    return rules_at(load_packs(CelEvaluator()), JUNE_30)


def examined(case: Case, rules: tuple[Rule, ...], **counts: int) -> Case:
    found = examine_kept(
        case, Counter({RefusalKind(k): n for k, n in counts.items()}), kept(), rules
    )
    assert not found.failures
    return found.case


def test_one_conflict_raises_and_the_last_one_clears(rules: tuple[Rule, ...]) -> None:
    """One alert for all of a project and year, by reason."""
    empty = Case(PROJECT, YEAR)
    one = examined(empty, rules, conflict=1)
    many = examined(one, rules, conflict=10)
    none = examined(many, rules)

    assert {CONFLICT} == one.alerts.keys()
    assert (AlertState.OPEN, Severity.YELLOW) == (one.alerts[CONFLICT].state, Severity.YELLOW)
    assert Severity.RED is many.alerts[CONFLICT].severity
    assert AlertState.CLEARED is none.alerts[CONFLICT].state
    assert not empty.alerts


def test_whose_rules_judge_is_whose_project_it_is(rules: tuple[Rule, ...]) -> None:
    """What is told of it is as it was: who may see it follows from nothing that is looked up."""
    case = examined(Case(PROJECT, YEAR, owner="D-1"), rules, conflict=1)

    assert ("D-1", None) == (case.department, case.alerts[CONFLICT].where.department)


def test_every_reason_has_its_rule(rules: tuple[Rule, ...]) -> None:
    """What is merely wrong is for information."""
    case = examined(Case(PROJECT, YEAR), rules, **{reason.value: 1 for reason in RefusalKind})
    found = {(key.rule, key.subject): alert.severity for key, alert in case.alerts.items()}

    assert found == {
        ("fact_in_conflict", "conflict"): Severity.YELLOW,
        ("document_repeated", "document_repeated"): Severity.YELLOW,
        ("facts_refused", "invalid"): Severity.INFO,
        ("facts_refused", "unauthorised"): Severity.INFO,
        ("facts_refused", "unknown_jurisdiction"): Severity.INFO,
    }


@pytest.mark.parametrize(
    ("about", "jurisdiction", "project"),
    [
        (PROJECT, "340700", PROJECT),
        ("340700", "340700", "340700/treasury"),
        (None, None, "-/treasury"),
    ],
)
def test_what_has_no_project_counts_for_its_publisher(
    about: str | None, jurisdiction: str | None, project: str
) -> None:
    """Within the jurisdiction, if that can be read."""
    assert Group(project, YEAR) == group_of(kept(about=about, jurisdiction=jurisdiction))


def test_an_older_change_says_nothing() -> None:
    """Whichever way it comes a second time."""
    entered = entry_after(None, kept())
    closed = entry_after(entered, kept(change=2, kind=QuarantineReleased))

    assert entered is not None
    assert entered.open
    assert closed == KeptEntry("a" * 32, 2, Group(PROJECT, YEAR), RefusalKind.CONFLICT, open=False)
    assert entry_after(closed, kept(change=1)) is None
    assert entry_after(closed, kept(change=2, kind=QuarantineDiscarded)) is None


def test_an_entry_stays_with_its_project_and_may_change_its_reason() -> None:
    """A fix that moves it, or that runs into a conflict."""
    entered = entry_after(None, kept(reason=RefusalKind.INVALID))
    again = entry_after(entered, kept(change=2, about="340700/P-2"))

    assert again is not None
    assert (Group(PROJECT, YEAR), RefusalKind.CONFLICT) == (again.group, again.reason)
