"""The way of a paper: who does what when, and everything that is refused (Art. 5, 6, 12, 15)."""

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.events.reports import ReturnReason
from contracts.vocabulary import PaperKind, PaperState, Role
from services.reporting.api import paper_problems
from services.reporting.domain import paper as steps
from services.reporting.domain.declaration import FIELDS_MAX, DraftField
from services.reporting.domain.paper import Acting, Dispute, Paper, Refusal, RefusedError, Seal
from services.reporting.domain.turns import yours

DAY: Final = dt.date(2026, 7, 10)
FORM: Final = Paper(
    "J1/mid/form/P1",
    PaperKind.FORM,
    "J1",
    "mid",
    2026,
    dt.date(2026, 7, 20),
    project="J1/P1",
    unit="U1",
    department="D1",
)
REPORT: Final = replace(FORM, id="J1/mid/report/D1", kind=PaperKind.REPORT, project=None, unit=None)
WHY: Final = (ReturnReason(field="/remarks", reason="不清楚"),)
DISPUTE: Final = Dispute("/funding/total/spent", "少计", "li", DAY)


def acting(*roles: Role, by: str = "li", day: dt.date = DAY, is_open: bool = True) -> Acting:
    """Return somebody who acts."""
    return Acting(by, frozenset(roles), day, is_open)


FILLER: Final = acting(Role.UNIT_FILLER)
APPROVER: Final = acting(Role.UNIT_APPROVER, by="wang")
DEPARTMENT: Final = acting(Role.DEPARTMENT_REVIEWER, by="zhao")
COUNTERPART: Final = acting(Role.COUNTERPART_DIVISION, by="qian")
BUREAU: Final = acting(Role.PERFORMANCE_DIVISION, by="sun")
DESK: Final = acting(Role.DATA_DESK, by="zhou")
HANDED_IN: Final = steps.submit(FORM, FILLER)
ACCEPTED: Final = replace(HANDED_IN, state=PaperState.ACCEPTED, accepted=1)


def refused(step: Any, *args: Any, **more: Any) -> Refusal:
    """Tell why a step is refused."""
    with pytest.raises(RefusedError) as caught:
        step(*args, **more)
    return caught.value.code


def test_a_form_passes_four_hands_and_is_accepted() -> None:
    """Unit, department, counterpart division, performance division, in this order (rule 21)."""
    now, states = HANDED_IN, [HANDED_IN.state]
    for who in (APPROVER, DEPARTMENT, COUNTERPART, BUREAU):
        assert refused(steps.let_pass, now, DESK) is Refusal.NOT_IN_YOUR_HANDS
        now = steps.let_pass(now, who)
        states.append(now.state)

    assert states == list(PaperState)[1:]
    assert (now.version, now.edition, now.accepted, now.submitted_on) == (6, 1, 1, DAY)


def test_a_report_begins_with_its_department() -> None:
    """Then the counterpart division looks at it, and the performance division (Art. 12(4))."""
    now = steps.submit(REPORT, DEPARTMENT)

    assert now.state is PaperState.COUNTERPART_REVIEW
    assert refused(steps.submit, REPORT, FILLER) is Refusal.NOT_IN_YOUR_HANDS


def test_what_is_handed_in_again_was_in_time_the_first_time() -> None:
    """A return does not make late; the first edition counts."""
    returned = steps.give_back(HANDED_IN, APPROVER, WHY)
    again = steps.submit(returned, replace(FILLER, day=dt.date(2026, 7, 25)))

    assert (returned.returned, again.returned) == (WHY, ())
    assert (again.edition, again.submitted_on, again.late) == (2, DAY, False)
    assert steps.submit(FORM, replace(FILLER, day=dt.date(2026, 7, 21))).late


@pytest.mark.parametrize(
    ("expected", "step", "args"),
    [
        (Refusal.NOT_IN_YOUR_HANDS, steps.submit, (FORM, BUREAU)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.submit, (FORM, COUNTERPART)),
        (Refusal.NOT_FILLING, steps.submit, (HANDED_IN, FILLER)),
        (Refusal.CAMPAIGN_NOT_OPEN, steps.submit, (FORM, replace(FILLER, campaign_open=False))),
        (Refusal.TOO_MANY, steps.submit, (replace(FORM, edition=steps.EDITIONS_MAX), FILLER)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.enter, (FORM, FILLER, "0" * 64)),
        (Refusal.SCAN_REQUIRED, steps.enter, (FORM, BUREAU, None)),
        (
            Refusal.OWN_SUBMISSION,
            steps.let_pass,
            (steps.submit(FORM, APPROVER), APPROVER),
        ),
        (
            Refusal.CAMPAIGN_NOT_OPEN,
            steps.let_pass,
            (HANDED_IN, replace(APPROVER, campaign_open=False)),
        ),
        (Refusal.NOT_IN_YOUR_HANDS, steps.let_pass, (FORM, APPROVER)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.let_pass, (ACCEPTED, BUREAU)),
        (Refusal.REASONS_REQUIRED, steps.give_back, (HANDED_IN, APPROVER, ())),
        (Refusal.NOT_IN_YOUR_HANDS, steps.give_back, (HANDED_IN, BUREAU, WHY)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.withdraw, (FORM, FILLER)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.withdraw, (HANDED_IN, BUREAU)),
        (
            Refusal.ALREADY_LOOKED_AT,
            steps.withdraw,
            (steps.let_pass(HANDED_IN, APPROVER), FILLER),
        ),
        (
            Refusal.CAMPAIGN_NOT_OPEN,
            steps.withdraw,
            (HANDED_IN, replace(FILLER, campaign_open=False)),
        ),
        (Refusal.NOT_ACCEPTED, steps.reopen, (HANDED_IN, BUREAU)),
        (Refusal.NOT_IN_YOUR_HANDS, steps.reopen, (ACCEPTED, COUNTERPART)),
        (
            Refusal.CAMPAIGN_NOT_OPEN,
            steps.reopen,
            (ACCEPTED, replace(BUREAU, campaign_open=False)),
        ),
        (Refusal.NOT_FILLING, steps.delegate, (HANDED_IN, FILLER, "wang")),
        (
            Refusal.UNKNOWN_EDITION,
            steps.seal,
            (HANDED_IN, FILLER, Seal(2, "0" * 64, "1" * 64, "li", DAY)),
        ),
        (
            Refusal.NOT_IN_YOUR_HANDS,
            steps.seal,
            (HANDED_IN, COUNTERPART, Seal(1, "0" * 64, "1" * 64, "li", DAY)),
        ),
        (Refusal.NOT_FILLING, steps.dispute, (HANDED_IN, FILLER, DISPUTE)),
        (
            Refusal.TOO_MANY,
            steps.dispute,
            (
                replace(
                    FORM,
                    disputes=tuple(
                        replace(DISPUTE, field=f"/funding/{n}/spent")
                        for n in range(steps.DISPUTES_MAX)
                    ),
                ),
                FILLER,
                DISPUTE,
            ),
        ),
        (
            Refusal.TOO_MANY,
            steps.save,
            (
                FORM,
                FILLER,
                {
                    f"/remarks/{n}": DraftField(
                        value="", version=1, by="li", at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
                    )
                    for n in range(FIELDS_MAX + 1)
                },
            ),
        ),
    ],
)
def test_what_may_not_be_done_is_refused(
    expected: Refusal, step: Any, args: tuple[Any, ...]
) -> None:
    """Each refusal has its code, and nothing is changed."""
    assert refused(step, *args) is expected


def test_every_refusal_is_told_in_both_languages() -> None:
    """Nobody is refused without being told why and what to do."""
    for code in Refusal:
        words = paper_problems.WORDS[code]
        assert all(words[1:])
        assert paper_problems.refused(RefusedError(code)).problem.code == code.value


def test_an_entered_paper_goes_to_the_last_desk_and_is_not_taken_back() -> None:
    """代录: four eyes here too: whoever enters does not accept."""
    entered = steps.enter(FORM, BUREAU, "0" * 64)

    assert (entered.state, entered.entered) == (PaperState.PERFORMANCE_REVIEW, True)
    other = acting(Role.PERFORMANCE_DIVISION, by="qian")
    assert refused(steps.let_pass, entered, BUREAU) is Refusal.OWN_SUBMISSION
    assert steps.let_pass(entered, other).state is PaperState.ACCEPTED
    assert refused(steps.withdraw, entered, FILLER) is Refusal.ALREADY_LOOKED_AT


def test_disputes_are_answered_one_by_one() -> None:
    """Disputed again, an open dispute is replaced; an answered one stays."""
    once = steps.dispute(FORM, FILLER, DISPUTE)
    twice = steps.dispute(once, FILLER, replace(DISPUTE, reason="少计两笔"))
    settled = steps.settle(twice, DESK, DISPUTE.field, "已更正", corrected=True)
    anew = steps.dispute(settled, FILLER, DISPUTE)

    assert [each.reason for each in twice.disputes] == ["少计两笔"]
    assert settled.disputes[0].answered_by == "zhou"
    assert len(anew.disputes) == 2
    nothing = refused(steps.settle, settled, DESK, DISPUTE.field, "再答", corrected=False)
    assert nothing is Refusal.UNKNOWN_DISPUTE


def test_a_later_seal_of_an_edition_replaces_the_one_before() -> None:
    """Each edition has one sealed scan, bound to its hash (domain-rules 23)."""
    first = steps.seal(HANDED_IN, FILLER, Seal(1, "0" * 64, "1" * 64, "li", DAY))
    second = steps.seal(first, BUREAU, Seal(1, "0" * 64, "2" * 64, "sun", DAY))

    assert [each.scan for each in second.seals] == ["2" * 64]


@pytest.mark.parametrize(
    ("paper", "who", "expected"),
    [
        (FORM, FILLER, ("draft", "delegate", "dispute", "submit")),
        (FORM, BUREAU, ("draft", "delegate", "dispute", "enter")),
        (FORM, replace(FILLER, campaign_open=False), ()),
        (REPORT, DEPARTMENT, ("draft", "delegate", "submit")),
        (HANDED_IN, FILLER, ("withdraw", "seal")),
        (HANDED_IN, APPROVER, ("withdraw", "approve", "return", "seal")),
        (steps.submit(FORM, APPROVER), APPROVER, ("withdraw", "return", "seal")),
        (HANDED_IN, COUNTERPART, ()),
        (ACCEPTED, FILLER, ("reopen", "seal")),
        (steps.dispute(FORM, FILLER, DISPUTE), DESK, ("settle",)),
    ],
)
def test_nobody_is_offered_what_is_refused(
    paper: Paper, who: Acting, expected: tuple[str, ...]
) -> None:
    """`yours` names what one may do now."""
    assert yours(paper, who) == expected


def test_overdue_is_what_was_never_handed_in() -> None:
    """The due date is the last day in time."""
    assert not FORM.overdue(dt.date(2026, 7, 20))
    assert FORM.overdue(dt.date(2026, 7, 21))
    assert not HANDED_IN.overdue(dt.date(2026, 7, 21))
    assert not FORM.overdue(None)
