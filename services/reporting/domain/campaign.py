"""A campaign: one collection of forms and reports, of any period and frequency (Art. 12).

Opening one freezes nothing in the ledger: its figures are as of its cut-off, at one cut.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from contracts.vocabulary import BudgetAccount, FormLayout

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
"""What a campaign may be called in addresses."""
SCOPE_NAMES_MAX: Final = 5_000
"""Most projects or organisations named by a scope."""
QUANTITY_DEVIATION_BP: Final = 3_000
"""Deviation of a quantity indicator beyond which a second monitoring looks again (rule 23)."""


class CampaignState(StrEnum):
    """How far a campaign is."""

    PLANNED = "planned"
    """It can still be changed in everything."""
    OPENING = "opening"
    """Its forms are being made."""
    OPEN = "open"
    """Forms and reports are taken in."""
    CLOSED = "closed"
    """Nothing more is taken in; everything stays readable."""


class ScopeKind(StrEnum):
    """Which projects a campaign asks for."""

    ALL = "all"
    """Every project with a budget or an open state in the year (Art. 4: full coverage)."""
    ORGANISATIONS = "organisations"
    """Those led from within the subtrees named."""
    ACCOUNTS = "accounts"
    """Those with a line in one of the budgets named (Art. 7)."""
    PROJECTS = "projects"
    """Those named."""
    PRIORITY = "priority"
    """Those on a priority list (domain-rules 19)."""
    LAGGING = "lagging"
    """Red, or more than 30 % quantity deviation, in an earlier campaign (domain-rules 23)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which projects a campaign asks for."""

    kind: ScopeKind = ScopeKind.ALL
    organisations: tuple[str, ...] = ()
    accounts: tuple[BudgetAccount, ...] = ()
    projects: tuple[str, ...] = ()
    campaign: str | None = None
    """Id of the earlier campaign, for `lagging`."""


@dataclass(frozen=True, slots=True)
class Dues:
    """The days on which papers are due; each is the last day that is in time."""

    unit: dt.date
    """Forms, at the department."""
    department: dt.date
    """Reports, at the bureau (Art. 12(4): 31 July)."""
    bureau: dt.date
    """The bureau's own summary and analysis (Art. 15)."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands."""

    jurisdiction: str
    id: str
    """Unique within its jurisdiction."""
    name: str
    fiscal_year: int
    period_from: dt.date
    """First day of the period: the fiscal year's, usually."""
    cut_off: dt.date
    """Figures are as of this day."""
    dues: Dues
    by: str
    """Principal who planned it."""
    bounds: tuple[str, ...] = ()
    """Roots of the subtrees that its planner is bound to: it asks for nothing beyond them."""
    scope: Scope = field(default_factory=Scope)
    layout: FormLayout = FormLayout.CITY
    """How the money block is printed, if nobody asks for the other."""
    evidence_required: bool = False
    """Whether every result typed on a form needs a file that proves it (domain-rules 22)."""
    priority_only: bool = False
    """Whether it is the bureau's own priority monitoring 财政重点监控 (Art. 11)."""
    template: str | None = None
    """Id of the template of its forms; null: that of its jurisdiction's new forms."""
    state: CampaignState = CampaignState.PLANNED
    cut: str | None = None
    """Cut at which the forms' money was read; null before it is opened."""
    packs: tuple[str, ...] = ()
    """Rule packs in force when it was opened, such as `city 4`: forms name them."""
    opened_on: dt.date | None = None
    """Last opened day when it was opened."""
    closed_on: dt.date | None = None
    forms: int = 0
    reports: int = 0
    version: int = 1

    @property
    def key(self) -> str:
        """Its id among all jurisdictions' campaigns."""
        return campaign_key(self.jurisdiction, self.id)


def campaign_key(jurisdiction: str, campaign: str) -> str:
    """Name a campaign among all jurisdictions' ones."""
    return f"{jurisdiction}/{campaign}"


def default_dues(cut_off: dt.date) -> Dues:
    """Propose due dates: for a cut-off of 30 June, 20 July, 31 July and 31 August (Art. 12).

    For another cut-off the same number of days after it.
    """
    ordinary = dt.date(cut_off.year, 6, 30)
    shift = cut_off - ordinary
    return Dues(
        dt.date(cut_off.year, 7, 20) + shift,
        dt.date(cut_off.year, 7, 31) + shift,
        dt.date(cut_off.year, 8, 31) + shift,
    )


REMINDED_BEFORE: Final = (14, 7, 3, 0)
"""Calendar days before a due date on which is reminded (issue: 14, 7, 3, 0 days and after)."""
REMINDED_AFTER_EVERY: Final = 7
"""Then on the first day overdue, and every so many days."""


def reminded(due: dt.date, before: dt.date | None, day: dt.date) -> bool:
    """Whether a due date is to be reminded of on an opened day; `before` was opened last.

    A marked day that was never opened (a holiday) is made up on the next opened one.
    """
    marks = [due - dt.timedelta(days=days) for days in REMINDED_BEFORE]
    if day > due:
        overdue = (day - due).days
        last = overdue - (overdue - 1) % REMINDED_AFTER_EVERY
        marks.append(due + dt.timedelta(days=last))
    since = before if before is not None else day - dt.timedelta(days=1)
    return any(since < mark <= day for mark in marks)


ORDER: Final[Mapping[CampaignState, int]] = {state: n for n, state in enumerate(CampaignState)}
"""How states follow each other."""
