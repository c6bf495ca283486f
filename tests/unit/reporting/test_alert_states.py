"""What reporting takes for an open alert: what its last event says."""

from contracts.events.alerts import Closing, Note
from contracts.vocabulary import ClosingGround
from services.alerts.domain.alert import Alert, Change, evolve, step
from services.alerts.domain.case import Case, examine
from services.alerts.domain.work import StepKind
from services.reporting.store.alerts import state_after as state_of
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import rule

RULES = (rule("over_budget"),)


def state_after(change: Change) -> str:
    """Tell the state that reporting keeps."""
    return state_of(change.fact(1))


def test_steps_say_the_state_themselves() -> None:
    """Somebody comments what is open, cleared, closed: it stays that."""
    raised = examine(Case(PROJECT, YEAR), assessment(findings=(finding(),)), RULES)
    cleared = examine(raised.case, assessment(ledger_position=101), RULES)
    (alert,) = raised.case.alerts.values()
    (gone,) = cleared.case.alerts.values()
    closing = Closing(ground=ClosingGround.UNFOUNDED, note="x")
    closed = step(alert, StepKind.CLOSED, closing, JUNE_30, "li")

    def commented(found: Alert) -> Change:
        return step(found, StepKind.COMMENTED, Note(note="x"), JUNE_30, "li")

    assert ["open", "cleared"] == [state_after(found.changes[0]) for found in (raised, cleared)]
    assert "closed" == state_after(closed)
    assert ["open", "cleared", "closed"] == [
        state_after(commented(found)) for found in (alert, gone, evolve(alert, closed))
    ]
