"""What is told of a campaign (topic `reports`)."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.events.reports import CampaignChanged, CampaignClosed, CampaignFact, CampaignOpened
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.telling import Told

_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Because:
    """Who did it, on which opened day, and when it was recorded."""

    by: str
    day: dt.date
    at: dt.datetime
    correlation_id: str | None = None


def event_id(*words: str) -> str:
    """Name an event by what happened: told again, it is the same."""
    text = "\0".join(words)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST, person=b"reports").hexdigest()


def opened_told(campaign: Campaign, because: Because) -> Told:
    """Tell that a campaign was opened."""
    return _told(CampaignOpened, campaign, because, {"cut": campaign.cut})


def changed_told(campaign: Campaign, because: Because) -> Told:
    """Tell that its name or its due dates were changed."""
    return _told(CampaignChanged, campaign, because, {})


def closed_told(campaign: Campaign, because: Because) -> Told:
    """Tell that it was closed."""
    return _told(CampaignClosed, campaign, because, {})


def stamp(campaign: Campaign, day: dt.date) -> dict[str, Any]:
    """Give what every fact of a campaign says of it."""
    return {
        "date": day,
        "campaign": campaign.id,
        "campaign_name": campaign.name,
        "fiscal_year": campaign.fiscal_year,
    }


def _told(
    kind: type[CampaignFact], campaign: Campaign, because: Because, more: Mapping[str, Any]
) -> Told:
    def fact(cursor: int) -> CampaignFact:
        return kind.model_validate(
            {
                **stamp(campaign, because.day),
                "cursor": cursor,
                "period_from": campaign.period_from,
                "cut_off": campaign.cut_off,
                "unit_due": campaign.dues.unit,
                "department_due": campaign.dues.department,
                "bureau_due": campaign.dues.bureau,
                "forms": campaign.forms,
                "reports": campaign.reports,
                "by": because.by,
                **more,
            }
        )

    name = event_id(kind.event_type(), campaign.key, str(campaign.version))
    return Told(
        campaign.jurisdiction, campaign.jurisdiction, name, fact, because.at, because.correlation_id
    )
