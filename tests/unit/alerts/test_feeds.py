"""Feeds: filters, what an entry looks like on every way out, one reader for all who follow."""

import asyncio
import contextlib
import json
from collections.abc import Collection
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from contracts.codec import encode
from contracts.events.alerts import Note
from contracts.vocabulary import PrincipalKind, Role
from services.alerts.api import streaming
from services.alerts.api.feed_items import ATOM, atom_document, feed_document, feed_item
from services.alerts.api.feeds import wanted_of
from services.alerts.api.streaming import EventStream, events, frame
from services.alerts.domain.commands import Command, carry_out
from services.alerts.domain.feed import EVERYTHING, Entry, Wanted
from services.alerts.domain.telling import Because, Told, event_of
from services.alerts.domain.work import StepKind
from services.alerts.store import following
from services.alerts.store.feeding import FeedPage, wanted_query
from services.alerts.store.following import FeedHub, FullError, Held, Reading, Tail
from services.chassis.identity import Principal, deployment
from services.chassis.problems import ProblemError
from tests.support.eventually import eventually_async
from tests.unit.alerts.test_alert import RED, WHERE, live
from tests.unit.alerts.test_commands import DAY

ADDRESS = "http://alerts/v1/feeds/340700"
HOSTILE = 'a\n\ndata: {"x":1}\nid: 9\r\u2028<script>alert(1)</script>\x00\u202e'
ALL = deployment()


def entry(cursor: int, **changes: Any) -> Entry:
    """Make an entry of an alert that was raised."""
    told = Told(live(RED)[1][0], Because("event", None, 0, 1))
    where: dict[str, Any] = {"lead_unit": WHERE.lead_unit, "department": WHERE.department}
    where |= {"project": WHERE.project, **changes}
    return Entry(cursor, json.loads(encode(event_of(told, cursor))), **where)


def comment(cursor: int, words: str) -> Entry:
    """Make an entry of somebody's comment, in words that contracts would not even let in."""
    alert = live(RED)[0]
    assert alert is not None
    (change,) = carry_out(alert, Command(StepKind.COMMENTED, Note(note="words")), "li", DAY)
    told = Told(change, Because("event", None, 0, 1))
    event = json.loads(encode(event_of(told, cursor)))
    event["data"]["detail"]["note"] = words
    return Entry(cursor, event, WHERE.project)


class Store:
    """A feed in memory: what `FeedReader` reads, and how often it was asked."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = list(entries)
        self.asked = 0
        self.pages = 0

    async def heads(self, jurisdictions: Collection[str]) -> dict[str, int]:
        """Return the last cursor of each."""
        self.asked += 1
        return dict.fromkeys(jurisdictions, len(self.entries))

    async def between(self, _jurisdiction: str, after: int, upto: int) -> list[Entry]:
        """Read entries."""
        return self.entries[after:upto]

    async def page(
        self,
        _jurisdiction: str,
        after: int,
        head: int,
        limit: int,
        wanted: Wanted,
        asking: Principal,
    ) -> FeedPage:
        """Read a page as the store does."""
        self.pages += 1
        found = [
            one
            for one in self.entries[after:head]
            if wanted.takes(one) and following.sees(asking, one)
        ]
        upto = found[limit - 1].cursor if len(found) > limit else head
        return FeedPage(found[:limit], upto, head)


class Leave:
    """Somebody who may read until they may not."""

    def __init__(self) -> None:
        self.asking: Principal | None = ALL

    def holder(self) -> Principal | None:
        """Return who reads."""
        return self.asking


def hub_of(store: Store) -> FeedHub:
    """Make a hub that reads a feed in memory."""
    reader: Any = store
    return FeedHub(reader, frame, asyncio.Event())


def reading_of(store: Store, tail: Tail, wanted: Wanted = EVERYTHING, cursor: int = 0) -> Reading:
    """Begin to read a feed in memory."""
    reader: Any = store
    return Reading(reader, tail, wanted, cursor)


def cursors(found: list[Held]) -> list[int]:
    """Return what was given."""
    return [held.entry.cursor for held in found]


def test_an_item_is_the_event_and_what_a_feed_reader_shows() -> None:
    """Everything of the event, and JSON Feed's own words."""
    given = entry(5)
    item = feed_item(given)

    assert given.event.items() <= item.items()
    assert (5, "超预算开支 / Spending over budget", "1970-01-01T00:00:00Z") == (
        item["cursor"],
        item["title"],
        item["date_published"],
    )
    assert ["raised", "red", "compliance", "over_budget"] == item["tags"]
    assert "finding.subject: L-1" in item["content_text"]


def test_a_page_says_where_the_next_one_begins() -> None:
    """Also when it is the last one, or empty: a reader keeps the cursor."""
    some = feed_document(FeedPage([entry(3), entry(4)], 4, 9), "某市", ADDRESS, "next")
    none = feed_document(FeedPage([], 9, 9), "某市", ADDRESS, "next")

    assert (4, "next", 9) == (some["next_cursor"], some["next_url"], some["last_cursor"])
    assert (9, False) == (none["next_cursor"], "next_url" in none)


def test_what_people_write_stays_data_on_every_way_out() -> None:
    """No line of theirs is a line of the stream, no tag of theirs a tag of the feed."""
    given = comment(7, HOSTILE)
    lines = frame(given).split(b"\n")
    written = atom_document(FeedPage([given], 7, 7), "<某市>", ADDRESS, "next")
    feed = ET.fromstring(written)  # noqa: S314 - our own
    content = feed.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}content") or ""

    assert [b"id: 7", b"event: alert"] == lines[:2]
    assert [b"", b""] == lines[3:]
    assert HOSTILE == json.loads(lines[2].removeprefix(b"data: "))["data"]["detail"]["note"]
    assert b"\r" not in frame(given)
    assert "<script>alert(1)</script>" in content
    assert "\x00" not in content
    assert "预警 Alerts: <某市>" == feed.findtext(f"{{{ATOM}}}title")


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (EVERYTHING, True),
        (Wanted(rule=frozenset({"over_budget", "x"})), True),
        (Wanted(rule=frozenset({"x"})), False),
        (Wanted(severity=frozenset({"yellow"})), False),
        (Wanted(severity=frozenset({"red"}), kind=frozenset({"raised"})), True),
        (Wanted(severity=frozenset({"red"}), kind=frozenset({"cleared"})), False),
        (Wanted(aspect=frozenset({"compliance"})), True),
        (Wanted(project=frozenset({"x/y"})), False),
        (Wanted(units=frozenset({"U-1"})), True),
        (Wanted(units=frozenset({"D-1"})), True),
        (Wanted(units=frozenset({"U-2"})), False),
    ],
)
def test_filters_hold_together(wanted: Wanted, *, takes: bool) -> None:
    """One of the values of each, and all filters."""
    assert takes == wanted.takes(entry(1, lead_unit="U-1", department="D-1"))


def test_the_store_is_asked_for_what_filters_take_or_cannot_tell() -> None:
    """Entries of earlier releases have their rule in the event alone."""
    wanted = Wanted(rule=frozenset({"b", "a"}), units=frozenset({"U"}))

    assert {
        "rule": {"$in": ["a", "b", None]},
        "$or": [
            {"lead_unit": {"$in": ["U"]}},
            {"department": {"$in": ["U"]}},
            {"lead_unit": None, "department": None, "project": {"$in": ["J/U"]}},
        ],
    } == wanted_query(wanted, "J")


def test_filters_that_cannot_be_are_refused() -> None:
    """Naming those there are."""
    with pytest.raises(ProblemError, match="invalid_parameter") as caught:
        wanted_of(severity=["red", "purple"])

    assert "/severity" == caught.value.problem.pointer
    assert "yellow" in caught.value.problem.detail


@pytest.mark.moves("dualwatch_alerts_feed_subscribers", "dualwatch_delivered_seconds")
async def test_one_look_serves_everybody_who_follows() -> None:
    """However many they are: everyone gets every entry once, in order, and nobody asks."""
    store = Store()
    hub = hub_of(store)
    with hub.follow("340700", 0) as tail:
        readings = [reading_of(store, tail) for _ in range(1_000)]
        store.entries += [entry(1), entry(2), entry(3)]
        await hub.look()
        found = [cursors(await reading.next(ALL, 2, frame)) for reading in readings]
        found_then = [cursors(await reading.next(ALL, 2, frame)) for reading in readings]

    assert [[1, 2]] * 1_000 == found
    assert [[3]] * 1_000 == found_then
    assert (1, 0) == (store.asked, store.pages)


async def test_who_is_too_slow_for_what_is_held_reads_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is held for them, and they miss nothing."""
    monkeypatch.setattr(following, "HELD_MAX", 3)
    store = Store()
    hub = hub_of(store)
    with hub.follow("340700", 0) as tail:
        slow = reading_of(store, tail)
        for number in range(1, 11):
            store.entries.append(entry(number))
            await hub.look()
        found: list[int] = []
        while slow.behind:
            found += cursors(await slow.next(ALL, 4, frame))

    assert list(range(1, 11)) == found
    assert (8, 2) == (tail.first, store.pages)


async def test_a_filtered_reading_moves_on_over_what_is_not_wanted() -> None:
    """Its cursor is where it has looked, not what it got."""
    store = Store()
    hub = hub_of(store)
    with hub.follow("340700", 0) as tail:
        reading = reading_of(store, tail, Wanted(rule=frozenset({"other"})))
        store.entries += [entry(1), entry(2)]
        await hub.look()
        found = await reading.next(ALL, 10, frame)

    assert ([], 2, False) == (found, reading.cursor, reading.behind)


async def test_scope_is_that_of_the_moment() -> None:
    """An entry is given to those who see its project when it is given."""
    store = Store(entry(1, lead_unit="U-1"), entry(2, lead_unit="U-2"))
    narrow = Principal(
        "li",
        PrincipalKind.STAFF,
        frozenset({Role.UNIT_FILLER}),
        frozenset({WHERE.jurisdiction}),
        ("U-2",),
        frozenset({"U-2"}),
    )
    hub = hub_of(store)
    with hub.follow(WHERE.jurisdiction, 0) as tail:
        await hub.look()
        found = await reading_of(store, tail).next(narrow, 10, frame)

    assert [2] == cursors(found)


async def test_a_gap_is_never_passed_over() -> None:
    """A stream that waits is right, one that goes on is not."""
    store = Store(entry(1), entry(3))
    hub = hub_of(store)
    with hub.follow("340700", 0) as tail:
        await hub.look()

    assert 0 == tail.head


async def test_more_followers_than_a_process_holds_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And room is made again when one leaves."""
    monkeypatch.setattr(following, "FOLLOWERS_MAX", 1)
    hub = hub_of(Store())
    with hub.follow("a", 0), pytest.raises(FullError), hub.follow("a", 0):
        pass
    with hub.follow("b", 0) as tail:
        assert 1 == tail.followers


@pytest.mark.moves("dualwatch_alerts_feed_streams_ended_total")
async def test_a_stream_ends_with_the_leave_and_with_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both say why, so that the reader knows whether to come back."""
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.01)
    store = Store(entry(1))
    hub = hub_of(store)
    leave: Any = Leave()
    with hub.follow("340700", 1) as tail:
        stream = events(reading_of(store, tail), leave, hub.stopping)
        assert [b"retry: 2000\n\n", frame(entry(1))] == [await anext(stream) for _ in range(2)]
        leave.asking = None
        tail.wake()
        refused = [piece async for piece in stream]
        leave.asking = ALL
        hub.stopping.set()
        stopped = [piece async for piece in events(reading_of(store, tail), leave, hub.stopping)]

    assert [b'event: end\ndata: {"reason":"not_let_in"}\n\n'] == refused
    assert b'event: end\ndata: {"reason":"stopping"}\n\n' == stopped[-1]


async def test_the_hub_wakes_who_waits() -> None:
    """By a nudge, without waiting for the next look; and at the service's end."""
    store = Store()
    hub = hub_of(store)
    running = asyncio.create_task(hub.run())
    try:
        with hub.follow("340700", 0) as tail:
            reading = reading_of(store, tail)
            waiting = asyncio.create_task(reading.news(60))
            store.entries.append(entry(1))
            hub.nudge()
            await asyncio.wait_for(waiting, 20)
            assert [1] == cursors(await reading.next(ALL, 10, frame))
            waiting = asyncio.create_task(reading.news(60))
            await eventually_async(lambda: store.asked)
            hub.stopping.set()
            await asyncio.wait_for(waiting, 20)
    finally:
        running.cancel()


async def test_a_reader_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is free again, and what it was sent is not kept."""
    monkeypatch.setattr(streaming, "SEND_SECONDS", 0.01)
    store = Store(entry(1))
    hub = hub_of(store)
    leave: Any = Leave()
    sent: list[Any] = []
    never = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await never.wait()

    async def receive() -> Any:
        await never.wait()

    with contextlib.ExitStack() as held:
        tail = held.enter_context(hub.follow("340700", 1))
        stream = events(reading_of(store, tail), leave, hub.stopping)
        response = EventStream(stream, held.pop_all().close)
        await asyncio.wait_for(response({"type": "http"}, receive, send), 20)

    assert ["http.response.start", "http.response.body"] == [message["type"] for message in sent]
    assert 0 == tail.followers
