"""Who was heard: what one partition notices, and the fact by which all know (domain-rules 17f)."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final, cast

import pytest

from contracts.codec import decode
from contracts.topics import partition_of
from services.intake.domain.admission import admit
from services.intake.domain.decision import Decision
from services.intake.domain.jurisdictions import already_known, to_tell
from services.intake.domain.replay import Told, replay
from services.intake.domain.silence import (
    PUBLISHERS_MAX,
    Heard,
    heard_id,
    publisher_heard,
    untold,
    with_day,
)
from services.intake.domain.submissions import Candidate, Copy, admitted
from services.intake.domain.verdicts import Refusal
from services.intake.handlers.ledger import LedgerOwner, Owned, _newly_heard
from services.intake.store.documents import jurisdiction_document, jurisdiction_of, knows_silence
from services.intake.store.hearing import submission_of
from services.intake.store.ledger import Held
from services.intake.store.submissions import Submission
from tests.support.hostile import event, wire
from tests.unit.intake.builders import (
    HEFEI,
    NOW_MS,
    Ledger,
    before,
    copy_of,
    day,
    origin,
    sequences,
    taken,
)

CITY: Final = HEFEI.code
ONE, TWO, THREE = (dt.date(2026, 3, number) for number in (1, 2, 3))


def parameters(limit: int | None, name: str = "parameters") -> dict[str, Any]:
    """Say after how many opened days a publisher is silent."""
    data = {"date": "2026-03-01", "silent_publisher_days": limit}
    return event(name, CITY, thing="monitoring_parameters.published", data=data)


def spoken(number: int, publisher: str = "demo", project: str = "P1") -> Candidate:
    """State a payment."""
    raw = wire(event(f"e-{number}", f"{CITY}/{project}"))
    return admitted(raw, origin(number, publisher=publisher))


def said(heard: Heard) -> Candidate:
    """State that somebody was heard, as an owner does."""
    raw = publisher_heard(heard)
    return admitted(raw, submission_of(heard).origin)


def told(ledger: Ledger) -> set[Heard]:
    """Tell what a partition has to tell."""
    return to_tell(ledger.jurisdictions[CITY])


def opened(*dates: str, limit: int | None = 3) -> Ledger:
    """Make a partition where it is asked who is silent, and days are open."""
    ledger = Ledger()
    ledger.enter(taken(parameters(limit)), *(taken(day(date)) for date in dates))
    return ledger


def test_what_a_publisher_says_of_a_project_is_to_be_told_once_a_day() -> None:
    """Of whichever project; on the day that is open, however its facts are dated."""
    ledger = opened("2026-03-01")
    first = ledger.enter(spoken(1), spoken(2, project="P2"), spoken(3, "treasury"))
    second = ledger.enter(spoken(4))

    assert {Heard(CITY, "demo", ONE), Heard(CITY, "treasury", ONE)} == told(ledger)
    assert [CITY] == list(first.jurisdictions)
    assert {} == second.jurisdictions


def test_a_day_that_opens_within_a_batch_parts_what_came_before_from_what_comes_after() -> None:
    """The batch is no day."""
    ledger = opened("2026-03-01")
    ledger.enter(spoken(1), spoken(2, "treasury"), taken(day("2026-03-02")), spoken(3))

    assert {Heard(CITY, "demo", TWO), Heard(CITY, "treasury", ONE)} == told(ledger)


def test_only_what_was_entered_is_heard() -> None:
    """Not what is refused or known already; nor facts of the jurisdiction, or before its days."""
    ledger = opened()
    ledger.enter(spoken(1))
    assert set() == told(ledger)

    ledger.enter(taken(day("2026-03-01")), spoken(1), taken(parameters(4, "again")))
    assert set() == told(ledger)


def test_nothing_is_stated_where_nobody_asks_who_is_silent() -> None:
    """But what was spoken is remembered: it is told as soon as somebody asks."""
    ledger = opened("2026-03-01", limit=None)
    ledger.enter(spoken(1))
    assert set() == told(ledger)

    ledger.enter(taken(day("2026-03-02")), taken(parameters(5, "asked")))
    assert {Heard(CITY, "demo", ONE)} == told(ledger)
    ledger.enter(taken(parameters(None, "no more")))
    assert {Heard(CITY, "demo", ONE)} == told(ledger)


def test_what_is_told_is_a_fact_of_the_jurisdiction_for_every_partition() -> None:
    """Entered at home and copied; then it is not to be told any more."""
    home, other = opened("2026-03-01"), opened("2026-03-01")
    other.partition, other.copies = 1, {0: home.facts}
    other.enter(spoken(1))
    (heard,) = told(other)
    found = home.enter(said(heard))
    (copy,) = found.copies
    other.enter(copy_of(copy.raw, copy.copy))

    assert {"demo": ONE} == home.jurisdictions[CITY].heard == other.jurisdictions[CITY].heard
    assert set() == told(home) == told(other)
    stated = decode(copy.raw)
    assert (CITY, ONE, "demo") == (stated.subject, stated.data.date, stated.data.publisher)
    assert "dualwatch" == copy.publisher


def test_it_is_entered_once_a_day_however_many_say_so() -> None:
    """Another partition, the same one again, and of a day before the last that was heard."""
    home = opened("2026-03-01", "2026-03-02")
    early, late = Heard(CITY, "demo", ONE), Heard(CITY, "demo", TWO)
    first = home.enter(said(late), said(late))
    again = home.enter(said(late), said(early))

    assert {CITY: [4]} == sequences(first)
    assert {} == again.entries
    assert {"duplicate": 2} == again.counts
    assert [] == again.quarantine == first.quarantine


def test_what_another_release_wrote_otherwise_is_the_same_fact() -> None:
    """A duplicate, no conflict."""
    home = opened("2026-03-01")
    heard = Heard(CITY, "demo", ONE)
    home.enter(said(heard))
    other = json.dumps(json.loads(publisher_heard(heard)), indent=1).encode()
    found = home.enter(admitted(other, submission_of(heard).origin))

    assert ({"duplicate": 1}, []) == (found.counts, found.quarantine)


def test_facts_are_the_same_whoever_writes_them() -> None:
    """And named alike only if they are: names may hold what parts them."""
    assert publisher_heard(Heard(CITY, "a", ONE)) == publisher_heard(Heard(CITY, "a", ONE))
    names = {
        heard_id(Heard(code, publisher, date))
        for code, publisher in (("J", "a:b"), ("J:a", "b"), ("J", "a"))
        for date in (ONE, TWO)
    }
    assert 6 == len(names)
    long = Heard("J" * 64, "p" * 128, ONE)
    assert isinstance(admit(publisher_heard(long)), Refusal)
    assert long.publisher == decode(publisher_heard(long)).data.publisher


def test_no_door_takes_it_in() -> None:
    """Who was heard is for the ledger to say."""
    found = admit(publisher_heard(Heard(CITY, "demo", ONE)))

    assert isinstance(found, Refusal)
    assert "not_publishable" == found.code


def test_what_is_remembered_is_bounded() -> None:
    """Of one publisher more nothing is remembered, and nothing told for ever in vain."""
    full = {f"p{number}": ONE for number in range(PUBLISHERS_MAX)}

    assert with_day(full, "more", TWO) is full
    assert TWO == with_day(full, "p7", TWO)["p7"]
    assert with_day(full, "p7", ONE) is full
    assert [("p7", TWO)] == list(untold({"more": TWO, "p7": TWO}, full))


@pytest.mark.parametrize("name", ["", " demo", "de\x01mo", "p" * 129])
def test_who_cannot_be_named_is_not_noticed(name: str) -> None:
    """A name that no door of ours lets through must not stop the partition."""
    ledger = opened("2026-03-01")
    ledger.enter(spoken(1, name))

    assert set() == told(ledger)


def test_no_day_is_heard_of_a_jurisdiction_that_nobody_knows() -> None:
    """Then it is refused as unknown."""
    stated = decode(publisher_heard(Heard(CITY, "demo", ONE)))

    assert not already_known(None, stated)


def test_the_store_keeps_it() -> None:
    """Under names that no key may have; what an earlier release wrote says nothing of it."""
    ledger = opened("2026-03-01")
    ledger.enter(spoken(1, "a.b"), said(Heard(CITY, "$x", ONE)))
    known = ledger.jurisdictions[CITY]
    _, document = jurisdiction_document(known, 0, 4)

    assert known == jurisdiction_of(document)
    assert knows_silence(document)
    former = {name: document[name] for name in document if name not in {"spoken", "heard", "hears"}}
    assert not knows_silence(former)
    assert not jurisdiction_of(former).hears


def test_only_what_a_batch_adds_is_told_after_it() -> None:
    """What is on its way is not sent with every batch."""
    ledger = opened("2026-03-01")
    known = ledger.jurisdictions
    first = ledger.enter(spoken(1))
    assert {Heard(CITY, "demo", ONE)} == _newly_heard(known, first.jurisdictions)

    known = ledger.jurisdictions
    second = ledger.enter(spoken(2, "treasury"))
    assert {Heard(CITY, "treasury", ONE)} == _newly_heard(known, second.jurisdictions)
    assert set() == _newly_heard({}, {CITY: HEFEI})


def entered_again(ledger: Ledger, decision: Decision, candidates: Sequence[Candidate]) -> Decision:
    """Enter what a batch came to once more, as a store is filled from the topic."""
    records = [
        Told(candidate, NOW_MS, record)
        for candidate, record in zip(candidates, decision.published, strict=True)
    ]
    return replay(records, before(ledger), ledger.known)


def test_a_store_filled_from_the_topic_knows_who_was_heard() -> None:
    """All that follows from entries is made by the same code."""
    batch = [
        taken(parameters(3)),
        taken(day("2026-03-01")),
        spoken(1),
        said(Heard(CITY, "demo", ONE)),
        spoken(2, "treasury"),
    ]
    found = Ledger().enter(*batch)
    again = entered_again(Ledger(), found, batch)

    assert found.jurisdictions == again.jurisdictions
    assert {Heard(CITY, "treasury", ONE)} == to_tell(again.jurisdictions[CITY])


class Sent:
    """Keeps what is submitted."""

    def __init__(self) -> None:
        """Nothing was."""
        self.found: list[str] = []

    async def put(self, submissions: Sequence[Submission]) -> None:
        """Take submissions."""
        self.found += [json.loads(each.raw)["data"]["publisher"] for each in submissions]


async def test_what_got_lost_is_sent_again() -> None:
    """What no fact says at two looks in a row: what is on its way is not lost."""
    owner = LedgerOwner(*[cast("Any", None)] * 5)
    sent = Sent()
    owner.submissions = cast("Any", sent)
    ledger = opened("2026-03-01")
    ledger.enter(spoken(1))
    owner.owned[0] = Owned(Held(cast("Any", None), ledger.jurisdictions, {}, 0))
    first = await owner.say_lost(frozenset())
    assert [] == sent.found

    ledger.enter(spoken(2, "treasury"))
    owner.owned[0] = Owned(Held(cast("Any", None), ledger.jurisdictions, {}, 0))
    second = await owner.say_lost(first)
    assert ["demo"] == sent.found

    ledger.enter(said(Heard(CITY, "demo", ONE)), said(Heard(CITY, "treasury", ONE)))
    owner.owned[0] = Owned(Held(cast("Any", None), ledger.jurisdictions, {}, 0))
    assert set() == await owner.say_lost(second)
    assert ["demo"] == sent.found


def test_it_goes_to_the_home_of_its_jurisdiction() -> None:
    """As every fact of it; and it came by no door, so that nobody waits for it."""
    submission = submission_of(Heard(CITY, "demo", THREE))

    assert CITY == submission.admission.subject  # type: ignore[union-attr]
    assert 0 <= partition_of(CITY, 4) < 4
    assert (None, 0) == (submission.origin.request, submission.origin.received_ms)
    assert Copy(0, 1, 1, 0) == Copy.from_bytes(b"0 1 1 0")
