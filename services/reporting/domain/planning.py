"""What people do with a campaign: plan, change, open, close (Art. 12). Pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from contracts.vocabulary import BudgetAccount
from services.reporting.domain.campaign import (
    ID_PATTERN,
    SCOPE_NAMES_MAX,
    Campaign,
    CampaignState,
    Dues,
    Scope,
    ScopeKind,
)

NAME_LENGTH_MAX: Final = 100


class Unfit(StrEnum):
    """Why a campaign cannot be planned, changed, opened or closed like that."""

    INVALID_ID = "invalid_campaign_id"
    """It could not stand in an address."""
    CUT_OFF_OUTSIDE_YEAR = "cut_off_outside_year"
    """The cut-off is no day of the fiscal year, or before the period's first day."""
    DUES_OUT_OF_ORDER = "dues_out_of_order"
    """Units come before departments, departments before the bureau, none before the cut-off."""
    SCOPE_UNFIT = "scope_unfit"
    """A scope names what its kind is about, and nothing else."""
    NOT_PLANNED = "not_planned"
    """Only what is planned is opened, or changed in everything."""
    NOT_OPEN = "not_open"
    """Only what is open is closed, and urged."""
    ENDED = "campaign_closed"
    """What is closed stays as it is."""
    CUT_OFF_NOT_REACHED = "cut_off_not_reached"
    """Its cut-off has not been opened as a business day yet."""


class UnfitError(Exception):
    """It cannot be done; nothing was changed."""

    def __init__(self, code: Unfit, pointer: str | None = None) -> None:
        """Name the reason, and what of the request it is about."""
        super().__init__(code)
        self.code = code
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year."""

    first: dt.date
    last: dt.date


def year_of(fiscal_year: int, start_month: int) -> Year:
    """Give the days of a fiscal year that begins with a month of the year it is named by."""
    after = dt.date(fiscal_year + 1, start_month, 1)
    return Year(dt.date(fiscal_year, start_month, 1), after - dt.timedelta(days=1))


def check(campaign: Campaign, year: Year) -> Campaign:
    """Refuse a plan that does not fit together."""
    if not ID_PATTERN.fullmatch(campaign.id):
        raise UnfitError(Unfit.INVALID_ID, "/id")
    if not year.first <= campaign.period_from <= campaign.cut_off <= year.last:
        raise UnfitError(Unfit.CUT_OFF_OUTSIDE_YEAR, "/cut_off")
    check_dues(campaign)
    check_scope(campaign.scope)
    return campaign


def check_dues(campaign: Campaign) -> None:
    """Refuse due dates that do not follow each other."""
    dues = campaign.dues
    if not campaign.cut_off <= dues.unit <= dues.department <= dues.bureau:
        raise UnfitError(Unfit.DUES_OUT_OF_ORDER, "/dues")


def check_scope(scope: Scope) -> None:
    """Refuse a scope that does not name what its kind is about, or names more."""
    given: Mapping[ScopeKind, tuple[str | BudgetAccount, ...]] = {
        ScopeKind.ORGANISATIONS: scope.organisations,
        ScopeKind.ACCOUNTS: scope.accounts,
        ScopeKind.PROJECTS: scope.projects,
        ScopeKind.LAGGING: (scope.campaign,) if scope.campaign else (),
    }
    for kind, names in given.items():
        wanted = scope.kind is kind
        if bool(names) != wanted or len(names) > SCOPE_NAMES_MAX or len(set(names)) != len(names):
            raise UnfitError(Unfit.SCOPE_UNFIT, "/scope")


def change(
    campaign: Campaign, name: str | None, dues: Dues | None, template: str | None
) -> Campaign:
    """Change name, due dates, template of what is not closed (Art. 12: the bureau may).

    `template` is the one after the change; null: the usual one. Frozen forms keep theirs.
    """
    if campaign.state is CampaignState.CLOSED:
        raise UnfitError(Unfit.ENDED)
    if campaign.state is CampaignState.OPENING:
        raise UnfitError(Unfit.NOT_OPEN)
    after = replace(
        campaign,
        name=campaign.name if name is None else name,
        dues=campaign.dues if dues is None else dues,
        template=template,
        version=campaign.version + 1,
    )
    check_dues(after)
    return after


def begin(campaign: Campaign, today: dt.date | None) -> Campaign:
    """Begin to open it: its papers are being made."""
    if campaign.state is not CampaignState.PLANNED:
        raise UnfitError(Unfit.NOT_PLANNED)
    if today is None or today < campaign.cut_off:
        raise UnfitError(Unfit.CUT_OFF_NOT_REACHED, "/cut_off")
    return replace(
        campaign, state=CampaignState.OPENING, opened_on=today, version=campaign.version + 1
    )


def opened(
    campaign: Campaign, cut: str, forms: int, reports: int, packs: tuple[str, ...]
) -> Campaign:
    """Open it: all its papers are there."""
    return replace(
        campaign,
        state=CampaignState.OPEN,
        cut=cut,
        forms=forms,
        reports=reports,
        packs=packs,
        version=campaign.version + 1,
    )


def close(campaign: Campaign, today: dt.date) -> Campaign:
    """Close it: nothing more is taken in."""
    if campaign.state is not CampaignState.OPEN:
        raise UnfitError(Unfit.NOT_OPEN)
    return replace(
        campaign, state=CampaignState.CLOSED, closed_on=today, version=campaign.version + 1
    )
