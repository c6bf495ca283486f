"""What every page of reporting needs: who is looking, where a paper or a campaign is asked for."""

from typing import Any, Final

from services.console.pages.frame.asking import Services, segment

SERVICE: Final = "reporting"
METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
CAMPAIGNS_MAX: Final = 200
"""Campaigns that lists and choices show."""


def campaign_path(campaign: str, part: str = "") -> str:
    """Return where reporting has a campaign, or a part of it."""
    return f"/v1/campaigns/{segment(campaign)}{part}"


def paper_path(paper: str, part: str = "") -> str:
    """Return where reporting has a paper, or a part of it."""
    return f"/v1/papers/{segment(paper)}{part}"


async def campaigns_of(services: Services, jurisdiction: str) -> list[Any]:
    """Ask for a jurisdiction's campaigns, the newest first."""
    asked: dict[str, str | int | None] = {"jurisdiction": jurisdiction}
    found = list((await services.get(SERVICE, "/v1/campaigns", asked))["items"])
    return sorted(found, key=lambda one: str(one["cut_off"]), reverse=True)[:CAMPAIGNS_MAX]
