"""What people send to plan a campaign and to change it."""

from typing import Annotated, Final

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import (
    BudgetAccount,
    BusinessDate,
    Code,
    FiscalYear,
    FormLayout,
    Identifier,
)
from services.reporting.domain.campaign import SCOPE_NAMES_MAX, Dues, Scope, ScopeKind
from services.reporting.domain.planning import NAME_LENGTH_MAX

TEMPLATE_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,39}(\+[0-9a-f]{8})?$"
"""An id as papers carry it; behind the plus what one's own template holds."""
CampaignName = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX, pattern=r"\S")]


class DuesForm(Part):
    """Due dates, each the last day that is in time."""

    unit: BusinessDate
    department: BusinessDate
    bureau: BusinessDate

    def dues(self) -> Dues:
        """Give what the domain takes."""
        return Dues(self.unit, self.department, self.bureau)


class ScopeForm(Part):
    """Which projects are asked for; only what the kind is about is given."""

    kind: ScopeKind = ScopeKind.ALL
    organisations: Annotated[tuple[Code, ...], Field(max_length=SCOPE_NAMES_MAX)] = ()
    accounts: Annotated[tuple[BudgetAccount, ...], Field(max_length=len(BudgetAccount))] = ()
    projects: Annotated[tuple[Identifier, ...], Field(max_length=SCOPE_NAMES_MAX)] = ()
    """Ids, or codes within the jurisdiction."""
    campaign: Code | None = None
    """Id of the earlier campaign, for `lagging`."""

    def scope(self) -> Scope:
        """Give what the domain takes."""
        return Scope(self.kind, self.organisations, self.accounts, self.projects, self.campaign)


class CampaignForm(Part):
    """A campaign as it is planned."""

    jurisdiction: Code
    id: Code
    name: CampaignName
    fiscal_year: FiscalYear
    cut_off: BusinessDate
    period_from: BusinessDate | None = None
    """The fiscal year's first day, if left out."""
    dues: DuesForm | None = None
    """If left out: for 30 June 20 July, 31 July and 31 August, for others as long after."""
    scope: ScopeForm = ScopeForm()
    layout: FormLayout = FormLayout.CITY
    evidence_required: bool = False
    priority_only: bool = False
    template: Annotated[str, Field(pattern=TEMPLATE_PATTERN)] | None = None
    """Id of the template of its forms, as `GET /v1/templates` names it; left out: the usual one."""


class ChangeForm(Part):
    """What of a campaign is changed."""

    name: CampaignName | None = None
    dues: DuesForm | None = None
    template: Annotated[str, Field(pattern=TEMPLATE_PATTERN)] | None = None
    """Id of another template of its forms; null: the usual one; left out: as it was.

    Forms that are filled in take it at once, what was handed in keeps what it had.
    """

    def template_after(self, before: str | None) -> str | None:
        """Tell the template after the change: nothing said and null are two things here."""
        return self.template if "template" in self.model_fields_set else before


class NothingForm(Part):
    """A command that says all by its address."""
