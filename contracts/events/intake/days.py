"""Time as a fact: days, calendars, closed years; all of them jurisdiction facts."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data
from contracts.events.intake.parts import Decision
from contracts.vocabulary import BusinessDate, FiscalYear, Identifier, Text

EXCEPTIONS_MAX = 366
"""Most days of one year that differ from the rule."""
SATURDAY = 5


class DayOpened(Data):
    """A business day begins in a jurisdiction: time is a fact (architecture 3).

    `date` is that day. "Today" is the last opened day, never the wall clock.
    """

    TYPE: ClassVar[str] = "day.opened"

    working_day: bool
    """Whether it is a working day, decided once from the calendar (Monday to Friday if none)."""
    jump: bool = False
    """Opened alone, without the days before it (imported history)."""


class PublisherHeard(Data):
    """A publisher has spoken of a jurisdiction's projects on an opened day (domain-rules 17f).

    Stated by the ledger, at most once a publisher and opened day, about whichever of the projects
    it was and whichever partition has them: so every partition knows who is silent, and since when.
    `date` is that opened day. Stated from the day on which parameters first name
    `silent_publisher_days`; then of the last day on which each publisher had spoken before, too.
    """

    TYPE: ClassVar[str] = "publisher.heard"

    publisher: Identifier
    """Who spoke: its name as it stands beside the entry in the ledger."""


class CalendarPublished(Data):
    """The working days of a calendar year, as far as they are not simply Monday to Friday.

    Source: the yearly notice 国务院办公厅关于部分节假日安排的通知, or a local one. A later calendar
    of the same year replaces the earlier one from then on; days already opened stay as they are.
    Where no calendar is published Monday to Friday are working days (architecture 2).
    """

    TYPE: ClassVar[str] = "calendar.published"

    year: FiscalYear
    """Calendar year (January to December), whatever the fiscal year is."""
    days_off: Annotated[tuple[BusinessDate, ...], Field(max_length=EXCEPTIONS_MAX)] = ()
    """Days from Monday to Friday on which nobody works 放假."""
    working_days: Annotated[tuple[BusinessDate, ...], Field(max_length=EXCEPTIONS_MAX)] = ()
    """Saturdays and Sundays that are worked 调休上班."""
    decision: Decision | None = None
    """The notice it follows."""

    @model_validator(mode="after")
    def _of_that_year(self) -> Self:
        for day in (*self.days_off, *self.working_days):
            if day.year != self.year:
                msg = f"a calendar is of one calendar year: {day} does not lie in {self.year}"
                raise ValueError(msg)
        for day in self.days_off:
            if day.weekday() >= SATURDAY:
                msg = f"days_off names days from Monday to Friday: {day} is none"
                raise ValueError(msg)
        for day in self.working_days:
            if day.weekday() < SATURDAY:
                msg = f"working_days names Saturdays and Sundays: {day} is none"
                raise ValueError(msg)
        return self


class FiscalYearClosed(Data):
    """A fiscal year is closed: its figures are final (domain-rules 5).

    Facts of that year that come later make a new closing version; nothing is refused for them.
    """

    TYPE: ClassVar[str] = "fiscal_year.closed"

    fiscal_year: FiscalYear
    """The year that is closed [fiscal_year(4)]."""
    version: Annotated[int, Field(strict=True, ge=1)] = 1
    """Counts the closings of that year: 2 and up after late facts."""
    decision: Decision | None = None
    """Who closed it, on what paper 决算批复."""
    reason: Text = ""
    """Of a further closing: why the figures changed."""
