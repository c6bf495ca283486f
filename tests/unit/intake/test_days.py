import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode, encode
from contracts.envelope import AnyEvent
from services.intake.domain.admission import admit
from services.intake.domain.days import (
    DAYS_MAX,
    SOURCE,
    day_opened,
    days_to_open,
    due,
    working_day,
)
from services.intake.domain.jurisdictions import Jurisdiction, evolve
from services.intake.domain.verdicts import Refusal
from services.intake.store.documents import jurisdiction_document, jurisdiction_of
from tests.support import builders
from tests.unit.intake.builders import HEFEI, Ledger, day, taken, verdicts

MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


def test_missed_days_are_opened_in_order() -> None:
    """From the day after the last one."""
    days = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]

    assert days == days_to_open(MONDAY - DAY, MONDAY + 2 * DAY, jump=False)


@pytest.mark.parametrize(
    ("today", "jump"), [(None, False), (None, True), (MONDAY, False), (MONDAY + DAY, True)]
)
def test_the_first_day_a_past_day_and_a_jump_stand_alone(
    today: dt.date | None, *, jump: bool
) -> None:
    """Nothing was missed before them."""
    assert [MONDAY] == days_to_open(today, MONDAY, jump=jump)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 400))
def test_no_day_is_left_out(today: dt.date, missed: int) -> None:
    """Each follows the one before it."""
    days = days_to_open(today, today + missed * DAY, jump=False)

    assert [today + number * DAY for number in range(1, missed + 1)] == days


def test_a_day_is_always_the_same_bytes() -> None:
    """So opening it again can only be a duplicate; its id says which day it is."""
    raw = day_opened("340100", MONDAY, jump=False)
    event = decode(raw)

    assert raw == day_opened("340100", MONDAY, jump=False)
    assert ("day:340100:2026-03-02", SOURCE, "340100") == (event.id, event.source, event.subject)


@pytest.mark.parametrize(("offset", "working"), [(0, True), (4, True), (5, False), (6, False)])
def test_monday_to_friday_are_working_days(offset: int, *, working: bool) -> None:
    """Where no calendar is published."""
    event = decode(day_opened("340100", MONDAY + offset * DAY, jump=True))

    assert working is event.data.working_day


CALENDAR = builders.calendar(
    2026,
    "340100",
    days_off=["2026-03-05", "2026-03-06"],
    working_days=["2026-03-08"],
)


def published(*events: AnyEvent) -> Jurisdiction:
    """Take calendars in, one after the other."""
    known = HEFEI
    for event in events:
        known = evolve(known, event)
    return known


@pytest.mark.parametrize(
    ("date", "working"),
    [
        ("2026-03-04", True),
        ("2026-03-05", False),
        ("2026-03-07", False),
        ("2026-03-08", True),
        ("2027-03-05", True),
    ],
)
def test_a_published_calendar_decides_what_a_working_day_is(date: str, *, working: bool) -> None:
    """Days off and weekends that are worked; other years stay Monday to Friday."""
    calendars = published(CALENDAR).calendars
    event = decode(day_opened("340100", dt.date.fromisoformat(date), calendars, jump=True))

    assert working is event.data.working_day


def test_a_later_calendar_of_the_year_replaces_the_earlier_one() -> None:
    """Those of other years stay; as many years as are opened are remembered."""
    years = [builders.calendar(year, "340100") for year in range(2010, 2030)]
    known = published(*years, CALENDAR, builders.calendar(2026, "340100"))

    assert working_day(dt.date(2026, 3, 5), known.calendars)
    assert [*range(2018, 2030)] == [calendar.year for calendar in known.calendars]


def test_a_jurisdiction_is_kept_with_its_calendars() -> None:
    """Also through the registration that amends it, and read where none was kept."""
    known = published(CALENDAR, builders.jurisdiction("340100", clock="manual"))
    _, document = jurisdiction_document(known, 0, 4)
    without = {name: value for name, value in document.items() if name != "calendars"}

    assert known == jurisdiction_of(document)
    assert () == jurisdiction_of(without).calendars


def test_a_day_opened_before_its_calendar_stays_what_it_was() -> None:
    """Opened again by the newer calendar it is a duplicate, no conflict."""
    ledger = Ledger()
    ledger.enter(taken(day("2026-03-05")))
    ledger.enter(taken(encode(CALENDAR), 1))
    again = day_opened("340100", dt.date(2026, 3, 5), published(CALENDAR).calendars, jump=False)
    found = ledger.enter(taken(again, 2))

    assert ["duplicate"] == verdicts(found)
    assert ledger.jurisdictions["340100"].working_day


def test_no_door_takes_the_event() -> None:
    """Only the clock and POST /v1/days open days."""
    assert isinstance(admit(day_opened("340100", MONDAY, jump=False)), Refusal)


def live(today: dt.date | None, time_zone: str = "Asia/Shanghai") -> Jurisdiction:
    return Jurisdiction("J", "J", "01-01", time_zone, "CNY", HEFEI.clock, None, today)


@pytest.mark.parametrize(
    ("time_zone", "instant", "local"),
    [
        ("Asia/Shanghai", "2026-03-02T15:59:59+00:00", "2026-03-02"),
        ("Asia/Shanghai", "2026-03-02T16:00:00+00:00", "2026-03-03"),
        ("Europe/London", "2026-03-29T23:30:00+00:00", "2026-03-30"),
        ("America/New_York", "2026-03-03T04:59:00+00:00", "2026-03-02"),
    ],
)
def test_a_live_day_begins_at_local_midnight(time_zone: str, instant: str, local: str) -> None:
    """Whatever the zone and its summer time."""
    now = dt.datetime.fromisoformat(instant)
    date = dt.date.fromisoformat(local)

    assert [date] == due(live(date - DAY, time_zone), now)
    assert [] == due(live(date, time_zone), now)


def test_a_new_live_jurisdiction_begins_today() -> None:
    """It has missed nothing."""
    assert [MONDAY] == due(live(None), dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC))


def test_a_long_sleep_is_made_up_for_in_bounded_steps() -> None:
    """The rest comes with the next look."""
    days = due(live(MONDAY - 3 * DAYS_MAX * DAY), dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC))

    assert DAYS_MAX == len(days)
    assert MONDAY - 3 * DAYS_MAX * DAY + DAY == days[0]
