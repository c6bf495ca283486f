"""Jurisdictions and the organisations in them; all of them jurisdiction facts."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data
from contracts.events.intake.parts import Decision
from contracts.vocabulary import BusinessDate, Clock, Code, Identifier, Name, OrganisationKind, Text

SUCCESSORS_MAX = 50


class JurisdictionRegistered(Data):
    """A tenant exists: a city, a district, any publisher of its own budget."""

    TYPE: ClassVar[str] = "jurisdiction.registered"

    name: Name
    """Name people read."""
    fiscal_year_start: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] = "01-01"
    """First day of its fiscal year, MM-01: 01-01 in China, 04-01 in the United Kingdom."""
    time_zone: Code = "Asia/Shanghai"
    """IANA name of the time zone its business days are counted in."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    """ISO 4217 code; every amount of the jurisdiction is in it."""
    clock: Clock = Clock.LIVE
    """Who opens its days."""
    parent: Code | None = None
    """The jurisdiction whose rule packs it inherits (Art. 17)."""


class OrganisationRegistered(Data):
    """A bureau, division, department or unit exists (Art. 5, 6; domain-rules 9)."""

    TYPE: ClassVar[str] = "organisation.registered"

    organisation: Identifier
    """Its code [agency_code(21), dept_code(21)]."""
    name: Name
    """Name people read."""
    kind: OrganisationKind
    """Level in the tree."""
    parent: Identifier | None = None
    """The organisation above it."""
    counterpart_division: Identifier | None = None
    """Of a department: the bureau division that reviews it (Art. 12(4))."""
    valid_from: BusinessDate | None = None
    """First day of this state; null: the fact's date."""
    valid_to: BusinessDate | None = None
    """Last day, if known."""


class OrganisationMoved(Data):
    """An organisation stands elsewhere in the tree from a day on (Art. 5, 6; domain-rules 9).

    What happened before stays where it was: figures as of a date use that date's tree.
    """

    TYPE: ClassVar[str] = "organisation.moved"

    organisation: Identifier
    """Its code, which stays [agency_code(21), dept_code(21)]."""
    parent: Identifier | None = None
    """The organisation above it from then on; null: unchanged [parent_id]."""
    counterpart_division: Identifier | None = None
    """Of a department: the bureau division that reviews it from then on; null: unchanged."""
    valid_from: BusinessDate | None = None
    """First day in the new place; null: the fact's date."""
    decision: Decision | None = None
    """Who ordered the reorganisation 机构改革, on what paper."""
    reason: Text = ""
    """Ground, in words."""

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.parent is None and self.counterpart_division is None:
            msg = "a move names parent, counterpart_division or both"
            raise ValueError(msg)
        return self


class OrganisationClosed(Data):
    """An organisation ends (撤销); facts about its past are still taken in (domain-rules 9)."""

    TYPE: ClassVar[str] = "organisation.closed"

    organisation: Identifier
    """Its code [agency_code(21), dept_code(21)]."""
    last_day: BusinessDate | None = None
    """Last day on which it exists; null: the fact's date [end_date]."""
    successors: Annotated[tuple[Identifier, ...], Field(max_length=SUCCESSORS_MAX)] = ()
    """Organisations that take its work over; money moves only by budget facts."""
    decision: Decision | None = None
    """Who ordered it, on what paper."""
    reason: Text = ""
    """Ground, in words."""
