"""What a subscription asks for, when it is tried again, what goes out."""

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import new_event
from contracts.events.intake import OrganisationMoved
from services.alerts.domain.delivery import (
    JITTER_PERCENT,
    RETRY_SECONDS,
    Outcome,
    message_id,
    outcome_of,
    pause_ms,
    payload,
)
from services.alerts.domain.subscriptions import (
    FORMER_SECRETS_MAX,
    KINDS,
    OVERLAP_MS,
    Channel,
    Entry,
    Language,
    Sealed,
    Standing,
    State,
    Subscription,
    Wanted,
    entry_of,
    wants,
)
from services.alerts.domain.suppressions import all_below
from services.alerts.store.sealing import Seal, UnreadableError
from services.alerts.store.subscriptions import document_of, line_of, shard_of, subscription_of
from services.alerts.store.trees import above, placed
from tests.support import builders

DAYS_OF_SCHEDULE = 3


def entry(**changes: Any) -> Entry:
    """Make an entry."""
    fields: dict[str, Any] = {
        "jurisdiction": "340700",
        "cursor": 7,
        "project": "340700/P-1",
        "lead_unit": "U-1",
        "department": "D-1",
        "rule": "over_budget",
        "aspect": "compliance",
        "severity": "yellow",
        "kind": "raised",
        "muted": False,
        "event": b'{"id":"a","data":{}}',
    }
    return Entry(**(fields | changes))


def subscription(**changes: Any) -> Subscription:
    """Make a subscription."""
    fields: dict[str, Any] = {
        "id": "ab" * 16,
        "owner": "bureau",
        "name": "Desk",
        "jurisdiction": "340700",
        "wanted": Wanted(rules=("over_budget",), kinds=("raised",)),  # type: ignore[arg-type]
        "channel": Channel.WEBHOOK,
        "address": "https://hooks.example.org/",
        "language": Language.ZH,
        "window_seconds": 900,
        "state": State.ACTIVE,
        "reason": None,
        "version": 3,
        "created_ms": 1,
        "changed_ms": 2,
        "line": "ab" * 16,
        "shard": 3,
        "secrets": (Sealed(b"new"), Sealed(b"old", 100)),
        "standing": Standing(5, 1, 10, 9, 2, 4),
    }
    return Subscription(**(fields | changes))


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        ({}, True),
        ({"organisations": ["U-1"]}, True),
        ({"organisations": ["D-1", "D-9"]}, True),
        ({"organisations": ["D-9"]}, False),
        ({"rules": ["late"]}, False),
        ({"aspects": ["compliance", "timeliness"]}, True),
        ({"aspects": ["timeliness"]}, False),
        ({"severity_at_least": "yellow"}, True),
        ({"severity_at_least": "red"}, False),
        ({"projects": ["340700/P-1"]}, True),
        ({"projects": ["340700/P-2"]}, False),
        ({"kinds": ["cleared", "raised"]}, True),
        ({"kinds": ["cleared"]}, False),
        ({"rules": ["over_budget"], "projects": ["340700/P-2"]}, False),
    ],
)
def test_all_filters_must_agree(wanted: dict[str, Any], takes: bool) -> None:  # noqa: FBT001
    """One value of each filter that names any."""
    assert takes == wants(Wanted.model_validate(wanted), entry())


def test_an_organisation_stands_for_all_below_it() -> None:
    """The unit below the division below the department; a circle ends."""
    tree = {"U-1": ("DIV-1",), "DIV-1": ("D-0",), "D-0": ("B",), "X": ("Y",), "Y": ("X",)}
    below = Wanted(organisations=("D-0",))

    assert wants(below, entry(), tree)
    assert not wants(below, entry())
    assert not wants(below, entry(lead_unit="X", department=None), tree)
    assert wants(below, entry(project="340700/DIV-1", lead_unit=None, department=None), tree)


def test_a_counterpart_division_stands_above_its_departments() -> None:
    """Beside the department's parent (domain-rules 9), and above all the department's units."""
    tree = {"U-1": ("DEP",), "DEP": ("GOV", "DIVISION"), "DIVISION": ("BUREAU",)}
    alert = entry(lead_unit="U-1", department="DEP")

    assert all(
        wants(Wanted(organisations=(root,)), alert, tree)
        for root in ("GOV", "DIVISION", "BUREAU", "DEP", "U-1")
    )
    assert not wants(Wanted(organisations=("OTHER",)), alert, tree)
    assert ("DEP", "DIVISION", "U-1") == all_below("DIVISION", tree)


def test_a_move_leaves_what_it_does_not_name() -> None:
    """To another division the parent stays, and the other way round."""
    named = {"counterpart_division": "DIV", "parent": "GOV"}
    registered = builders.organisation("DEP", **named)
    to_division = OrganisationMoved(
        date=dt.date(2026, 7, 1), organisation="DEP", counterpart_division="DIV-2"
    )
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    moved = new_event(
        to_division, event_id="moved", source="t", subject=builders.JURISDICTION, time=noon
    )

    assert [(f"{builders.JURISDICTION}/DEP", ("GOV", "DIV"))] == [
        (name, above(place)) for name, place in placed(registered)
    ]
    assert [{"division": "DIV-2"}] == [
        {key: value for key, value in place.items() if key in {"parent", "division"}}
        for _, place in placed(moved)
    ]


def test_what_is_muted_is_left_out_unless_asked_for() -> None:
    """Suppressed, inhibited and flapping alerts notify nobody."""
    assert not wants(Wanted(), entry(muted=True))
    assert wants(Wanted(muted=True), entry(muted=True))
    assert wants(Wanted(muted=True), entry())


def test_kinds_are_all_that_can_happen() -> None:
    """Filters speak of the events' own names."""
    assert {"raised", "cleared", "escalated", "closed", "year_closed"} <= KINDS


@given(st.integers(1, 20), st.floats(-1, 2))
def test_pauses_grow_and_end(failures: int, chance: float) -> None:
    """Each is the schedule's, a little longer by chance; after the last one it is given up."""
    pause = pause_ms(failures, chance)
    if failures > len(RETRY_SECONDS):
        assert pause is None
    else:
        least = 1_000 * RETRY_SECONDS[failures - 1]
        assert pause is not None
        assert least <= pause <= least * (100 + JITTER_PERCENT) // 100


def test_the_schedule_takes_days() -> None:
    """Quick at first, then patient: a receiver may be away over a weekend."""
    assert all(one < two for one, two in itertools.pairwise(RETRY_SECONDS))
    assert sum(RETRY_SECONDS) >= DAYS_OF_SCHEDULE * 86_400


def test_only_2xx_is_taken_and_410_ends() -> None:
    """A redirect is not followed: it is a failure."""
    told = {status: outcome_of(status) for status in (200, 204, 299, 301, 404, 410, 429, 503)}

    assert [200, 204, 299] == [s for s, found in told.items() if found is Outcome.DELIVERED]
    assert [410] == [s for s, found in told.items() if found is Outcome.GONE]


@given(st.dictionaries(st.text(), st.text()), st.integers(1, 10**9))
def test_a_body_is_the_event_and_its_cursor(data: dict[str, str], cursor: int) -> None:
    """Nothing else is changed."""
    event = {"id": "a", "data": data}
    body = payload(json.dumps(event).encode(), cursor)

    assert {**event, "cursor": cursor} == json.loads(body)
    assert body == payload(json.dumps(event).encode(), cursor)
    assert "." not in message_id("ab" * 16, cursor)


def test_documents_keep_everything() -> None:
    """What is read back equals what was written."""
    found = subscription()

    assert found == subscription_of(document_of(found))
    assert (Sealed(b"new"), Sealed(b"old", 100)) == found.keys_at(99)
    assert (Sealed(b"new"),) == found.keys_at(100)


def test_every_rotation_of_a_day_leaves_its_former_secret() -> None:
    """Each signs for a day of its own; what has ended is forgotten, of too many the oldest."""
    first = subscription(secrets=(Sealed(b"0"),))
    thrice = first.rotated(b"1", 1_000).rotated(b"2", 2_000).rotated(b"3", 3_000)

    assert [b"3", b"2", b"1", b"0"] == [one.sealed for one in thrice.keys_at(3_000)]
    assert [b"3", b"2"] == [one.sealed for one in thrice.keys_at(OVERLAP_MS + 2_500)]
    later = thrice.rotated(b"4", OVERLAP_MS + 2_500)
    assert [b"4", b"3", b"2"] == [one.sealed for one in later.secrets]
    for number in range(20):
        later = later.rotated(b"x%d" % number, OVERLAP_MS + 2_500)
    assert [b"x19", b"x18"] == [one.sealed for one in later.secrets[:2]]
    assert FORMER_SECRETS_MAX + 1 == len(later.secrets)


def test_entries_of_the_first_release_are_read_out_of_their_event() -> None:
    """They have no words beside it."""
    data = {"rule": "over_budget", "aspect": "compliance", "severity": "yellow"}
    event = json.dumps({"type": "dualwatch.alert.raised.v1", "data": data}).encode()
    where = {
        "jurisdiction": "340700",
        "cursor": 7,
        "project": "340700/P-1",
        "lead_unit": "U-1",
        "department": "D-1",
        "event": event,
    }
    named = {**where, **data, "kind": "raised", "muted": None}

    assert entry(event=event) == entry_of(where) == entry_of(named)
    assert entry_of({**named, "muted": "flapping"}).muted


def test_a_recipients_mails_are_one_line() -> None:
    """However many subscriptions he has there; webhooks are each their own."""
    mail = [line_of(Channel.EMAIL, name, "o", "a@b.cn", "zh") for name in ("one", "two")]

    assert mail[0] == mail[1]
    assert mail[0] != line_of(Channel.EMAIL, "one", "other", "a@b.cn", "zh")
    assert "one" == line_of(Channel.WEBHOOK, "one", "o", "https://x", "zh")
    assert shard_of(mail[0]) == shard_of(mail[1])


def test_a_sealed_secret_opens_for_its_subscription_alone() -> None:
    """Not for another one, nor with another key of the deployment."""
    seal = Seal("a key of sufficient length")
    sealed = seal.close(b"secret", "one")

    assert b"secret" == seal.open(sealed, "one")
    assert b"secret" not in sealed
    for other, name in ((seal, "two"), (Seal("another key of some length"), "one")):
        with pytest.raises(UnreadableError):
            other.open(sealed, name)
