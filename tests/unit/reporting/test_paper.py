"""The way of a paper: who does what when, and everything that is refused (Art. 5, 6, 12, 15)."""

import datetime as dt
from collections.abc import Callable
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


DONE: Final[dict[str, Callable[[Paper, Acting], Paper]]] = {
    "draft": lambda paper, who: steps.save(paper, who, {}),
    "delegate": lambda paper, who: steps.delegate(paper, who, None),
    "dispute": lambda paper, who: steps.dispute(paper, who, DISPUTE),
    "submit": steps.submit,
    "enter": lambda paper, who: steps.enter(paper, who, "0" * 64),
    "withdraw": steps.withdraw,
    "approve": steps.let_pass,
    "return": lambda paper, who: steps.give_back(paper, who, WHY),
    "reopen": steps.reopen,
    "seal": lambda paper, who: steps.seal(paper, who, Seal(1, "0" * 64, "1" * 64, who.by, DAY)),
    "settle": lambda paper, who: steps.settle(paper, who, DISPUTE.field, "已更正", corrected=True),
}
"""Each step that `yours` names, done."""


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


def test_what_is_withdrawn_was_not_handed_in() -> None:
    """Nobody had looked at it: it is missing and overdue again, and late when it comes late."""
    withdrawn = steps.withdraw(HANDED_IN, FILLER)
    again = steps.submit(withdrawn, replace(FILLER, day=dt.date(2026, 7, 25)))

    assert (HANDED_IN.counted, withdrawn.counted, again.counted) == (1, 0, 2)
    assert (withdrawn.submitted_on, withdrawn.overdue(dt.date(2026, 7, 21))) == (None, True)
    assert (again.handed, again.late) == ((2,), True)


def test_a_withdrawal_leaves_what_was_handed_in_before() -> None:
    """Returned, handed in again, taken back: the first one counts, and its reasons stand again."""
    returned = steps.give_back(HANDED_IN, APPROVER, WHY)
    withdrawn = steps.withdraw(steps.submit(returned, FILLER), FILLER)

    assert (withdrawn.counted, withdrawn.submitted_on) == (1, DAY)
    assert (withdrawn.returned, withdrawn.answered) == (WHY, ())


def test_what_was_accepted_holds_until_its_correction_is() -> None:
    """更正: the new edition counts once it is accepted too."""
    reopened = steps.reopen(ACCEPTED, FILLER)
    now = steps.submit(reopened, FILLER)
    counted = [reopened.counted, now.counted]
    for who in (APPROVER, DEPARTMENT, COUNTERPART, BUREAU):
        now = steps.let_pass(now, who)
        counted.append(now.counted)

    assert counted == [1, 1, 1, 1, 1, 2]


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
            Refusal.TOO_MANY,
            steps.enter,
            (replace(FORM, edition=steps.EDITIONS_MAX), BUREAU, "0" * 64),
        ),
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


ENTERED: Final = steps.enter(FORM, BUREAU, "0" * 64)


@pytest.mark.parametrize(("paper", "filler"), [(FORM, FILLER), (REPORT, DEPARTMENT)])
def test_an_entered_paper_is_reviewed_by_both_desks_and_is_not_taken_back(
    paper: Paper, filler: Acting
) -> None:
    """代录: content first (rule 21), and four eyes here too: whoever enters does not accept."""
    entered = steps.enter(paper, BUREAU, "0" * 64)
    reviewed = steps.let_pass(entered, COUNTERPART)
    other = acting(Role.PERFORMANCE_DIVISION, by="wu")

    assert (entered.state, entered.entered) == (PaperState.COUNTERPART_REVIEW, True)
    assert refused(steps.let_pass, entered, other) is Refusal.NOT_IN_YOUR_HANDS
    assert refused(steps.let_pass, reviewed, BUREAU) is Refusal.OWN_SUBMISSION
    assert steps.let_pass(reviewed, other).state is PaperState.ACCEPTED
    assert refused(steps.withdraw, entered, filler) is Refusal.ALREADY_LOOKED_AT


def test_what_came_on_paper_was_handed_in_when_it_was_received() -> None:
    """Due on 20 July, received on the 18th, entered on the 25th: in time."""
    opened = dt.date(2026, 7, 2)
    desk = replace(BUREAU, day=dt.date(2026, 7, 25), campaign_opened_on=opened)
    received = dt.date(2026, 7, 18)
    entered = steps.enter(FORM, desk, "0" * 64, received)
    again = steps.enter(replace(entered, state=PaperState.FILLING), desk, "0" * 64, desk.day)

    assert (entered.submitted_on, entered.late, entered.changed_on) == (received, False, desk.day)
    assert (again.submitted_on, again.late) == (received, False)
    assert steps.enter(FORM, desk, "0" * 64).late
    for day in (dt.date(2026, 7, 1), dt.date(2026, 7, 26)):
        assert refused(steps.enter, FORM, desk, "0" * 64, day) is Refusal.RECEIVED_OUTSIDE
    for day in (desk.day, opened):
        assert steps.enter(FORM, desk, "0" * 64, day).submitted_on == day


def test_the_scan_of_what_came_on_paper_is_bound_to_its_edition() -> None:
    """Rule 23: to the hash of what was frozen; a seal put on it later replaces it."""
    entered = steps.hashed(steps.enter(FORM, BUREAU, "1" * 64), BUREAU, "0" * 64, "1" * 64)
    typed = steps.hashed(HANDED_IN, FILLER, "0" * 64, None)
    sealed = steps.seal(entered, FILLER, Seal(1, "0" * 64, "2" * 64, "li", DAY))

    assert (entered.sha256, entered.version) == ("0" * 64, 2)
    assert entered.seals == (Seal(1, "0" * 64, "1" * 64, "sun", DAY),)
    assert (typed.sha256, typed.seals) == ("0" * 64, ())
    assert [each.scan for each in sealed.seals] == ["2" * 64]


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
        (ENTERED, COUNTERPART, ("approve", "return")),
        (replace(ENTERED, state=PaperState.PERFORMANCE_REVIEW), BUREAU, ("return", "seal")),
        (ACCEPTED, FILLER, ("reopen", "seal")),
        (steps.dispute(FORM, FILLER, DISPUTE), DESK, ("settle",)),
    ],
)
def test_nobody_is_offered_what_is_refused(
    paper: Paper, who: Acting, expected: tuple[str, ...]
) -> None:
    """`yours` names what one may do now, and none of it is refused."""
    assert yours(paper, who) == expected
    for step in expected:
        DONE[step](paper, who)


def test_overdue_is_what_was_never_handed_in() -> None:
    """The due date is the last day in time."""
    assert not FORM.overdue(dt.date(2026, 7, 20))
    assert FORM.overdue(dt.date(2026, 7, 21))
    assert not HANDED_IN.overdue(dt.date(2026, 7, 21))
    assert not FORM.overdue(None)
