"""Decisions become facts; a referral is a chain that only the named see."""

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.codec import encode
from contracts.events.intake import DispositionDecided
from contracts.vocabulary import Measure
from services.alerts.domain.decisions import (
    DispositionForm,
    PriorityListForm,
    Taken,
    body_hash,
    disposition_event,
    list_event,
)
from services.alerts.domain.referrals import (
    STEPS_MAX,
    ReferralForm,
    Refusal,
    StepForm,
    StepKind,
    broken_at,
    chained,
    refusal,
    repeats,
    taken_before,
    told_by,
)

AT = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
TAKEN = Taken("wang", "r-1", AT)
BODY: dict[str, Any] = {
    "jurisdiction": "610100",
    "project": "P1",
    "fiscal_year": 2026,
    "measure": "budget_cut",
    "objective_grounds": True,
    "ground": "政策调整",
    "decision": {"body": "市财政局", "number": "市财发〔2026〕12号"},
    "decided_on": "2026-06-30",
    "amount": "1250000.05",
}
LIST: dict[str, Any] = {
    "jurisdiction": "610100",
    "kind": "department",
    "organisation": "D1",
    "fiscal_year": 2026,
    "decided_on": "2026-06-30",
    "projects": [{"project": "P1", "reason": "执行缓慢"}],
}
REFERRAL: dict[str, Any] = {
    "jurisdiction": "610100",
    "project": "P1",
    "fiscal_year": 2026,
    "kind": "discipline_lead",
    "receiver": "市纪委监委",
    "statement": "疑似挪用专项资金",
    "readers": ["li"],
}


def test_a_disposition_is_the_fact_that_intake_takes() -> None:
    """To the fen, under the project, and read back as it was made."""
    event = disposition_event(DispositionForm.model_validate(BODY), TAKEN)
    told = json.loads(encode(event))

    assert ("dualwatch.disposition.decided.v1", "610100/P1") == (told["type"], told["subject"])
    assert ("1250000.05", "2026-06-30") == (told["data"]["amount"], told["data"]["date"])
    assert isinstance(event.data, DispositionDecided)
    assert (125_000_005, Measure.BUDGET_CUT) == (event.data.amount, event.data.measure)


def test_the_same_request_makes_the_same_fact() -> None:
    """Whatever the clock says; another request or person makes another one."""
    form = DispositionForm.model_validate(BODY)
    again = disposition_event(form, Taken("wang", "r-1", AT + dt.timedelta(hours=1)))
    others = [
        disposition_event(form, Taken(by, key, AT)) for by, key in (("wang", "r-2"), ("li", "r-1"))
    ]

    assert disposition_event(form, TAKEN).id == again.id
    assert 3 == len({again.id, *(event.id for event in others)})


def test_other_words_are_another_request() -> None:
    """So that a key cannot be used for two things."""
    other = DispositionForm.model_validate({**BODY, "amount": "1250000.06"})

    assert body_hash(DispositionForm.model_validate(BODY)) != body_hash(other)


def test_a_list_is_its_owners() -> None:
    """A department's names it, the bureau's does not; a project stands on it once."""
    event = list_event(PriorityListForm.model_validate(LIST), TAKEN)
    wrong = [
        {**LIST, "organisation": None},
        {**LIST, "kind": "bureau"},
        {**LIST, "projects": [*LIST["projects"], *LIST["projects"]]},
    ]

    assert ("610100", "D1") == (event.subject, event.data.organisation)
    for body in wrong:
        with pytest.raises(ValidationError):
            list_event(PriorityListForm.model_validate(body), TAKEN)


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (DispositionForm, {**BODY, "amount": 12.5}),
        (DispositionForm, {**BODY, "amount": "12.345"}),
        (DispositionForm, {**BODY, "ground": ""}),
        (DispositionForm, {**BODY, "more": 1}),
        (ReferralForm, {**REFERRAL, "readers": ["li", "li"]}),
        (ReferralForm, {**REFERRAL, "entries": [{"sequence": 0}]}),
    ],
)
def test_what_is_wrong_is_refused(form: Any, body: dict[str, Any]) -> None:
    """Amounts are decimal texts; nothing unknown; each reader once."""
    with pytest.raises(ValidationError):
        form.model_validate(body)


def steps(*kinds: StepKind) -> list[dict[str, Any]]:
    """Return a chain of steps."""
    made: list[dict[str, Any]] = []
    for number, kind in enumerate((StepKind.MADE, *kinds)):
        last = made[-1] if made else None
        made.append(chained(last, kind, Taken("wang", str(number), AT), {"note": "说明"}))
    return made


def test_a_chain_shows_what_was_changed() -> None:
    """A word, an order, a step that is gone."""
    whole = steps(StepKind.HANDED_OVER, StepKind.RECEIVED)
    word = [whole[0], {**whole[1], "detail": {"note": "别的"}}, whole[2]]

    assert broken_at(whole) is None
    assert [2, 2, 1] == [
        broken_at(word),
        broken_at([whole[0], whole[2], whole[1]]),
        broken_at(whole[1:]),
    ]


@pytest.mark.parametrize(
    ("before", "body", "reason"),
    [
        ((), {"kind": "made"}, Refusal.NOT_A_STEP),
        ((), {"kind": "handed_over"}, Refusal.DAY_MISSING),
        ((), {"kind": "received", "on": "2026-07-02"}, Refusal.NOT_HANDED_OVER),
        ((), {"kind": "named"}, Refusal.READERS_MISSING),
        ((), {"kind": "handed_over", "on": "2026-07-01"}, None),
        ((StepKind.HANDED_OVER,), {"kind": "received", "on": "2026-07-02"}, None),
        ((), {"kind": "named", "readers": []}, None),
        ((StepKind.NOTED,) * (STEPS_MAX - 1), {"kind": "noted"}, Refusal.TOO_MANY_STEPS),
    ],
)
def test_steps_follow_each_other(
    before: tuple[StepKind, ...], body: dict[str, Any], reason: Refusal | None
) -> None:
    """Nothing is received that was not handed over."""
    assert reason is refusal(steps(*before), StepForm.model_validate(body))


def test_a_key_stands_for_one_step_alone() -> None:
    """The same request again is the same step; its key with other words is another request."""
    form = StepForm.model_validate({"kind": "handed_over", "on": "2026-07-01", "number": "移字1号"})
    other = form.model_copy(update={"number": "移字2号"})
    chain = steps()
    chain.append(chained(chain[-1], form.kind, TAKEN, told_by(form)))
    mine, making = taken_before(chain, TAKEN), taken_before(chain, Taken("wang", "0", AT))

    assert None is taken_before(chain, Taken("li", TAKEN.request, AT))
    assert mine is not None
    assert making is not None
    assert (True, False, False) == (
        repeats(mine, form),
        repeats(mine, other),
        repeats(making, form),
    )
