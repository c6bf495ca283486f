import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode
from services.intake.domain.admission import admit
from services.intake.domain.days import DAYS_MAX, SOURCE, day_opened, days_to_open, due
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.verdicts import Refusal
from tests.unit.intake.builders import HEFEI

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
