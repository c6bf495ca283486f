"""What intake must know of a jurisdiction: currency, clock, fiscal year, the last opened day."""

import datetime as dt
from typing import Final

import msgspec

from contracts.codec import adapter
from contracts.envelope import AnyEvent
from contracts.events.intake import (
    CalendarPublished,
    DayOpened,
    JurisdictionRegistered,
    OrganisationRegistered,
)
from contracts.vocabulary import Clock
from services.intake.domain.silence import (
    HEARD,
    NO_DAYS,
    Days,
    Heard,
    says_how_long,
    untold,
    with_day,
)
from services.intake.domain.verdicts import Refusal

DAY: Final = dt.timedelta(days=1)
REGISTERED: Final = JurisdictionRegistered.event_type()
DAY_OPENED: Final = DayOpened.event_type()
ORGANISATION: Final = OrganisationRegistered.event_type()
CALENDAR: Final = CalendarPublished.event_type()
OWN: Final = frozenset({DAY_OPENED, HEARD})
"""Facts of our own: stated by several of us, or by two releases, each is still the same."""
CALENDARS_MAX: Final = 12
"""Calendar years that are remembered, the latest ones: days are not opened further back."""
JURISDICTIONS_MAX: Final = 10_000
"""Most jurisdictions of a deployment: three times as many as China has counties. Each partition of
each service holds them all. Some that are registered at the same moment may come beyond it."""
_FIXED: Final = ("fiscal_year_start", "currency", "clock")


class Calendar(msgspec.Struct, frozen=True):
    """The days of one calendar year that differ from Monday to Friday, as published."""

    year: int
    days_off: tuple[dt.date, ...] = ()
    """From Monday to Friday, but nobody works."""
    working_days: tuple[dt.date, ...] = ()
    """Saturdays and Sundays that are worked."""


class Jurisdiction(msgspec.Struct, frozen=True):
    """A tenant as one partition knows it."""

    code: str
    """The subject it was registered under."""
    name: str
    fiscal_year_start: str
    """MM-01."""
    time_zone: str
    """IANA name."""
    currency: str
    """ISO 4217."""
    clock: Clock
    parent: str | None = None
    today: dt.date | None = None
    """Last opened day; null before the first."""
    working_day: bool | None = None
    """Whether that is a working day."""
    calendars: tuple[Calendar, ...] = ()
    """Published calendars, by year: what decides whether a day that opens is a working day."""
    spoken: Days = NO_DAYS
    """Publisher → last opened day on which this partition had an entry of it about a project."""
    heard: Days = NO_DAYS
    """Publisher → the last day of which a fact says that it was heard."""
    hears: bool = False
    """Whether it was said after how long a publisher is silent (domain-rules 17f)."""


def read(raw: bytes, event_type: str) -> AnyEvent:
    """Read a jurisdiction fact in full (rare, so pydantic will do)."""
    return adapter(event_type).validate_json(raw)


def refuse(before: Jurisdiction | None, event: AnyEvent, known: int) -> Refusal | None:
    """Say why a jurisdiction fact does not fit what is known; None if it does.

    `known`: how many jurisdictions there are.
    """
    if event.type == REGISTERED:
        if before is not None:
            return _refuse_amendment(before, event.data)
        return None if known < JURISDICTIONS_MAX else _too_many()
    if before is None:
        return unknown(event.jurisdiction)
    if event.type == DAY_OPENED:
        return _refuse_day(before, event.data)
    return None


def evolve(before: Jurisdiction | None, event: AnyEvent) -> Jurisdiction:
    """Take a jurisdiction fact in; `refuse` has found nothing against it."""
    data = event.data
    if event.type == REGISTERED:
        return Jurisdiction(
            code=event.subject,
            name=data.name,
            fiscal_year_start=data.fiscal_year_start,
            time_zone=data.time_zone,
            currency=data.currency,
            clock=data.clock,
            parent=data.parent,
            today=None if before is None else before.today,
            working_day=None if before is None else before.working_day,
            calendars=() if before is None else before.calendars,
            spoken=NO_DAYS if before is None else before.spoken,
            heard=NO_DAYS if before is None else before.heard,
            hears=before is not None and before.hears,
        )
    if before is None:
        raise LookupError(event.subject)
    if event.type == DAY_OPENED:
        return msgspec.structs.replace(before, today=data.date, working_day=data.working_day)
    if event.type == CALENDAR:
        return msgspec.structs.replace(before, calendars=_with(before.calendars, data))
    if event.type == HEARD:
        heard = with_day(before.heard, data.publisher, data.date)
        return msgspec.structs.replace(before, heard=heard)
    if not before.hears and says_how_long(event):
        return msgspec.structs.replace(before, hears=True)
    return before


def noticed(before: Jurisdiction, publisher: str) -> Jurisdiction:
    """Take in that a publisher has an entry about a project; the same if that is no news."""
    if before.today is None:
        return before
    spoken = with_day(before.spoken, publisher, before.today)
    return before if spoken is before.spoken else msgspec.structs.replace(before, spoken=spoken)


def to_tell(known: Jurisdiction | None) -> set[Heard]:
    """Tell what a partition has heard that is to be stated and no fact says yet."""
    if known is None or not known.hears:
        return set()
    return {Heard(known.code, *found) for found in untold(known.spoken, known.heard)}


def _with(known: tuple[Calendar, ...], data: CalendarPublished) -> tuple[Calendar, ...]:
    """Put a calendar in the place of an earlier one of its year."""
    others = (calendar for calendar in known if calendar.year != data.year)
    stated = Calendar(data.year, data.days_off, data.working_days)
    return tuple(sorted((*others, stated), key=lambda calendar: calendar.year))[-CALENDARS_MAX:]


def already_known(before: Jurisdiction | None, event: AnyEvent) -> bool:
    """Whether a fact of our own says nothing new: its day is open or past, or heard of."""
    if before is None:
        return False
    if event.type == HEARD:
        # Another partition may have said it first; of an earlier day nobody asks any more.
        known = before.heard.get(event.data.publisher)
        return known is not None and bool(event.data.date <= known)
    if event.type != DAY_OPENED or before.today is None:
        return False
    return bool(event.data.date <= before.today)


def unknown(code: str) -> Refusal:
    """Refuse an event of a jurisdiction that nobody has registered."""
    return Refusal(
        "unknown_jurisdiction",
        f"jurisdiction {code} is not registered",
        f"财政区划 {code} 未登记",
        "/subject",
    )


def other_currency(jurisdiction: Jurisdiction, currency: str) -> Refusal:
    """Refuse amounts in another currency than the jurisdiction's."""
    return Refusal(
        "wrong_currency",
        f"the amounts are in {currency}, {jurisdiction.code} reckons in {jurisdiction.currency}",
        f"金额币种为 {currency},财政区划 {jurisdiction.code} 的币种为 {jurisdiction.currency}",
        "/data/currency",
    )


def _too_many() -> Refusal:
    return Refusal(
        "too_many_jurisdictions",
        f"{JURISDICTIONS_MAX} jurisdictions are registered, and no more are taken in",
        f"已登记 {JURISDICTIONS_MAX} 个财政区划,不再受理新的登记",
        "/subject",
    )


def _refuse_amendment(before: Jurisdiction, data: JurisdictionRegistered) -> Refusal | None:
    for field in _FIXED:
        was, now = getattr(before, field), getattr(data, field)
        if was != now:
            return Refusal(
                "registration_fixed",
                f"/data/{field}: {before.code} was registered with {was}, not {now}",
                f"/data/{field}:{before.code} 登记时为 {was},不能改为 {now}",
                f"/data/{field}",
            )
    return None


def _refuse_day(before: Jurisdiction, data: DayOpened) -> Refusal | None:
    if before.today is None or data.jump or data.date <= before.today + DAY:
        return None
    expected = before.today + DAY
    return Refusal(
        "day_out_of_order",
        f"/data/date: after {before.today} comes {expected}, not {data.date}",
        f"/data/date:{before.today} 之后应为 {expected},而不是 {data.date}",
        "/data/date",
    )
